/** Wireshark's names of what the options of IPv6's extension headers hold. */
import { readIpv6 } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import { IPV6_OPTION } from './ipv6-options.js';
import { eachTlv } from './ipv6-tlv.js';
import { bytesOf, type FieldName, type Form } from './protocol.js';

const PAD1 = 0;
const PADN = 1;
const { CALIPSO, DFF, MPL, PDM, PMTU, RPL } = IPV6_OPTION;

/** A name for options: `values` tells each value of one option with its bits. */
function optionName(
  name: string,
  label: string,
  form: Form,
  values: (
    view: DataView,
    kind: number,
    start: number,
    end: number,
    tell: (value: number | string | Uint8Array, bit: number, bits: number) => void,
  ) => void,
): FieldName {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      eachTlv(layer.view, layer.fixedEnd, layer.headerEnd, (kind, start, end) =>
        values(layer.view, kind, start, end, emit),
      );
    },
  };
}

/** Bits of the type (RFC 8200 §4.2), counted from the most significant. */
function typeName(name: string, label: string, form: Form, bit: number, bits: number): FieldName {
  return optionName(name, label, form, (view, kind, start, _end, tell) => {
    const at = start * 8 + bit;
    if (kind !== PAD1) tell(readBits(view, at, bits), at, bits);
  });
}

/** A number in the value of one type: its first bit, counted from the value's, and its width. */
function partName(
  name: string,
  label: string,
  form: Form,
  type: number,
  bit: number,
  bits: number,
): FieldName {
  return optionName(name, label, form, (view, kind, start, end, tell) => {
    const at = (start + 2) * 8 + bit;
    if (kind === type && at + bits <= end * 8) tell(readBits(view, at, bits), at, bits);
  });
}

/** The value of one type from byte `from` on, as bytes. */
function restName(name: string, label: string, is: (kind: number) => boolean, from = 0): FieldName {
  return optionName(name, label, 'bytes', (view, kind, start, end, tell) => {
    const at = start + 2 + from;
    if (is(kind) && at <= end) tell(bytesOf(view, at, end), at * 8, (end - at) * 8);
  });
}

/** Types of which Wireshark says more than bytes, or which it calls an experiment. */
const KNOWN: readonly number[] = [PAD1, PADN, 0x11, 0x31, 0x8a, ...Object.values(IPV6_OPTION)];
const isExperimental = (kind: number): boolean => (kind & 0x1f) === 0x1e;

