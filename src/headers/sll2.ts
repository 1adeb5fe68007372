/**
 * Linux cooked capture v2 (LINKTYPE_LINUX_SLL2): as v1, with the number of the interface.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           protocol            |           reserved            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                        interfaceIndex                         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         hardwareType          |  packetType   | addressLength |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                            address                            |
 *    +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                               |          addressRest          |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { readMac, writeMac } from '../bytes/address.js';
import { bytes, headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName } from './names.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { cookedNames, cookedNext, cookedWiresharkName } from './sll-names.js';
import { macNumber, needRoom, nextEthertype, uint } from './values.js';

export const sll2Layout = headerLayout('sll2', [
  u16('protocol'),
  u16('reserved'),
  u32('interfaceIndex'),
  u16('hardwareType'),
  u8('packetType'),
  u8('addressLength'),
  bytes('address', 6),
  u16('addressRest'),
]);

const PROTOCOL = offsetOf(sll2Layout, 'protocol');
const RESERVED = offsetOf(sll2Layout, 'reserved');
const INTERFACE_INDEX = offsetOf(sll2Layout, 'interfaceIndex');
const HARDWARE_TYPE = offsetOf(sll2Layout, 'hardwareType');
const PACKET_TYPE = offsetOf(sll2Layout, 'packetType');
const ADDRESS_LENGTH = offsetOf(sll2Layout, 'addressLength');
const ADDRESS = offsetOf(sll2Layout, 'address');
const ADDRESS_REST = offsetOf(sll2Layout, 'addressRest');

/** Bytes of a cooked header. */
export const SLL2_HEADER_BYTES = sll2Layout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'SLL2_HEADER_CUT',
    message: 'the bytes end inside the cooked header',
    rfc: 'LINKTYPE_LINUX_SLL2',
    measure: (_view, offset, end) => ({ need: SLL2_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the cooked header at `offset`: 0 where there is none. */
export function checkSll2(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + SLL2_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = cookedNext(view.getUint16(offset + HARDWARE_TYPE), view.getUint16(offset + PROTOCOL));
  return headerEnd;
}

/** A cooked header, version 2, in place. */
export class Sll2View extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(sll2Protocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return sll2Protocol;
  }

  /** EtherType; up to 1536 a number of Linux (LINUX_SLL_P_), of which 4 is LLC. */
  get protocol(): number {
    return this.view.getUint16(this.offset + PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint16(this.offset + PROTOCOL, uint(value, 0xffff, 'sll2', 'protocol'));
  }

  /** To be 0. */
  get reserved(): number {
    return this.view.getUint16(this.offset + RESERVED);
  }

  set reserved(value: number) {
    this.view.setUint16(this.offset + RESERVED, uint(value, 0xffff, 'sll2', 'reserved'));
  }

  /** Number of the interface, by the capturing host. */
  get interfaceIndex(): number {
    return this.view.getUint32(this.offset + INTERFACE_INDEX);
  }

  set interfaceIndex(value: number) {
    this.view.setUint32(
      this.offset + INTERFACE_INDEX,
      uint(value, 0xffffffff, 'sll2', 'interfaceIndex'),
    );
  }

  /** ARPHRD_ type of the interface: 1 is Ethernet, 772 loopback, 778 GRE. */
  get hardwareType(): number {
    return this.view.getUint16(this.offset + HARDWARE_TYPE);
  }

  set hardwareType(value: number) {
    this.view.setUint16(this.offset + HARDWARE_TYPE, uint(value, 0xffff, 'sll2', 'hardwareType'));
  }

  /** 0: to us, 1: broadcast, 2: multicast, 3: to another host, 4: sent by us. */
  get packetType(): number {
    return this.view.getUint8(this.offset + PACKET_TYPE);
  }

  set packetType(value: number) {
    this.view.setUint8(this.offset + PACKET_TYPE, uint(value, 0xff, 'sll2', 'packetType'));
  }

  /** Bytes of the link-layer address, which may be more than the eight that are here. */
  get addressLength(): number {
    return this.view.getUint8(this.offset + ADDRESS_LENGTH);
  }

  set addressLength(value: number) {
    this.view.setUint8(this.offset + ADDRESS_LENGTH, uint(value, 0xff, 'sll2', 'addressLength'));
  }

  /** The first six bytes of the link-layer sender's address: all of it where it is a MAC address. */
  get address(): string {
    return readMac(this.view, this.offset + ADDRESS);
  }

  set address(value: string) {
    writeMac(this.view, this.offset + ADDRESS, macNumber(value, 'sll2', 'address'));
  }

  /** Bytes seven and eight of the address: unused where it is shorter. */
  get addressRest(): number {
    return this.view.getUint16(this.offset + ADDRESS_REST);
  }

  set addressRest(value: number) {
    this.view.setUint16(this.offset + ADDRESS_REST, uint(value, 0xffff, 'sll2', 'addressRest'));
  }
}

/** Every field of a cooked header. */
export interface Sll2Fields {
  /** EtherType; up to 1536 a number of Linux (LINUX_SLL_P_), of which 4 is LLC. */
  readonly protocol: number;
  /** To be 0. */
  readonly reserved: number;
  /** Number of the interface, by the capturing host. */
  readonly interfaceIndex: number;
  /** ARPHRD_ type of the interface: 1 is Ethernet, 772 loopback, 778 GRE. */
  readonly hardwareType: number;
  /** 0: to us, 1: broadcast, 2: multicast, 3: to another host, 4: sent by us. */
  readonly packetType: number;
  /** Bytes of the link-layer address, which may be more than the eight that are here. */
  readonly addressLength: number;
  /** The first six bytes of the link-layer sender's address: all of it where it is a MAC address. */
  readonly address: string;
  /** Bytes seven and eight of the address: unused where it is shorter. */
  readonly addressRest: number;
}

/** What may be given. Absent: the protocol is computed; Ethernet, an address of six bytes, else 0. */
export type Sll2Input = Partial<Sll2Fields>;

export function decodeSll2(layer: Sll2View): Sll2Fields {
  return {
    protocol: layer.protocol,
    reserved: layer.reserved,
    interfaceIndex: layer.interfaceIndex,
    hardwareType: layer.hardwareType,
    packetType: layer.packetType,
    addressLength: layer.addressLength,
    address: layer.address,
    addressRest: layer.addressRest,
  };
}

/** Writes a cooked header: all of it, or nothing where a field is wrong. */
export function encodeSll2(view: DataView, offset: number, fields: Sll2Input, place: Place): void {
  const protocol = uint(
    fields.protocol ?? nextEthertype(place, 'sll2', 'protocol'),
    0xffff,
    'sll2',
    'protocol',
  );
  const reserved = uint(fields.reserved ?? 0, 0xffff, 'sll2', 'reserved');
  const interfaceIndex = uint(fields.interfaceIndex ?? 0, 0xffffffff, 'sll2', 'interfaceIndex');
  const hardwareType = uint(fields.hardwareType ?? 1, 0xffff, 'sll2', 'hardwareType');
  const packetType = uint(fields.packetType ?? 0, 0xff, 'sll2', 'packetType');
  const addressLength = uint(fields.addressLength ?? 6, 0xff, 'sll2', 'addressLength');
  const address = macNumber(fields.address ?? '00:00:00:00:00:00', 'sll2', 'address');
  const addressRest = uint(fields.addressRest ?? 0, 0xffff, 'sll2', 'addressRest');
  needRoom(view, offset, SLL2_HEADER_BYTES, 'sll2');
  view.setUint16(offset + PROTOCOL, protocol);
  view.setUint16(offset + RESERVED, reserved);
  view.setUint32(offset + INTERFACE_INDEX, interfaceIndex);
  view.setUint16(offset + HARDWARE_TYPE, hardwareType);
  view.setUint8(offset + PACKET_TYPE, packetType);
  view.setUint8(offset + ADDRESS_LENGTH, addressLength);
  writeMac(view, offset + ADDRESS, address);
  view.setUint16(offset + ADDRESS_REST, addressRest);
}

const names: readonly FieldName<Sll2View>[] = [
  numberName(sll2Layout, 'packetType', 'sll.pkttype', 'Packet type'),
  numberName(sll2Layout, 'hardwareType', 'sll.hatype', 'Link-layer address type'),
  numberName(sll2Layout, 'addressLength', 'sll.halen', 'Link-layer address length'),
  numberName(sll2Layout, 'interfaceIndex', 'sll.ifindex', 'Interface index'),
  ...cookedNames(ADDRESS, PROTOCOL),
];

export const sll2Protocol: Protocol<'sll2', Sll2Fields, Sll2View, Sll2Input> = defineProtocol({
  name: 'sll2',
  title: 'Linux cooked capture v2',
  short: 'SLL2',
  space: 'ethertype',
  fields: [
    'protocol',
    'reserved',
    'interfaceIndex',
    'hardwareType',
    'packetType',
    'addressLength',
    'address',
    'addressRest',
  ],
  derived: ['protocol'],
  wireshark: 'sll',
  wiresharkName: (layer) => cookedWiresharkName(layer),
  summary: (layer) => `Packet type ${layer.packetType}, protocol 0x${layer.protocol.toString(16)}`,
  layout: sll2Layout,
  problems,
  names,
  check: checkSll2,
  layer: (view, offset, headerEnd, end) => new Sll2View(view, offset, end, headerEnd),
  decode: decodeSll2,
  size: () => SLL2_HEADER_BYTES,
  encode: encodeSll2,
});

/** A cooked header to build. */
export const sll2 = layerMaker(sll2Protocol);
