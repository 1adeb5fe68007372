/** IPv4 (RFC 791 §3.1): the view. Fields: `ipv4-fields.ts`; layout, bounds, sums: `ipv4-wire.ts`. */
import { formatIpv4 } from '../bytes/address.js';
import { getBits8, getBits16, load8, load16, load32, setBits8, setBits16 } from '../bytes/bits.js';
import { updateChecksum } from '../bytes/checksum.js';
import {
  decodeIpv4,
  encodeIpv4,
  type Ipv4Fields,
  type Ipv4Input,
  ipv4HeaderBytes,
  sealIpv4,
} from './ipv4-fields.js';
import { ipv4Names } from './ipv4-names.js';
import { type Ipv4Option, ipv4Options } from './ipv4-options.js';
import { allIpv4Problems } from './ipv4-problems.js';
import * as wire from './ipv4-wire.js';
import { checkIpv4, ipv4ChecksumStatus, ipv4Layout, pseudoIpv4 } from './ipv4-wire.js';
import { layerMaker } from './layer-spec.js';
import { defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { flag, ipv4Word, uint } from './values.js';

// Constants of this module: the compiler takes them as numbers, and loads imported ones at each use
// (Node 20: a seventh of the time of `parse` and of what reads its layers).
const {
  CHECKSUM,
  DONT_FRAGMENT,
  DSCP,
  DST,
  ECN,
  FRAGMENT_OFFSET,
  ID,
  IHL,
  IPV4_HEADER_BYTES,
  LENGTH,
  MORE_FRAGMENTS,
  PROTOCOL,
  RESERVED,
  SRC,
  TTL,
  VERSION,
} = wire;

/** An IPv4 header in place. */
export class Ipv4View extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv4Protocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv4Protocol;
  }

  /** 4. */
  get version(): number {
    return getBits8(this.view, this.offset, VERSION);
  }

  set version(value: number) {
    setBits8(this.view, this.offset, VERSION, uint(value, VERSION.max, 'ipv4', 'version'));
  }

  /** Header length in words of four bytes, 5–15. */
  get ihl(): number {
    return getBits8(this.view, this.offset, IHL);
  }

  set ihl(value: number) {
    setBits8(this.view, this.offset, IHL, uint(value, IHL.max, 'ipv4', 'ihl'));
  }

  /** Differentiated services codepoint, 0–63 (RFC 2474). */
  get dscp(): number {
    return getBits8(this.view, this.offset, DSCP);
  }

  set dscp(value: number) {
    setBits8(this.view, this.offset, DSCP, uint(value, DSCP.max, 'ipv4', 'dscp'));
  }

  /** Explicit congestion notification, 0–3 (RFC 3168). */
  get ecn(): number {
    return getBits8(this.view, this.offset, ECN);
  }

  set ecn(value: number) {
    setBits8(this.view, this.offset, ECN, uint(value, ECN.max, 'ipv4', 'ecn'));
  }

  /** Total length: bytes of header and data, 20–65535; 0 where segmentation is offloaded. */
  get length(): number {
    return load16(this.view, this.offset, LENGTH);
  }

  set length(value: number) {
    this.view.setUint16(this.offset + LENGTH, uint(value, 0xffff, 'ipv4', 'length'));
  }

  get id(): number {
    return load16(this.view, this.offset, ID);
  }

  set id(value: number) {
    this.view.setUint16(this.offset + ID, uint(value, 0xffff, 'ipv4', 'id'));
  }

  /** The flag that must be zero. */
  get reserved(): boolean {
    return getBits16(this.view, this.offset, RESERVED) === 1;
  }

  set reserved(value: boolean) {
    setBits16(this.view, this.offset, RESERVED, flag(value, 'ipv4', 'reserved'));
  }

  get dontFragment(): boolean {
    return getBits16(this.view, this.offset, DONT_FRAGMENT) === 1;
  }

  set dontFragment(value: boolean) {
    setBits16(this.view, this.offset, DONT_FRAGMENT, flag(value, 'ipv4', 'dontFragment'));
  }

  get moreFragments(): boolean {
    return getBits16(this.view, this.offset, MORE_FRAGMENTS) === 1;
  }

  set moreFragments(value: boolean) {
    setBits16(this.view, this.offset, MORE_FRAGMENTS, flag(value, 'ipv4', 'moreFragments'));
  }

  /** In units of 8 bytes, 0–8191. */
  get fragmentOffset(): number {
    return getBits16(this.view, this.offset, FRAGMENT_OFFSET);
  }

  set fragmentOffset(value: number) {
    const units = uint(value, FRAGMENT_OFFSET.max, 'ipv4', 'fragmentOffset');
    setBits16(this.view, this.offset, FRAGMENT_OFFSET, units);
  }

  get ttl(): number {
    return load8(this.view, this.offset, TTL);
  }

  set ttl(value: number) {
    this.view.setUint8(this.offset + TTL, uint(value, 0xff, 'ipv4', 'ttl'));
  }

  /** IP protocol number of what follows. */
  get protocol(): number {
    return load8(this.view, this.offset, PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint8(this.offset + PROTOCOL, uint(value, 0xff, 'ipv4', 'protocol'));
  }

  get checksum(): number {
    return load16(this.view, this.offset, CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'ipv4', 'checksum'));
  }

  get src(): string {
    return formatIpv4(this.srcWord);
  }

  set src(value: string) {
    this.view.setUint32(this.offset + SRC, ipv4Word(value, 'ipv4', 'src'));
  }

  get dst(): string {
    return formatIpv4(this.dstWord);
  }

  set dst(value: string) {
    this.view.setUint32(this.offset + DST, ipv4Word(value, 'ipv4', 'dst'));
  }

  /** The source address as a 32-bit number. */
  get srcWord(): number {
    return load32(this.view, this.offset, SRC);
  }

  set srcWord(value: number) {
    this.view.setUint32(this.offset + SRC, uint(value, 0xffffffff, 'ipv4', 'src'));
  }

  /** The destination address as a 32-bit number. */
  get dstWord(): number {
    return load32(this.view, this.offset, DST);
  }

  set dstWord(value: number) {
    this.view.setUint32(this.offset + DST, uint(value, 0xffffffff, 'ipv4', 'dst'));
  }

  /** Decoded anew at each call. */
  get options(): Ipv4Option[] {
    return ipv4Options.read(this.view, this.offset + IPV4_HEADER_BYTES, this.headerEnd);
  }

  /**
   * Corrects the checksum after the 16-bit word at byte `at` of the header has changed from
   * `before` to what it is now, without summing the header (RFC 1624).
   */
  patchChecksum(at: number, before: number): void {
    const after = this.view.getUint16(this.offset + at);
    this.checksum = updateChecksum(this.checksum, before, after);
  }
}

