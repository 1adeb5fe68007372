/** Cuts a packet into fragments (RFC 791 §3.2). */
import {
  FRAGMENT_OFFSET,
  IPV4_HEADER_BYTES,
  LENGTH,
  MORE_FRAGMENTS,
} from '../../headers/ipv4-wire.js';
import { type Frame, type FramePool, HEADROOM } from '../frame.js';
import { sealPacket, transportOf } from './packet.js';

const MORE = 1 << MORE_FRAGMENTS.shift;
/** Offsets count in this many bytes. */
const UNIT = 8;
/** The bit of an option's kind that has it copied to every fragment. */
const COPIED = 0x80;

/**
 * The fragments of a packet that is longer than `mtu`, each a frame of its own; the packet's is
 * released. A fragment can be cut again.
 */
export function fragment(frames: FramePool, frame: Frame, mtu: number): Frame[] {
  const { view, network, end } = frame;
  const payload = transportOf(frame);
  const word = view.getUint16(network + FRAGMENT_OFFSET.offset);
  const first = (word & FRAGMENT_OFFSET.max) * UNIT;
  const pieces: Frame[] = [];
  let header = payload - network;
  for (let at = payload; at < end; ) {
    const room = Math.floor((mtu - header) / UNIT) * UNIT;
    const bytes = Math.min(room, end - at);
    const piece = frames.acquire(header + bytes);
    piece.network = HEADROOM;
    piece.mark = frame.mark;
    piece.connection = frame.connection;
    piece.crossing = frame.crossing;
    copyHeader(frame, piece, header);
    piece.bytes.set(frame.bytes.subarray(at, at + bytes), HEADROOM + header);
    const more = at + bytes < end ? MORE : word & MORE;
    const rest = word & ~(MORE | FRAGMENT_OFFSET.max) & 0xffff;
    piece.view.setUint16(HEADROOM + LENGTH, header + bytes);
    piece.view.setUint16(
      HEADROOM + FRAGMENT_OFFSET.offset,
      rest | more | ((first + at - payload) / UNIT),
    );
    sealPacket(piece, header);
    pieces.push(piece);
    at += bytes;
    // Later fragments carry the options whose copied flag is set, and no others.
    if (at - bytes === payload) header = laterHeader(frame, payload - network);
  }
  frame.release();
  return pieces;
}

function copyHeader(from: Frame, to: Frame, bytes: number): void {
  const whole = transportOf(from) - from.network;
  if (bytes === whole) {
    to.bytes.set(from.bytes.subarray(from.network, from.network + whole), HEADROOM);
    return;
  }
  to.bytes.set(from.bytes.subarray(from.network, from.network + IPV4_HEADER_BYTES), HEADROOM);
  let at = HEADROOM + IPV4_HEADER_BYTES;
  eachCopied(from, whole, (option, length) => {
    to.bytes.set(from.bytes.subarray(option, option + length), at);
    at += length;
  });
  to.bytes.fill(0, at, HEADROOM + bytes);
  to.view.setUint8(HEADROOM, 0x40 | (bytes / 4));
}

function laterHeader(frame: Frame, whole: number): number {
  let bytes = IPV4_HEADER_BYTES;
  eachCopied(frame, whole, (_option, length) => {
    bytes += length;
  });
  return Math.ceil(bytes / 4) * 4;
}

/** Visits the options that every fragment has, where `findPacket` found the header good. */
function eachCopied(
  { view, network }: Frame,
  whole: number,
  visit: (at: number, length: number) => void,
): void {
  const end = network + whole;
  let at = network + IPV4_HEADER_BYTES;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === 0) return;
    const length = kind === 1 ? 1 : at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length === 0 || at + length > end) return;
    if ((kind & COPIED) !== 0) visit(at, length);
    at += length;
  }
}
