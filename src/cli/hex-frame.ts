/** A frame found in hex text, and what its bytes say of it. */
import { PacketError } from '../bytes/error.js';

/** One frame found in hex text. */
export interface HexFrame {
  readonly data: Uint8Array;
  /** Line of its first byte, from 1. */
  readonly line: number;
  /**
   * 1 (Ethernet) or 101 (bare IP), guessed from the bytes, as hex has no link type: tcpdump's -x
   * leaves the link layer out, its -xx does not. Other values only where `tshark -V` names them.
   */
  readonly linkType: number;
  /** Whole seconds of the Unix time and the rest, where the text has them (`tcpdump -tt`, `tshark -V`). */
  readonly seconds?: number | undefined;
  readonly nanoseconds?: number | undefined;
  /** Bytes on the wire, where the text says (`tshark -V`). */
  readonly wireLength?: number | undefined;
  /** A warning for people: what is odd about this frame. */
  readonly note?: string | undefined;
}

/** What the text around a frame says of it. */
export type Meta = { -readonly [K in 'seconds' | 'nanoseconds' | 'wireLength']?: HexFrame[K] } & {
  linkType?: number;
};

export function fail(line: number, index: number, message: string): never {
  throw new PacketError('BAD_SPEC', `line ${line}, column ${index + 1}: ${message}`);
}

/** A word of the text, for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.split(/\s/)[0]?.slice(0, 20));
}

/** The frame of these bytes, the first of which stands in that line. */
export function toFrame(bytes: readonly number[], line: number, meta: Meta): HexFrame {
  const data = Uint8Array.from(bytes);
  const linkType = meta.linkType ?? guessLinkType(data);
  const bareArp =
    linkType === 1 &&
    data.length >= 28 &&
    word(data, 0) === 1 &&
    word(data, 2) === 0x0800 &&
    word(data, 4) === 0x0604;
  const note = bareArp
    ? 'ARP without its Ethernet header (tcpdump -x and -X leave it out, -xx and -XX keep it)'
    : undefined;
  return { data, line, ...meta, linkType, note };
}

function word(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

/** Length of the IP packet at `at` by its own header, 0 when there is none. */
function ipLength(data: Uint8Array, at: number): number {
  const version = (data[at] ?? 0) >> 4;
  const header = ((data[at] ?? 0) & 15) * 4;
  if (version === 6 && at + 40 <= data.length) return 40 + word(data, at + 4);
  const length = word(data, at + 2);
  return version === 4 && header >= 20 && at + header <= data.length && length >= header
    ? length
    : 0;
}

/** Where an Ethernet frame ends by its headers, 0 when its EtherType is not a usual one. */
function ethernetEnd(data: Uint8Array): number {
  let at = 12;
  while ([0x8100, 0x88a8, 0x9100].includes(word(data, at))) at += 4;
  const type = word(data, at);
  at += 2;
  if (type === 0x0800 || type === 0x86dd) {
    const length = (data[at] ?? 0) >> 4 === (type === 0x0800 ? 4 : 6) ? ipLength(data, at) : 0;
    return length === 0 ? 0 : at + length;
  }
  if (type === 0x0806) return at + 28;
  return [0x8847, 0x8848, 0x8863, 0x8864, 0x88cc].includes(type) ? data.length : 0;
}

/** Whether a line is a frame of its own: its headers end with it, but for padding or a checksum. */
export function isWholeFrame(data: Uint8Array): boolean {
  if (ipLength(data, 0) === data.length) return true;
  const end = ethernetEnd(data);
  return end > 0 && end <= data.length && (data.length <= 64 || data.length - end <= 4);
}

function guessLinkType(data: Uint8Array): number {
  if (ipLength(data, 0) === data.length) return 101;
  if (ethernetEnd(data) > 0) return 1;
  return ipLength(data, 0) > 0 ? 101 : 1;
}