export const ipv4Protocol: Protocol<'ipv4', Ipv4Fields, Ipv4View, Ipv4Input> = defineProtocol({
  name: 'ipv4',
  title: 'Internet Protocol Version 4',
  short: 'IPv4',
  layout: ipv4Layout,
  space: 'ipProtocol',
  lengthField: 'length',
  declared: ({ length }) => (length === 0 ? undefined : length),
  fields: [
    'version',
    'ihl',
    'dscp',
    'ecn',
    'length',
    'id',
    'reserved',
    'dontFragment',
    'moreFragments',
    'fragmentOffset',
    'ttl',
    'protocol',
    'checksum',
    'src',
    'dst',
    'options',
  ],
  derived: ['version', 'ihl', 'length', 'protocol', 'checksum'],
  problems: allIpv4Problems,
  names: ipv4Names,
  wireshark: 'ip',
  summary: (layer) =>
    layer.fragmentOffset === 0 && !layer.moreFragments
      ? `IP protocol ${layer.protocol}`
      : `Fragment (proto=${layer.protocol}, off=${layer.fragmentOffset * 8}, ID=${layer.id
          .toString(16)
          .padStart(4, '0')})`,
  check: checkIpv4,
  // As Wireshark does: version 6 behind EtherType 0x0800 is IPv6.
  sibling: (view, offset, end) =>
    offset < end && getBits8(view, offset, VERSION) === 6 ? 'ipv6' : undefined,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new Ipv4View(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeIpv4,
  size: ipv4HeaderBytes,
  encode: encodeIpv4,
  seal: sealIpv4,
  pseudo: pseudoIpv4,
  checksumStatus: ipv4ChecksumStatus,
  ends: (layer) => ({ src: layer.src, dst: layer.dst }),
});

/** An IPv4 layer to build. */
export const ipv4 = layerMaker(ipv4Protocol);
