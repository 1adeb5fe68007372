/** Wireshark's names of LLDP's TLVs. */
import { formatIpv4, readIpv6, readMac } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import type { LldpView } from './lldp.js';
import {
  eachTlv,
  LLDP_CAPABILITIES,
  LLDP_CHASSIS_ID,
  LLDP_ORGANIZATION,
  LLDP_PORT_DESCRIPTION,
  LLDP_PORT_ID,
  LLDP_SYSTEM_DESCRIPTION,
  LLDP_SYSTEM_NAME,
  LLDP_TLV_BYTES,
  LLDP_TTL,
  macSubtype,
  textOf,
} from './lldp-tlvs.js';
import { bytesOf, type Emit, type FieldName, type Form } from './protocol.js';

/** A value of one TLV: its bytes are [start, end). */
interface Tlv {
  readonly view: DataView;
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

function tlvName(
  name: string,
  label: string,
  form: Form,
  each: (tlv: Tlv, emit: Emit) => void,
): FieldName<LldpView> {
  return {
    name,
    label,
    form,
    each: ({ view, offset, headerEnd }, _place, emit) => {
      eachTlv(view, offset, headerEnd, (type, start, end) =>
        each({ view, type, start, end }, emit),
      );
    },
  };
}

/** A number `at` bytes into the value of each TLV of one type, where the value has them. */
function numberIn(
  name: string,
  label: string,
  form: Form,
  type: number,
  at: number,
  bytes: number,
): FieldName<LldpView> {
  return tlvName(name, label, form, (tlv, emit) => {
    const start = tlv.start + at;
    if (tlv.type !== type || start + bytes > tlv.end) return;
    emit(readBits(tlv.view, start * 8, bytes * 8), start * 8, bytes * 8);
  });
}

function textIn(name: string, label: string, type: number): FieldName<LldpView> {
  return tlvName(name, label, 'text', (tlv, emit) => {
    if (tlv.type !== type) return;
    const { start, end } = tlv;
    emit(textOf(bytesOf(tlv.view, start, end)), start * 8, (end - start) * 8);
  });
}

/** An address family of IANA's in front of an id that is a network address. */
const IPV4_FAMILY = 1;
const IPV6_FAMILY = 2;

type IdKind = 'mac' | 'ip4' | 'ip6' | 'other';

/** What an id is, by its subtype and length (§8.5.2.2, §8.5.3.2). */
function idKind({ view, type, start, end }: Tlv): IdKind {
  const subtype = view.getUint8(start);
  const bytes = end - start - 1;
  if (subtype === macSubtype(type) && bytes === 6) return 'mac';
  if (subtype !== macSubtype(type) + 1 || bytes < 1) return 'other';
  const family = view.getUint8(start + 1);
  if (family === IPV4_FAMILY && bytes === 5) return 'ip4';
  return family === IPV6_FAMILY && bytes === 17 ? 'ip6' : 'other';
}

function idName(name: string, label: string, type: number, kind: IdKind): FieldName<LldpView> {
  const form = kind === 'other' && type === LLDP_CHASSIS_ID ? 'bytes' : 'text';
  return tlvName(name, label, form, (tlv, emit) => {
    const { view, start, end } = tlv;
    if (tlv.type !== type || start === end || idKind(tlv) !== kind) return;
    const at = kind === 'ip4' || kind === 'ip6' ? start + 2 : start + 1;
    const bytes = bytesOf(view, at, end);
    let value: string | Uint8Array = form === 'bytes' ? bytes : '';
    if (kind === 'mac') value = readMac(view, at);
    else if (kind === 'ip4') value = formatIpv4(view.getUint32(at));
    else if (kind === 'ip6') value = readIpv6(view, at);
    else if (form === 'text') value = textOf(bytes);
    emit(value, at * 8, (end - at) * 8);
  });
}

/** The bits of the capabilities (§8.5.8.1), from the lowest. */
const CAPABILITIES: readonly (readonly [name: string, label: string])[] = [
  ['other', 'Other'],
  ['repeater', 'Repeater'],
  ['bridge', 'Bridge'],
  ['wlan_access_pt', 'WLAN access point'],
  ['router', 'Router'],
  ['telephone', 'Telephone'],
  ['docsis_cable_device', 'DOCSIS cable device'],
  ['station_only', 'Station only'],
];

function capabilityNames(prefix: string, at: number): readonly FieldName<LldpView>[] {
  return CAPABILITIES.map(([name, label], bit) =>
    tlvName(`${prefix}.${name}`, label, 'bool', ({ view, type, start, end }, emit) => {
      if (type !== LLDP_CAPABILITIES || start + at + 2 > end) return;
      const word = view.getUint16(start + at);
      emit((word >>> bit) & 1, (start + at) * 8 + 15 - bit, 1);
    }),
  );
}

export const lldpNames: readonly FieldName<LldpView>[] = [
  tlvName('lldp.tlv.type', 'TLV Type', 'dec', ({ type, start }, emit) =>
    emit(type, (start - LLDP_TLV_BYTES) * 8, 7),
  ),
  tlvName('lldp.tlv.len', 'TLV Length', 'dec', ({ start, end }, emit) =>
    emit(end - start, (start - LLDP_TLV_BYTES) * 8 + 7, 9),
  ),
  numberIn('lldp.chassis.subtype', 'Chassis Id Subtype', 'dec', LLDP_CHASSIS_ID, 0, 1),
  idName('lldp.chassis.id', 'Chassis Id', LLDP_CHASSIS_ID, 'other'),
  idName('lldp.chassis.id.mac', 'Chassis Id', LLDP_CHASSIS_ID, 'mac'),
  idName('lldp.chassis.id.ip4', 'Chassis Id', LLDP_CHASSIS_ID, 'ip4'),
  idName('lldp.chassis.id.ip6', 'Chassis Id', LLDP_CHASSIS_ID, 'ip6'),
  numberIn('lldp.port.subtype', 'Port Id Subtype', 'dec', LLDP_PORT_ID, 0, 1),
  idName('lldp.port.id', 'Port Id', LLDP_PORT_ID, 'other'),
  idName('lldp.port.id.mac', 'Port Id', LLDP_PORT_ID, 'mac'),
  idName('lldp.port.id.ip4', 'Port Id', LLDP_PORT_ID, 'ip4'),
  idName('lldp.port.id.ip6', 'Port Id', LLDP_PORT_ID, 'ip6'),
  numberIn('lldp.time_to_live', 'Seconds', 'dec', LLDP_TTL, 0, 2),
  textIn('lldp.port.desc', 'Port Description', LLDP_PORT_DESCRIPTION),
  textIn('lldp.tlv.system.name', 'System Name', LLDP_SYSTEM_NAME),
  textIn('lldp.tlv.system.desc', 'System Description', LLDP_SYSTEM_DESCRIPTION),
  numberIn('lldp.tlv.system_cap', 'Capabilities', 'hex4', LLDP_CAPABILITIES, 0, 2),
  ...capabilityNames('lldp.tlv.system_cap', 0),
  numberIn('lldp.tlv.enable_system_cap', 'Enabled Capabilities', 'hex4', LLDP_CAPABILITIES, 2, 2),
  ...capabilityNames('lldp.tlv.enable_system_cap', 2),
  numberIn('lldp.orgtlv.oui', 'Organization Unique Code', 'dec', LLDP_ORGANIZATION, 0, 3),
];
