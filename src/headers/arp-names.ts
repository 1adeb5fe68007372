/** Wireshark's names of ARP's fields. */
import { formatIpv4, readMac } from '../bytes/address.js';
import type { ArpView } from './arp.js';
import { arpLayout } from './arp-wire.js';
import { numberName } from './names.js';
import { ARP_OPERATION, ETHERTYPE } from './numbers.js';
import { bytesOf, type FieldName } from './protocol.js';

const HARDWARE_ETHERNET = [1, 6];

function isEthernet(layer: ArpView): boolean {
  return layer.hardwareLength === 6 && HARDWARE_ETHERNET.includes(layer.hardwareType);
}

function isIpv4(layer: ArpView): boolean {
  return layer.protocolLength === 4 && layer.protocolType === ETHERTYPE.IPV4;
}

/** An address under one name where it is text (MAC, IPv4), and under another where it is bytes. */
function addressName(
  name: string,
  label: string,
  text: boolean,
  hardware: boolean,
  where: (layer: ArpView) => number,
): FieldName<ArpView> {
  return {
    name,
    label,
    form: text ? 'text' : 'bytes',
    each: (layer, _place, emit) => {
      const length = hardware ? layer.hardwareLength : layer.protocolLength;
      if (length === 0 || (hardware ? isEthernet(layer) : isIpv4(layer)) !== text) return;
      const at = where(layer);
      if (!text) emit(bytesOf(layer.view, at, at + length), at * 8, length * 8);
      else if (hardware) emit(readMac(layer.view, at), at * 8, 48);
      else emit(formatIpv4(layer.view.getUint32(at)), at * 8, 32);
    },
  };
}

function isZero({ view }: ArpView, at: number, bytes: number): boolean {
  return bytesOf(view, at, at + bytes).every((byte) => byte === 0);
}

/** Whether the target's hardware address is not known: to Wireshark, six bytes of zero. */
function isTargetUnknown(layer: ArpView): boolean {
  return layer.hardwareLength >= 6 && isZero(layer, layer.targetHardwareAt, 6);
}

/** Asks for, or tells, the sender's own address. */
function isGratuitous(layer: ArpView): boolean {
  const { view, operation, protocolLength, senderProtocolAt: own, targetProtocolAt } = layer;
  const told = operation === ARP_OPERATION.request || operation === ARP_OPERATION.reply;
  if (!told || protocolLength === 0) return false;
  const target = bytesOf(view, targetProtocolAt, targetProtocolAt + protocolLength);
  return target.every((byte, i) => byte === view.getUint8(own + i));
}

/** Asks whether an address is free before it is used (RFC 5227 §1.1). */
function isProbe(layer: ArpView): boolean {
  return (
    layer.operation === ARP_OPERATION.request &&
    isTargetUnknown(layer) &&
    isZero(layer, layer.senderProtocolAt, layer.protocolLength) &&
    !isGratuitous(layer)
  );
}

/** Tells others whose an address is now (RFC 5227 §3). */
function isAnnouncement(layer: ArpView): boolean {
  return isGratuitous(layer) && layer.operation === ARP_OPERATION.request && isTargetUnknown(layer);
}

/** A name that is there, as 1, only where the answer is yes. */
function verdictName(
  name: string,
  label: string,
  is: (layer: ArpView) => boolean,
): FieldName<ArpView> {
  return {
    name,
    label,
    form: 'bool',
    hidden: true,
    each: (layer, _place, emit) => {
      if (is(layer)) emit(1, layer.offset * 8, 0);
    },
  };
}

/** Every name of an ARP packet. */
export const arpNames: readonly FieldName<ArpView>[] = [
  numberName(arpLayout, 'hardwareType', 'arp.hw.type', 'Hardware type'),
  numberName(arpLayout, 'protocolType', 'arp.proto.type', 'Protocol type', 'hex4'),
  numberName(arpLayout, 'hardwareLength', 'arp.hw.size', 'Hardware size'),
  numberName(arpLayout, 'protocolLength', 'arp.proto.size', 'Protocol size'),
  numberName(arpLayout, 'operation', 'arp.opcode', 'Opcode'),
  addressName('arp.src.hw_mac', 'Sender MAC address', true, true, (l) => l.senderHardwareAt),
  addressName('arp.src.hw', 'Sender hardware address', false, true, (l) => l.senderHardwareAt),
  addressName('arp.src.proto_ipv4', 'Sender IP address', true, false, (l) => l.senderProtocolAt),
  addressName('arp.src.proto', 'Sender protocol address', false, false, (l) => l.senderProtocolAt),
  addressName('arp.dst.hw_mac', 'Target MAC address', true, true, (l) => l.targetHardwareAt),
  addressName('arp.dst.hw', 'Target hardware address', false, true, (l) => l.targetHardwareAt),
  addressName('arp.dst.proto_ipv4', 'Target IP address', true, false, (l) => l.targetProtocolAt),
  addressName('arp.dst.proto', 'Target protocol address', false, false, (l) => l.targetProtocolAt),
  verdictName('arp.isprobe', 'Is probe', isProbe),
  verdictName('arp.isgratuitous', 'Is gratuitous', isGratuitous),
  verdictName('arp.isannouncement', 'Is announcement', isAnnouncement),
];
