/** ARP (RFC 826): view, fields and codec. Its layout and bounds: `arp-wire.ts`. */
import { formatIpv4, parseIpv4, parseMac, readMac, writeMac } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { arpNames } from './arp-names.js';
import {
  ARP_FIXED_BYTES,
  arpLayout,
  arpProblems,
  checkArp,
  HARDWARE_LENGTH,
  HARDWARE_TYPE,
  OPERATION,
  PROTOCOL_LENGTH,
  PROTOCOL_TYPE,
} from './arp-wire.js';
import { layerMaker } from './layer-spec.js';
import { ARP_OPERATION, ETHERTYPE } from './numbers.js';
import { bytesOf, defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { needRoom, uint } from './values.js';

const NO_MAC = '00:00:00:00:00:00';
const NO_IPV4 = '0.0.0.0';

/** Bytes of an ARP packet with these addresses. */
export function arpHeaderBytes(f: ArpInput): number {
  return (
    ARP_FIXED_BYTES +
    addressBytes(f.senderHardware ?? NO_MAC, 'senderHardware') +
    addressBytes(f.senderProtocol ?? NO_IPV4, 'senderProtocol') +
    addressBytes(f.targetHardware ?? NO_MAC, 'targetHardware') +
    addressBytes(f.targetProtocol ?? NO_IPV4, 'targetProtocol')
  );
}

/** An address as text where it is six bytes (a MAC address) or four (IPv4), as bytes elsewhere. */
export type ArpAddress = string | Uint8Array;

/** An ARP packet in place. */
export class ArpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(arpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return arpProtocol;
  }

  /** 1: Ethernet (IANA's ARP hardware types). */
  get hardwareType(): number {
    return this.view.getUint16(this.offset + HARDWARE_TYPE);
  }

  set hardwareType(value: number) {
    this.view.setUint16(this.offset + HARDWARE_TYPE, uint(value, 0xffff, 'arp', 'hardwareType'));
  }

  /** EtherType of the protocol. */
  get protocolType(): number {
    return this.view.getUint16(this.offset + PROTOCOL_TYPE);
  }

  set protocolType(value: number) {
    this.view.setUint16(this.offset + PROTOCOL_TYPE, uint(value, 0xffff, 'arp', 'protocolType'));
  }

  /** Bytes of a hardware address, 0–255. Fixed once the view is made: it says where addresses are. */
  get hardwareLength(): number {
    return this.view.getUint8(this.offset + HARDWARE_LENGTH);
  }

  /** Bytes of a protocol address, 0–255. */
  get protocolLength(): number {
    return this.view.getUint8(this.offset + PROTOCOL_LENGTH);
  }

  /** 1: request, 2: reply. */
  get operation(): number {
    return this.view.getUint16(this.offset + OPERATION);
  }

  set operation(value: number) {
    this.view.setUint16(this.offset + OPERATION, uint(value, 0xffff, 'arp', 'operation'));
  }

  get senderHardware(): ArpAddress {
    return readHardware(this.view, this.senderHardwareAt, this.hardwareLength);
  }

  set senderHardware(value: ArpAddress) {
    const at = this.senderHardwareAt;
    replaceAddress(this.view, at, this.hardwareLength, value, 'senderHardware');
  }

  get senderProtocol(): ArpAddress {
    return readProtocol(this.view, this.senderProtocolAt, this.protocolLength);
  }

  set senderProtocol(value: ArpAddress) {
    const at = this.senderProtocolAt;
    replaceAddress(this.view, at, this.protocolLength, value, 'senderProtocol');
  }

  get targetHardware(): ArpAddress {
    return readHardware(this.view, this.targetHardwareAt, this.hardwareLength);
  }

  set targetHardware(value: ArpAddress) {
    const at = this.targetHardwareAt;
    replaceAddress(this.view, at, this.hardwareLength, value, 'targetHardware');
  }

  get targetProtocol(): ArpAddress {
    return readProtocol(this.view, this.targetProtocolAt, this.protocolLength);
  }

  set targetProtocol(value: ArpAddress) {
    const at = this.targetProtocolAt;
    replaceAddress(this.view, at, this.protocolLength, value, 'targetProtocol');
  }

  /** Byte offsets of the four addresses. */
  get senderHardwareAt(): number {
    return this.offset + ARP_FIXED_BYTES;
  }

  get senderProtocolAt(): number {
    return this.senderHardwareAt + this.hardwareLength;
  }

  get targetHardwareAt(): number {
    return this.senderProtocolAt + this.protocolLength;
  }

  get targetProtocolAt(): number {
    return this.targetHardwareAt + this.hardwareLength;
  }
}

