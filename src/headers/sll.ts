/**
 * Linux cooked capture v1 (LINKTYPE_LINUX_SLL): what Linux gives in the place of the link layer of
 * interfaces that have none, or when it captures on all at once.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |          packetType           |         hardwareType          |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |         addressLength         |                               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *    |                            address                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |          addressRest          |           protocol            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { readMac, writeMac } from '../bytes/address.js';
import { bytes, headerLayout, offsetOf, u16 } from '../bytes/layout.js';
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

export const sllLayout = headerLayout('sll', [
  u16('packetType'),
  u16('hardwareType'),
  u16('addressLength'),
  bytes('address', 6),
  u16('addressRest'),
  u16('protocol'),
]);

const PACKET_TYPE = offsetOf(sllLayout, 'packetType');
const HARDWARE_TYPE = offsetOf(sllLayout, 'hardwareType');
const ADDRESS_LENGTH = offsetOf(sllLayout, 'addressLength');
const ADDRESS = offsetOf(sllLayout, 'address');
const ADDRESS_REST = offsetOf(sllLayout, 'addressRest');
const PROTOCOL = offsetOf(sllLayout, 'protocol');

/** Bytes of a cooked header. */
export const SLL_HEADER_BYTES = sllLayout.span;

const problems: readonly ProblemKind[] = [
  {
    code: 'SLL_HEADER_CUT',
    message: 'the bytes end inside the cooked header',
    rfc: 'LINKTYPE_LINUX_SLL',
    measure: (_view, offset, end) => ({ need: SLL_HEADER_BYTES, have: end - offset }),
  },
];
const HEADER_CUT = 1;

/** Finds the end of the cooked header at `offset`: 0 where there is none. */
export function checkSll(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + SLL_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = cookedNext(view.getUint16(offset + HARDWARE_TYPE), view.getUint16(offset + PROTOCOL));
  return headerEnd;
}

/** A cooked header, version 1, in place. */
export class SllView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(sllProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return sllProtocol;
  }

  /** 0: to us, 1: broadcast, 2: multicast, 3: to another host, 4: sent by us. */
  get packetType(): number {
    return this.view.getUint16(this.offset + PACKET_TYPE);
  }

  set packetType(value: number) {
    this.view.setUint16(this.offset + PACKET_TYPE, uint(value, 0xffff, 'sll', 'packetType'));
  }

  /** ARPHRD_ type of the interface: 1 is Ethernet, 772 loopback, 778 GRE. */
  get hardwareType(): number {
    return this.view.getUint16(this.offset + HARDWARE_TYPE);
  }

  set hardwareType(value: number) {
    this.view.setUint16(this.offset + HARDWARE_TYPE, uint(value, 0xffff, 'sll', 'hardwareType'));
  }

  /** Bytes of the link-layer address, which may be more than the eight that are here. */
  get addressLength(): number {
    return this.view.getUint16(this.offset + ADDRESS_LENGTH);
  }

  set addressLength(value: number) {
    this.view.setUint16(this.offset + ADDRESS_LENGTH, uint(value, 0xffff, 'sll', 'addressLength'));
  }

  /** The first six bytes of the link-layer sender's address: all of it where it is a MAC address. */
  get address(): string {
    return readMac(this.view, this.offset + ADDRESS);
  }

  set address(value: string) {
    writeMac(this.view, this.offset + ADDRESS, macNumber(value, 'sll', 'address'));
  }

  /** Bytes seven and eight of the address: unused where it is shorter. */
  get addressRest(): number {
    return this.view.getUint16(this.offset + ADDRESS_REST);
  }

  set addressRest(value: number) {
    this.view.setUint16(this.offset + ADDRESS_REST, uint(value, 0xffff, 'sll', 'addressRest'));
  }

  /** EtherType; up to 1536 a number of Linux (LINUX_SLL_P_), of which 4 is LLC. */
  get protocol(): number {
    return this.view.getUint16(this.offset + PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint16(this.offset + PROTOCOL, uint(value, 0xffff, 'sll', 'protocol'));
  }
}

