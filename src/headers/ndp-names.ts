/** Wireshark's names of the options of neighbour discovery. */
import { hexByte, readIpv6 } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import type { MessageView } from './icmp-message.js';
import { eachDomain } from './ndp-domains.js';
import { NDP_OPTION } from './ndp-option-values.js';
import { eachNdpOption, optionsTail } from './ndp-options.js';
import { bytesOf, type Emit, type FieldName, type Form } from './protocol.js';

type Tell = (view: DataView, at: number, next: number, emit: Emit) => void;

/** A name for options of these types (none: of all), `tell` with where one begins and ends. */
function optionName(
  name: string,
  label: string,
  form: Form,
  types: readonly number[],
  tell: Tell,
): FieldName<MessageView> {
  return {
    name,
    label,
    form,
    each: ({ view, shape, fixedEnd, headerEnd }, _place, emit) => {
      if (shape?.tail !== optionsTail) return;
      eachNdpOption(view, fixedEnd + shape.layout.span, headerEnd, (type, at, next) => {
        if (types.length === 0 || types.includes(type)) tell(view, at, next, emit);
      });
    },
  };
}

/** The number in `bits` bits that begin `bit` bits into the option. */
function bitsName(
  name: string,
  label: string,
  form: Form,
  types: readonly number[],
  bit: number,
  bits: number,
): FieldName<MessageView> {
  return optionName(name, label, form, types, (view, at, next, emit) => {
    const from = at * 8 + bit;
    if (from + bits <= next * 8) emit(readBits(view, from, bits), from, bits);
  });
}

/** Link-layer addresses of IEEE 802.15.4 have eight bytes. */
const LONGEST_ADDRESS = 8;

/** A link-layer address, with colons where it is one of six bytes, as Wireshark shows it. */
function addressName(
  name: string,
  label: string,
  types: readonly number[],
): FieldName<MessageView> {
  return optionName(name, label, 'text', types, (view, at, next, emit) => {
    const start = at + 2;
    const end = Math.min(next, start + LONGEST_ADDRESS);
    const bytes = [...bytesOf(view, start, end)];
    emit(bytes.map(hexByte).join(bytes.length === 6 ? ':' : ''), start * 8, bytes.length * 8);
  });
}

const {
  sourceLinkLayerAddress: SOURCE,
  targetLinkLayerAddress: TARGET,
  prefixInformation: PREFIX,
  mtu: MTU,
  nonce: NONCE,
  routeInformation: ROUTE,
  recursiveDnsServers: RDNSS,
  dnsSearchList: DNSSL,
  captivePortal: PORTAL,
} = NDP_OPTION;

/** The prefix of a prefix information, or of a route: up to 16 bytes, of which some may be absent. */
const prefixName = optionName(
  'icmpv6.opt.prefix',
  'Prefix',
  'text',
  [PREFIX, ROUTE],
  (view, at, next, emit) => {
    const start = view.getUint8(at) === PREFIX ? at + 16 : at + 8;
    const bytes = Math.min(16, next - start);
    if (bytes <= 0) return;
    const whole = new DataView(new ArrayBuffer(16));
    bytesOf(whole, 0, bytes).set(bytesOf(view, start, start + bytes));
    emit(readIpv6(whole, 0), start * 8, bytes * 8);
  },
);

/** Every name of the options. */
export const ndpNames: readonly FieldName<MessageView>[] = [
  bitsName('icmpv6.opt.type', 'Type', 'dec', [], 0, 8),
  bitsName('icmpv6.opt.length', 'Length', 'dec', [], 8, 8),
  addressName('icmpv6.opt.linkaddr', 'Link-layer address', [SOURCE, TARGET]),
  addressName('icmpv6.opt.src_linkaddr', 'Source Link-layer address', [SOURCE]),
  addressName('icmpv6.opt.target_linkaddr', 'Target Link-layer address', [TARGET]),
  bitsName('icmpv6.opt.mtu', 'MTU', 'dec', [MTU], 32, 32),
  bitsName('icmpv6.opt.prefix.length', 'Prefix Length', 'dec', [PREFIX, ROUTE], 16, 8),
  bitsName('icmpv6.opt.prefix.flag', 'Flag', 'hex2', [PREFIX], 24, 8),
  bitsName('icmpv6.opt.prefix.flag.l', 'On-link flag(L)', 'bool', [PREFIX], 24, 1),
  bitsName(
    'icmpv6.opt.prefix.flag.a',
    'Autonomous address-configuration flag(A)',
    'bool',
    [PREFIX],
    25,
    1,
  ),
  bitsName('icmpv6.opt.prefix.flag.r', 'Router address flag(R)', 'bool', [PREFIX], 26, 1),
  bitsName('icmpv6.opt.prefix.flag.reserved', 'Reserved', 'dec', [PREFIX], 27, 5),
  bitsName('icmpv6.opt.prefix.valid_lifetime', 'Valid Lifetime', 'dec', [PREFIX], 32, 32),
  bitsName('icmpv6.opt.prefix.preferred_lifetime', 'Preferred Lifetime', 'dec', [PREFIX], 64, 32),
  prefixName,
  bitsName('icmpv6.opt.route_info.flag', 'Flag', 'hex2', [ROUTE], 24, 8),
  bitsName(
    'icmpv6.opt.route_info.flag.route_preference',
    'Route Preference',
    'dec',
    [ROUTE],
    27,
    2,
  ),
  bitsName('icmpv6.opt.route_lifetime', 'Route Lifetime', 'dec', [ROUTE], 32, 32),
  bitsName('icmpv6.opt.rdnss.lifetime', 'Lifetime', 'dec', [RDNSS], 32, 32),
  optionName(
    'icmpv6.opt.rdnss',
    'Recursive DNS Servers',
    'text',
    [RDNSS],
    (view, at, next, emit) => {
      for (let server = at + 8; server + 16 <= next; server += 16) {
        emit(readIpv6(view, server), server * 8, 128);
      }
    },
  ),
  bitsName('icmpv6.opt.dnssl.lifetime', 'Lifetime', 'dec', [DNSSL], 32, 32),
  optionName('icmpv6.opt.dnssl', 'Domain Names', 'text', [DNSSL], (view, at, next, emit) => {
    eachDomain(view, at + 8, next, (name, start, end) => emit(name, start * 8, (end - start) * 8));
  }),
  optionName('icmpv6.opt.nonce', 'Nonce', 'bytes', [NONCE], (view, at, next, emit) =>
    emit(bytesOf(view, at + 2, next), (at + 2) * 8, (next - at - 2) * 8),
  ),
  optionName('icmpv6.opt.captive_portal', 'URI', 'text', [PORTAL], (view, at, next, emit) => {
    const text = new TextDecoder().decode(bytesOf(view, at + 2, next)).replace(/\0.*$/s, '');
    emit(text, (at + 2) * 8, (next - at - 2) * 8);
  }),
];