/** Every name of an option. */
export const ipv6OptionNames: readonly FieldName[] = [
  optionName('ipv6.opt.type', 'Type', 'hex2', (_view, kind, start, _end, tell) =>
    tell(kind, start * 8, 8),
  ),
  typeName('ipv6.opt.type.action', 'Action', 'dec', 0, 2),
  typeName('ipv6.opt.type.change', 'May Change', 'bool', 2, 1),
  typeName('ipv6.opt.type.rest', 'Low-Order Bits', 'hex2', 3, 5),
  optionName('ipv6.opt.length', 'Length', 'dec', (view, kind, start, _end, tell) => {
    if (kind !== PAD1) tell(view.getUint8(start + 1), (start + 1) * 8, 8);
  }),
  restName('ipv6.opt.padn', 'PadN', (kind) => kind === PADN),
  partName('ipv6.opt.tel', 'Tunnel Encapsulation Limit', 'dec', 0x04, 0, 8),
  partName('ipv6.opt.router_alert', 'Router Alert', 'dec', 0x05, 0, 16),
  partName('ipv6.opt.calipso.doi', 'CALIPSO Domain of Interpretation', 'dec', CALIPSO, 0, 32),
  partName('ipv6.opt.calipso.cmpt.length', 'Compartment Length', 'dec', CALIPSO, 32, 8),
  partName('ipv6.opt.calipso.sens_level', 'Sensitivity Level', 'dec', CALIPSO, 40, 8),
  partName('ipv6.opt.calipso.checksum', 'Checksum', 'hex4', CALIPSO, 48, 16),
  partName('ipv6.opt.pdm.scale_dtlr', 'Scale DTLR', 'dec', PDM, 0, 8),
  partName('ipv6.opt.pdm.scale_dtls', 'Scale DTLS', 'dec', PDM, 8, 8),
  partName('ipv6.opt.pdm.psn_this_pkt', 'PSN This Packet', 'dec', PDM, 16, 16),
  partName('ipv6.opt.pdm.psn_last_recv', 'PSN Last Received', 'dec', PDM, 32, 16),
  partName('ipv6.opt.pdm.delta_last_recv', 'Delta Time Last Received', 'dec', PDM, 48, 16),
  partName('ipv6.opt.pdm.delta_last_sent', 'Delta Time Last Sent', 'dec', PDM, 64, 16),
  partName('ipv6.opt.pmtu.min', 'Minimum Reported PMTU', 'dec', PMTU, 0, 16),
  partName('ipv6.opt.rpl.flag', 'Flag', 'hex2', RPL, 0, 8),
  partName('ipv6.opt.rpl.flag.o', 'Down', 'bool', RPL, 0, 1),
  partName('ipv6.opt.rpl.flag.r', 'Rank Error', 'bool', RPL, 1, 1),
  partName('ipv6.opt.rpl.flag.f', 'Forwarding Error', 'bool', RPL, 2, 1),
  partName('ipv6.opt.rpl.flag.rsv', 'Reserved', 'hex2', RPL, 3, 5),
  partName('ipv6.opt.rpl.instance_id', 'RPLInstanceID', 'hex2', RPL, 8, 8),
  partName('ipv6.opt.rpl.sender_rank', 'Sender Rank', 'hex4', RPL, 16, 16),
  partName('ipv6.opt.mpl.flag', 'Flag', 'hex2', MPL, 0, 8),
  partName('ipv6.opt.mpl.flag.s', 'Seed ID Length', 'dec', MPL, 0, 2),
  partName('ipv6.opt.mpl.flag.m', 'Largest Sequence', 'bool', MPL, 2, 1),
  partName('ipv6.opt.mpl.flag.v', 'Version', 'bool', MPL, 3, 1),
  partName('ipv6.opt.mpl.flag.rsv', 'Reserved', 'hex2', MPL, 4, 4),
  partName('ipv6.opt.mpl.sequence', 'Sequence', 'hex2', MPL, 8, 8),
  restName('ipv6.opt.ilnp_nonce', 'ILNP Nonce', (kind) => kind === IPV6_OPTION.ILNP_NONCE),
  partName('ipv6.opt.jumbo', 'Payload Length', 'dec', IPV6_OPTION.JUMBO, 0, 32),
  optionName(
    'ipv6.opt.mipv6.home_address',
    'MIPv6 Home Address',
    'text',
    (view, kind, start, end, tell) => {
      const at = start + 2;
      const whole = kind === IPV6_OPTION.HOME_ADDRESS && at + 16 <= end;
      if (whole) tell(readIpv6(view, at), at * 8, 128);
    },
  ),
  partName('ipv6.opt.dff.flags', 'Flags', 'hex2', DFF, 0, 8),
  partName('ipv6.opt.dff.flag.ver', 'Version (VER)', 'dec', DFF, 0, 2),
  partName('ipv6.opt.dff.flag.dup', 'Duplicate (DUP)', 'bool', DFF, 2, 1),
  partName('ipv6.opt.dff.flag.ret', 'Return (RET)', 'bool', DFF, 3, 1),
  partName('ipv6.opt.dff.flag.rsv', 'Reserved', 'hex2', DFF, 4, 4),
  partName('ipv6.opt.dff.sequence_number', 'Sequence Number', 'dec', DFF, 8, 16),
  restName('ipv6.opt.experimental', 'Experimental Option', isExperimental),
  restName(
    'ipv6.opt.unknown',
    'Unknown Option Payload',
    (kind) => !KNOWN.includes(kind) && !isExperimental(kind),
  ),
];