function readHardware(view: DataView, at: number, length: number): ArpAddress {
  return length === 6 ? readMac(view, at) : bytesOf(view, at, at + length).slice();
}

function readProtocol(view: DataView, at: number, length: number): ArpAddress {
  return length === 4 ? formatIpv4(view.getUint32(at)) : bytesOf(view, at, at + length).slice();
}

/** Bytes of an address that a caller gives. Throws `BAD_VALUE` where it is none. */
function addressBytes(value: ArpAddress, field: string): number {
  if (value instanceof Uint8Array) {
    return uint(value.length, 255, 'arp', `${field} (length)`);
  }
  if (parseMac(value) >= 0) return 6;
  if (parseIpv4(value) >= 0) return 4;
  throw new PacketError(
    'BAD_VALUE',
    `arp.${field}: ${JSON.stringify(value)} is not a MAC address, an IPv4 address or bytes`,
    { layer: 'arp', field },
  );
}

function writeAddress(view: DataView, at: number, value: ArpAddress): number {
  if (value instanceof Uint8Array) {
    bytesOf(view, at, at + value.length).set(value);
    return at + value.length;
  }
  const mac = parseMac(value);
  if (mac >= 0) {
    writeMac(view, at, mac);
    return at + 6;
  }
  view.setUint32(at, parseIpv4(value));
  return at + 4;
}

function replaceAddress(
  view: DataView,
  at: number,
  length: number,
  value: ArpAddress,
  field: string,
): void {
  const given = addressBytes(value, field);
  if (given !== length) {
    throw new PacketError(
      'OUT_OF_RANGE',
      `arp.${field}: an address of ${given} bytes, this packet's have ${length}`,
      { layer: 'arp', field, offset: at },
    );
  }
  writeAddress(view, at, value);
}

/** Every field of an ARP packet. */
export interface ArpFields {
  /** 1: Ethernet. */
  readonly hardwareType: number;
  /** EtherType of the protocol. */
  readonly protocolType: number;
  /** Bytes, 0–255. */
  readonly hardwareLength: number;
  /** Bytes, 0–255. */
  readonly protocolLength: number;
  /** 1: request, 2: reply. */
  readonly operation: number;
  readonly senderHardware: ArpAddress;
  readonly senderProtocol: ArpAddress;
  readonly targetHardware: ArpAddress;
  readonly targetProtocol: ArpAddress;
}

/** What may be given of an ARP packet. Absent: Ethernet, IPv4, a request, addresses of zeros. */
export interface ArpInput extends Partial<Omit<ArpFields, 'operation'>> {
  readonly operation?: number | keyof typeof ARP_OPERATION;
}

export function decodeArp(layer: ArpView): ArpFields {
  return {
    hardwareType: layer.hardwareType,
    protocolType: layer.protocolType,
    hardwareLength: layer.hardwareLength,
    protocolLength: layer.protocolLength,
    operation: layer.operation,
    senderHardware: layer.senderHardware,
    senderProtocol: layer.senderProtocol,
    targetHardware: layer.targetHardware,
    targetProtocol: layer.targetProtocol,
  };
}