/** Every field of a cooked header. */
export interface SllFields {
  /** 0: to us, 1: broadcast, 2: multicast, 3: to another host, 4: sent by us. */
  readonly packetType: number;
  /** ARPHRD_ type of the interface: 1 is Ethernet, 772 loopback, 778 GRE. */
  readonly hardwareType: number;
  /** Bytes of the link-layer address, which may be more than the eight that are here. */
  readonly addressLength: number;
  /** The first six bytes of the link-layer sender's address: all of it where it is a MAC address. */
  readonly address: string;
  /** Bytes seven and eight of the address: unused where it is shorter. */
  readonly addressRest: number;
  /** EtherType; up to 1536 a number of Linux (LINUX_SLL_P_), of which 4 is LLC. */
  readonly protocol: number;
}

/** What may be given. Absent: the protocol is computed; Ethernet, an address of six bytes, else 0. */
export type SllInput = Partial<SllFields>;

export function decodeSll(layer: SllView): SllFields {
  return {
    packetType: layer.packetType,
    hardwareType: layer.hardwareType,
    addressLength: layer.addressLength,
    address: layer.address,
    addressRest: layer.addressRest,
    protocol: layer.protocol,
  };
}

/** Writes a cooked header: all of it, or nothing where a field is wrong. */
export function encodeSll(view: DataView, offset: number, fields: SllInput, place: Place): void {
  const packetType = uint(fields.packetType ?? 0, 0xffff, 'sll', 'packetType');
  const hardwareType = uint(fields.hardwareType ?? 1, 0xffff, 'sll', 'hardwareType');
  const addressLength = uint(fields.addressLength ?? 6, 0xffff, 'sll', 'addressLength');
  const address = macNumber(fields.address ?? '00:00:00:00:00:00', 'sll', 'address');
  const addressRest = uint(fields.addressRest ?? 0, 0xffff, 'sll', 'addressRest');
  const protocol = uint(
    fields.protocol ?? nextEthertype(place, 'sll', 'protocol'),
    0xffff,
    'sll',
    'protocol',
  );
  needRoom(view, offset, SLL_HEADER_BYTES, 'sll');
  view.setUint16(offset + PACKET_TYPE, packetType);
  view.setUint16(offset + HARDWARE_TYPE, hardwareType);
  view.setUint16(offset + ADDRESS_LENGTH, addressLength);
  writeMac(view, offset + ADDRESS, address);
  view.setUint16(offset + ADDRESS_REST, addressRest);
  view.setUint16(offset + PROTOCOL, protocol);
}

const names: readonly FieldName<SllView>[] = [
  numberName(sllLayout, 'packetType', 'sll.pkttype', 'Packet type'),
  numberName(sllLayout, 'hardwareType', 'sll.hatype', 'Link-layer address type'),
  numberName(sllLayout, 'addressLength', 'sll.halen', 'Link-layer address length'),
  ...cookedNames(ADDRESS, PROTOCOL),
];

export const sllProtocol: Protocol<'sll', SllFields, SllView, SllInput> = defineProtocol({
  name: 'sll',
  title: 'Linux cooked capture v1',
  short: 'SLL',
  space: 'ethertype',
  fields: ['packetType', 'hardwareType', 'addressLength', 'address', 'addressRest', 'protocol'],
  derived: ['protocol'],
  wireshark: 'sll',
  wiresharkName: (layer) => cookedWiresharkName(layer),
  summary: (layer) => `Packet type ${layer.packetType}, protocol 0x${layer.protocol.toString(16)}`,
  layout: sllLayout,
  problems,
  names,
  check: checkSll,
  layer: (view, offset, headerEnd, end) => new SllView(view, offset, end, headerEnd),
  decode: decodeSll,
  size: () => SLL_HEADER_BYTES,
  encode: encodeSll,
});

/** A cooked header to build. */
export const sll = layerMaker(sllProtocol);
