/** Wraps the frames of a capture: what the verbs of `encap` share. */
import type { TunnelEncapsulator } from '../encap/tunnel.js';
import { ETHERNET_HEADER_BYTES } from '../headers/ethernet.js';
import { LINK_TYPE } from '../headers/numbers.js';
import { Refused } from './refusals.js';
import { counted, type RewriteArguments, rewriteCapture } from './rewrite.js';
import type { Frame } from './rewriter.js';

/** What can be put in front of frames, or into them. */
export interface FrameWrapper {
  /** Bytes that a frame grows by. */
  readonly headerBytes: number;
  /** Bytes of the longest frame that it takes. */
  readonly maxLength: number;
  /** Why a frame that the capture has cut can't be wrapped; undefined: it can. */
  readonly needsAll?: string | undefined;
  /** What it wraps in, for people. */
  readonly name: string;
  /**
   * Wraps the frame in [offset, end), which has `headerBytes` of room before it. Answers where the
   * outer frame begins: `headerBytes` before it.
   */
  wrapInPlace(view: DataView, offset: number, end: number): number;
}

/** How the verbs end. */
export const ENCAP_EPILOG =
  'Exit codes: 0 all frames wrapped, 1 some left out or the input is damaged, 2 usage.';

/** Wraps every frame of a capture. */
export function encapsulateCapture(argv: RewriteArguments, wrapper: FrameWrapper): Promise<void> {
  const room = new Room();
  let wrapped = 0;
  const change = (frame: Frame): Frame => {
    const made = wrap(frame, wrapper, room);
    wrapped += 1;
    return made;
  };
  return rewriteCapture(argv, wrapper.headerBytes, change, (refused) => {
    const left = refused === 0 ? '' : `, ${refused} left out`;
    return `${wrapped} wrapped in ${wrapper.name}${left}`;
  });
}

function wrap({ data, wireLength, linkType }: Frame, wrapper: FrameWrapper, room: Room): Frame {
  const { headerBytes, maxLength } = wrapper;
  // Less on the wire than was captured is nonsense, which stays.
  const length = Math.max(data.length, wireLength);
  if (linkType !== LINK_TYPE.ETHERNET) {
    throw new Refused(`link type ${linkType}, expected ${LINK_TYPE.ETHERNET}: an Ethernet frame`);
  }
  if (length < ETHERNET_HEADER_BYTES) {
    throw new Refused(
      `${counted(length, 'byte')}, an Ethernet header has ${ETHERNET_HEADER_BYTES}`,
    );
  }
  if (length > maxLength) {
    throw new Refused(
      `${length} bytes, expected at most ${maxLength}: more and ${headerBytes} bytes of headers don't fit`,
    );
  }
  if (data.length < length && wrapper.needsAll !== undefined) {
    throw new Refused(`${data.length} of its ${length} bytes were captured: ${wrapper.needsAll}`);
  }
  // Room for all that was on the wire: the headers say how long it was, and no other frame's bytes
  // may be taken for those that are missing.
  const at = room.take(headerBytes + length);
  const { bytes, view } = room;
  const offset = at + headerBytes;
  bytes.set(data, offset);
  const begins = wrapper.wrapInPlace(view, offset, offset + length);
  // All that it could refuse has been looked at.
  if (begins !== at) throw new Error(`wrapInPlace answered ${begins}`);
  return {
    data: bytes.subarray(at, offset + data.length),
    wireLength: wireLength + headerBytes,
    linkType,
  };
}

const CHUNK_BYTES = 262_144;

/** Fresh memory, piece by piece: what is written may be held by whoever writes it to a file. */
class Room {
  bytes: Uint8Array<ArrayBuffer>;
  /** One for many frames: a DataView each took longer than the headers. */
  view: DataView<ArrayBuffer>;
  private used: number;

  constructor() {
    this.bytes = new Uint8Array(CHUNK_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.used = 0;
  }

  /** Where so many bytes begin, all of them zero. */
  take(length: number): number {
    if (this.used + length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(CHUNK_BYTES, length));
      this.view = new DataView(this.bytes.buffer);
      this.used = 0;
    }
    const at = this.used;
    this.used += length;
    return at;
  }
}

/** The wrapper that an encapsulator is. */
export function tunnelWrapper(
  name: string,
  encapsulator: TunnelEncapsulator,
  summed: boolean,
): FrameWrapper {
  return {
    name,
    headerBytes: encapsulator.headerBytes,
    maxLength: encapsulator.maxLength,
    needsAll: summed ? 'the UDP checksum needs them all (--checksum zero goes without)' : undefined,
    wrapInPlace: (view, offset, end) => encapsulator.wrapInPlace(view, offset, end),
  };
}
