/** Reads gzip (RFC 1952): members one after another, and zeros after the last as tapes leave them. */

import { Inflater } from './inflate.js';
import { captureError, type ReadOptions } from './parser.js';

// A header may hold a name and a comment without end; nobody's has this much.
const MAX_HEADER_BYTES = 131_072;
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let i = 0; i < 8; i += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  return crc;
});

/** A decompressor of gzip that bytes are pushed into. */
export class Gunzip {
  private readonly options: ReadOptions;
  private readonly inflater: Inflater;
  private state: 'header' | 'body' | 'trailer' | 'zeros';
  private failure: Error | undefined;
  private members: number;
  private crc: number;
  private size: number;
  /** Bytes pushed so far. */
  private pushed: number;

  constructor(options: ReadOptions) {
    this.options = options;
    this.inflater = new Inflater();
    this.state = 'header';
    this.failure = undefined;
    this.members = 0;
    this.crc = 0xffffffff;
    this.size = 0;
    this.pushed = 0;
  }

  /** Gives it the next bytes; `read` then reads them. */
  push(chunk: Uint8Array): void {
    this.pushed += chunk.length;
    this.inflater.push(chunk);
  }

  /**
   * The next bytes inflated, at most 96 KiB; undefined when it wants more input.
   *
   * @throws PacketError `BAD_CAPTURE` for damage, once everything before it has been given.
   */
  read(): Uint8Array | undefined {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (this.state === 'body') {
        const stop = this.inflater.inflate();
        if (stop === 'end') this.state = 'trailer';
        else if (stop !== 'input' && stop !== 'room') this.fail(`there is ${stop}`);
        const bytes = this.inflater.take();
        if (bytes !== undefined) {
          this.count(bytes);
          return bytes;
        }
        if (stop === 'input') return undefined;
      } else if (!this.between(this.inflater.rest())) return undefined;
    }
  }

  /**
   * Says that the file ends here.
   *
   * @throws PacketError `TRUNCATED_CAPTURE` when that is inside a member.
   */
  end(): void {
    const clean = this.members > 0 && this.state !== 'body' && this.state !== 'trailer';
    if (clean && (this.state === 'zeros' || this.inflater.rest().length === 0)) return;
    throw captureError(
      'TRUNCATED_CAPTURE',
      this.options,
      `the gzip file is cut short: it ends at byte ${this.pushed}, inside member ${this.members + 1}`,
      { offset: this.pushed },
    );
  }

  /** Reads what stands around the deflated bytes; false when it is not all there. */
  private between(rest: Uint8Array): boolean {
    if (this.state === 'trailer') return this.readTrailer(rest);
    if (rest.length === 0) return false;
    if (this.state === 'zeros' || (this.members > 0 && rest[0] === 0)) {
      this.state = 'zeros';
      const odd = rest.findIndex((byte) => byte !== 0);
      if (odd >= 0) this.fail('bytes that are not zero follow the zeros after the last member');
      else this.inflater.skip(rest.length);
      return true;
    }
    return this.readHeader(rest);
  }

  private readHeader(rest: Uint8Array): boolean {
    const isMagic =
      rest[0] === 0x1f &&
      (rest.length < 2 || rest[1] === 0x8b) &&
      (rest.length < 3 || rest[2] === 8);
    if (!isMagic) {
      this.fail(
        this.members === 0
          ? 'the header is none of gzip with the deflate method'
          : `bytes follow member ${this.members} that start no other`,
      );
      return true;
    }
    const length = headerBytes(rest);
    if (Math.max(length, length < 0 ? rest.length : 0) > MAX_HEADER_BYTES) {
      this.fail(`its header has more than ${MAX_HEADER_BYTES} bytes`);
      return true;
    }
    if (length < 0) return false;
    this.inflater.skip(length);
    this.inflater.reset();
    this.crc = 0xffffffff;
    this.size = 0;
    this.state = 'body';
    return true;
  }

  private readTrailer(rest: Uint8Array): boolean {
    if (rest.length < 8) return false;
    const view = new DataView(rest.buffer, rest.byteOffset, 8);
    if (view.getUint32(0, true) !== (this.crc ^ 0xffffffff) >>> 0) {
      this.fail(`the checksum of member ${this.members + 1} is wrong`);
    } else if (view.getUint32(4, true) !== this.size % 2 ** 32) {
      this.fail(`the length of member ${this.members + 1} is wrong`);
    }
    this.inflater.skip(8);
    this.members += 1;
    this.state = 'header';
    return true;
  }

  private count(bytes: Uint8Array): void {
    let crc = this.crc;
    for (let i = 0; i < bytes.length; i += 1) {
      crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
    }
    this.crc = crc;
    this.size += bytes.length;
  }

  private fail(text: string): void {
    this.failure = captureError(
      'BAD_CAPTURE',
      this.options,
      `the gzip file is damaged before byte ${this.pushed}: ${text}`,
      { offset: this.pushed },
    );
  }
}

/** Bytes of a member's header (RFC 1952, 2.3); −1 when it is not all there. */
function headerBytes(bytes: Uint8Array): number {
  if (bytes.length < 10) return -1;
  const flags = bytes[3] as number;
  let at = 10;
  if ((flags & EXTRA) !== 0) {
    if (bytes.length < at + 2) return -1;
    at += 2 + (bytes[at] as number) + (bytes[at + 1] as number) * 256;
  }
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return -1;
    at = end + 1;
  }
  if ((flags & HEADER_CRC) !== 0) at += 2;
  return at <= bytes.length ? at : -1;
}