/** Writes an ARP packet: all of it, or nothing where a field is wrong. */
export function encodeArp(view: DataView, offset: number, f: ArpInput): void {
  const {
    senderHardware = NO_MAC,
    senderProtocol = NO_IPV4,
    targetHardware = NO_MAC,
    targetProtocol = NO_IPV4,
  } = f;
  const sha = addressBytes(senderHardware, 'senderHardware');
  const spa = addressBytes(senderProtocol, 'senderProtocol');
  const tha = addressBytes(targetHardware, 'targetHardware');
  const tpa = addressBytes(targetProtocol, 'targetProtocol');
  const hardwareType = uint(f.hardwareType ?? 1, 0xffff, 'arp', 'hardwareType');
  const protocolType = uint(f.protocolType ?? ETHERTYPE.IPV4, 0xffff, 'arp', 'protocolType');
  const hardwareLength = uint(
    f.hardwareLength ?? sameLength(sha, tha, 'Hardware'),
    0xff,
    'arp',
    'hardwareLength',
  );
  const protocolLength = uint(
    f.protocolLength ?? sameLength(spa, tpa, 'Protocol'),
    0xff,
    'arp',
    'protocolLength',
  );
  const { operation = 'request' } = f;
  const code =
    typeof operation === 'string' && Object.hasOwn(ARP_OPERATION, operation)
      ? ARP_OPERATION[operation]
      : uint(operation, 0xffff, 'arp', 'operation');
  needRoom(view, offset, ARP_FIXED_BYTES + sha + spa + tha + tpa, 'arp');
  view.setUint16(offset + HARDWARE_TYPE, hardwareType);
  view.setUint16(offset + PROTOCOL_TYPE, protocolType);
  view.setUint8(offset + HARDWARE_LENGTH, hardwareLength);
  view.setUint8(offset + PROTOCOL_LENGTH, protocolLength);
  view.setUint16(offset + OPERATION, code);
  let at = writeAddress(view, offset + ARP_FIXED_BYTES, senderHardware);
  at = writeAddress(view, at, senderProtocol);
  at = writeAddress(view, at, targetHardware);
  writeAddress(view, at, targetProtocol);
}

function sameLength(sender: number, target: number, kind: string): number {
  if (sender === target) return sender;
  const lengthField = `${kind.toLowerCase()}Length`;
  throw new PacketError(
    'BAD_VALUE',
    `arp: sender${kind} and target${kind} differ in length; give ${lengthField} to write them so`,
    { layer: 'arp', field: lengthField },
  );
}

const show = (address: ArpAddress): string =>
  typeof address === 'string' ? address : `${address.length} bytes`;

function summary(layer: ArpView): string {
  const { operation } = layer;
  const [sender, target] = [show(layer.senderProtocol), show(layer.targetProtocol)];
  if (operation === ARP_OPERATION.reply) return `${sender} is at ${show(layer.senderHardware)}`;
  if (operation !== ARP_OPERATION.request) return `Operation ${operation}: ${sender} to ${target}`;
  return sender === target ? `ARP Announcement for ${sender}` : `Who has ${target}? Tell ${sender}`;
}

export const arpProtocol: Protocol<'arp', ArpFields, ArpView, ArpInput> = defineProtocol({
  name: 'arp',
  title: 'Address Resolution Protocol',
  layout: arpLayout,
  fields: [
    'hardwareType',
    'protocolType',
    'hardwareLength',
    'protocolLength',
    'operation',
    'senderHardware',
    'senderProtocol',
    'targetHardware',
    'targetProtocol',
  ],
  derived: ['hardwareLength', 'protocolLength'],
  problems: arpProblems,
  names: arpNames,
  summary,
  check: checkArp,
  layer: (view, offset, headerEnd, end) => new ArpView(view, offset, end, headerEnd),
  decode: decodeArp,
  size: arpHeaderBytes,
  encode: encodeArp,
});

/** An ARP packet to build. */
export const arp = layerMaker(arpProtocol);
