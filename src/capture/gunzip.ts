/**
 * Reads gzip (RFC 1952): members one after another, and zeros after the last as tapes leave them.
 *
 * Why not the platform's DecompressionStream: when its input ends early or is damaged, it drops
 * what it has inflated and not yet handed on, so that whole frames before the damage would be lost;
 * browsers refuse a second member of a gzip file; and one chunk of it can be a thousand times as
 * large as its input. pako's class Inflate has the first and the last of these faults too, and is
 * 47 KB in a bundle; pako's port of zlib, which it is made of, has neither and is 17.
 */
import { inflate, inflateInit2, inflateReset, type ZStream } from 'pako/lib/zlib/inflate.js';
import { captureError, type ReadOptions } from './parser.js';

// Of zlib.h.
const NO_FLUSH = 0;
const OK = 0;
const STREAM_END = 1;
const BUF_ERROR = -5;
/** A window of 32 KiB, and a header and trailer of gzip around what is deflated. */
const GZIP_WINDOW_BITS = 31;

const OUTPUT_BYTES = 65_536;
// A header may hold a name and a comment without end; nobody's has this much.
const MAX_HEADER_BYTES = 131_072;
const MEMBER_START = 0x1f;

/** A decompressor of gzip that bytes are pushed into. */
export class Gunzip {
  private readonly options: ReadOptions;
  private readonly stream: ZStream;
  private state: 'member' | 'between' | 'zeros';
  private failure: Error | undefined;
  private members: number;
  /** Bytes pushed so far. */
  private pushed: number;

  constructor(options: ReadOptions) {
    const nothing = new Uint8Array(0);
    this.options = options;
    this.stream = {
      input: nothing,
      next_in: 0,
      avail_in: 0,
      total_in: 0,
      output: nothing,
      next_out: 0,
      avail_out: 0,
      total_out: 0,
      msg: '',
      state: null,
      data_type: 2,
      adler: 0,
    };
    inflateInit2(this.stream, GZIP_WINDOW_BITS);
    this.state = 'member';
    this.failure = undefined;
    this.members = 0;
    this.pushed = 0;
  }

  /** Gives it the next bytes, once `read` has used up those before; `read` then reads them. */
  push(chunk: Uint8Array): void {
    const { stream } = this;
    stream.input = chunk;
    stream.next_in = 0;
    stream.avail_in = chunk.length;
    this.pushed += chunk.length;
  }

  /**
   * The next bytes inflated, at most 64 KiB; undefined when it wants more input.
   *
   * @throws PacketError `BAD_CAPTURE` for damage, once everything before it has been given.
   */
  read(): Uint8Array | undefined {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (this.state === 'member') {
        const bytes = this.inflate();
        if (bytes.length > 0) return bytes;
      }
      if (this.failure === undefined && this.stream.avail_in === 0) return undefined;
      if (this.state !== 'member') this.betweenMembers();
    }
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a member.
   */
  end(): void {
    if (this.state !== 'member') return;
    throw captureError(
      'TRUNCATED_CAPTURE',
      this.options,
      `the gzip file is cut short: it ends at byte ${this.pushed}, inside member ${this.members + 1}`,
      { offset: this.pushed },
    );
  }

  /** Inflates as much as there is input and room for. */
  private inflate(): Uint8Array {
    const { stream } = this;
    if (stream.avail_out === 0) {
      stream.output = new Uint8Array(OUTPUT_BYTES);
      stream.next_out = 0;
      stream.avail_out = OUTPUT_BYTES;
    }
    const from = stream.next_out;
    const headerRoom = stream.total_out > 0 ? Infinity : MAX_HEADER_BYTES - stream.total_in;
    const held = Math.max(0, stream.avail_in - headerRoom);
    stream.avail_in -= held;
    const status = inflate(stream, NO_FLUSH);
    stream.avail_in += held;
    if (status === STREAM_END) {
      this.members += 1;
      this.state = 'between';
    } else if (status !== OK && status !== BUF_ERROR) {
      this.fail(this.inWords(stream.msg));
    } else if (held > 0 && stream.total_out === 0) {
      this.fail(`its header has more than ${MAX_HEADER_BYTES} bytes`);
    }
    return stream.output.subarray(from, stream.next_out);
  }

  /** Starts the next member, or passes over zeros that nothing else may follow. */
  private betweenMembers(): void {
    const { stream } = this;
    const first = stream.input[stream.next_in];
    if (this.state === 'between' && first === MEMBER_START) {
      inflateReset(stream);
      this.state = 'member';
    } else if (this.state === 'between' && first !== 0) {
      this.fail(`bytes follow member ${this.members} that start no other`);
    } else {
      this.state = 'zeros';
      const rest = stream.input.subarray(stream.next_in);
      if (rest.some((byte) => byte !== 0)) {
        this.fail('bytes that are not zero follow the zeros after the last member');
      }
      stream.avail_in = 0;
    }
  }

  /** What zlib says of damage, in words that fit a capture. */
  private inWords(message: string): string {
    const number = this.members + 1;
    switch (message) {
      case 'incorrect data check':
        return `the checksum of member ${number} is wrong`;
      case 'incorrect length check':
        return `the length of member ${number} is wrong`;
      case 'incorrect header check':
      case 'unknown compression method':
        return number === 1
          ? 'the header is none of gzip with the deflate method'
          : `bytes follow member ${number - 1} that start no other`;
      case 'header crc mismatch':
        return `the checksum of the header of member ${number} is wrong`;
      default:
        return `zlib says of member ${number}: ${message}`;
    }
  }

  private fail(text: string): void {
    const offset = this.pushed - this.stream.avail_in;
    this.failure = captureError(
      'BAD_CAPTURE',
      this.options,
      `the gzip file is damaged before byte ${offset}: ${text}`,
      { offset },
    );
  }
}
