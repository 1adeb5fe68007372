/** The options of hop-by-hop and destination headers (RFC 8200 §4.2), and their checks. */
import { readIpv6, writeIpv6 } from '../bytes/address.js';
import { endOfTlv, type Tlv, type TlvCodec, TlvList } from './ipv6-tlv.js';
import { ipv6Parts, uint } from './values.js';

/** The options whose values have names. */
export type Ipv6NamedOption =
  /** How many more encapsulations are allowed, 0–255 (RFC 2473 §4.1.1). */
  | { readonly kind: 'tunnelEncapsulationLimit'; readonly limit: number }
  /** 0: multicast listener discovery; 1: RSVP; 2: active networks (RFC 2711 §2.1). At 2n. */
  | { readonly kind: 'routerAlert'; readonly value: number }
  | Ipv6RplOption
  /**
   * Bytes behind the IPv6 header, 65536–4294967295 (RFC 2675 §2); absent: computed. At 4n+2.
   */
  | { readonly kind: 'jumbo'; readonly length?: number }
  /** Where a mobile node is at home (RFC 6275 §6.3). At 8n+6. */
  | { readonly kind: 'homeAddress'; readonly address: string };

/** What a packet carries through an RPL network (RFC 6553 §3). At 2n. */
export interface Ipv6RplOption {
  readonly kind: 'rpl';
  /** 128: down; 64: rank error; 32: forwarding error; the rest is reserved. Absent: 0. */
  readonly flags?: number;
  /** RPLInstanceID, 0–255. */
  readonly instance: number;
  /** 0–65535. */
  readonly senderRank: number;
}

/** One option of a hop-by-hop or destination header. */
export type Ipv6Option = Tlv<Ipv6NamedOption>;

/** Option types by number (IANA, Destination Options and Hop-by-Hop Options). */
export const IPV6_OPTION = {
  TUNNEL_ENCAPSULATION_LIMIT: 0x04,
  ROUTER_ALERT: 0x05,
  CALIPSO: 0x07,
  SMF_DPD: 0x08,
  PDM: 0x0f,
  RPL_NEW: 0x23,
  QUICK_START: 0x26,
  PMTU: 0x30,
  RPL: 0x63,
  MPL: 0x6d,
  ILNP_NONCE: 0x8b,
  LINE_ID: 0x8c,
  JUMBO: 0xc2,
  HOME_ADDRESS: 0xc9,
  DFF: 0xee,
} as const;

/** The most bytes of options that a header's length can count. */
const LIMIT = 256 * 8 - 2;
/** A jumbogram's length is more than a payload length can say (RFC 2675 §3). */
export const MIN_JUMBO = 0x10000;
const PADN = 1;

type Named<N> = Extract<Ipv6NamedOption, { kind: N }>;

function codecs(layer: string): readonly TlvCodec<Ipv6NamedOption>[] {
  const number = (value: unknown, max: number, field: string): number =>
    uint(value, max, layer, `options.${field}`);
  const limit: TlvCodec<Named<'tunnelEncapsulationLimit'>> = {
    kind: IPV6_OPTION.TUNNEL_ENCAPSULATION_LIMIT,
    name: 'tunnelEncapsulationLimit',
    read: (view, at) => ({ kind: 'tunnelEncapsulationLimit', limit: view.getUint8(at) }),
    write: (o) => Uint8Array.of(number(o.limit, 255, 'tunnelEncapsulationLimit.limit')),
  };
  const alert: TlvCodec<Named<'routerAlert'>> = {
    kind: IPV6_OPTION.ROUTER_ALERT,
    name: 'routerAlert',
    read: (view, at) => ({ kind: 'routerAlert', value: view.getUint16(at) }),
    write: (o) => {
      const value = number(o.value, 0xffff, 'routerAlert.value');
      return Uint8Array.of(value >>> 8, value);
    },
  };
  const rpl: TlvCodec<Ipv6RplOption> = {
    kind: IPV6_OPTION.RPL,
    name: 'rpl',
    read: (view, at) => ({
      kind: 'rpl',
      flags: view.getUint8(at),
      instance: view.getUint8(at + 1),
      senderRank: view.getUint16(at + 2),
    }),
    write: (o) => {
      const rank = number(o.senderRank, 0xffff, 'rpl.senderRank');
      const flags = number(o.flags ?? 0, 255, 'rpl.flags');
      return Uint8Array.of(flags, number(o.instance, 255, 'rpl.instance'), rank >>> 8, rank);
    },
  };
  const jumbo: TlvCodec<Named<'jumbo'>> = {
    kind: IPV6_OPTION.JUMBO,
    name: 'jumbo',
    read: (view, at) => ({ kind: 'jumbo', length: view.getUint32(at) }),
    write: (o) => {
      const value = new Uint8Array(4);
      new DataView(value.buffer).setUint32(0, number(o.length ?? 0, 0xffffffff, 'jumbo.length'));
      return value;
    },
  };
  const home: TlvCodec<Named<'homeAddress'>> = {
    kind: IPV6_OPTION.HOME_ADDRESS,
    name: 'homeAddress',
    read: (view, at, end) => {
      if (end - at !== 16) throw new RangeError('not an address');
      return { kind: 'homeAddress', address: readIpv6(view, at) };
    },
    write: (o) => {
      const value = new Uint8Array(16);
      const parts = ipv6Parts(o.address, layer, 'options.homeAddress.address');
      writeIpv6(new DataView(value.buffer), 0, parts);
      return value;
    },
  };
  return [limit, alert, rpl, jumbo, home];
}

/** The option lists of the header of that name. */
export function ipv6OptionList(layer: string): TlvList<Ipv6NamedOption> {
  const form = { layer, field: 'options', padN: PADN, before: 2, limit: LIMIT };
  return new TlvList(form, codecs(layer));
}

/** Problems that `checkIpv6Options` finds, as bits. */
export const OPTION_PAST_END = 1;
export const PADDING_NOT_ZERO = 2;
export const OPTION_MISALIGNED = 4;
export const OPTION_WRONG_SIZE = 8;
export const JUMBO_TOO_SMALL = 16;
/** Not wrong in itself: an option that belongs in one of the two headers only. */
export const HOP_BY_HOP_ONLY = 32;
export const DESTINATION_ONLY = 64;

/** Length of the value by type, where it is fixed; -1: it is not. */
function fixedSize(kind: number): number {
  switch (kind) {
    case IPV6_OPTION.TUNNEL_ENCAPSULATION_LIMIT:
      return 1;
    case IPV6_OPTION.ROUTER_ALERT:
      return 2;
    case IPV6_OPTION.JUMBO:
      return 4;
    case IPV6_OPTION.HOME_ADDRESS:
      return 16;
    default:
      return -1;
  }
}

/** Whether an option of that type may begin so many bytes into its header (RFC 8200 §4.2). */
function isAligned(kind: number, into: number): boolean {
  switch (kind) {
    case IPV6_OPTION.ROUTER_ALERT:
    case IPV6_OPTION.RPL:
      return into % 2 === 0;
    case IPV6_OPTION.JUMBO:
      return into % 4 === 2;
    case IPV6_OPTION.HOME_ADDRESS:
      return into % 8 === 6;
    default:
      return true;
  }
}

const IN_HOP_BY_HOP: readonly number[] = [
  IPV6_OPTION.ROUTER_ALERT,
  IPV6_OPTION.CALIPSO,
  IPV6_OPTION.SMF_DPD,
  IPV6_OPTION.QUICK_START,
  IPV6_OPTION.PMTU,
  IPV6_OPTION.RPL,
  IPV6_OPTION.MPL,
  IPV6_OPTION.JUMBO,
  IPV6_OPTION.DFF,
];
const IN_DESTINATION: readonly number[] = [
  IPV6_OPTION.TUNNEL_ENCAPSULATION_LIMIT,
  IPV6_OPTION.PDM,
  IPV6_OPTION.ILNP_NONCE,
  IPV6_OPTION.LINE_ID,
  IPV6_OPTION.HOME_ADDRESS,
];

/** In which header an option of that type belongs, where it is in one of them only. */
function homeOf(kind: number): number {
  if (IN_HOP_BY_HOP.includes(kind)) return HOP_BY_HOP_ONLY;
  return IN_DESTINATION.includes(kind) ? DESTINATION_ONLY : 0;
}

/** What is wrong with the option in [at, next), of a header that begins at `offset`; a mask. */
function judge(view: DataView, offset: number, at: number, next: number): number {
  const kind = view.getUint8(at);
  if (kind === PADN) {
    for (let i = at + 2; i < next; i++) if (view.getUint8(i) !== 0) return PADDING_NOT_ZERO;
    return 0;
  }
  const size = fixedSize(kind);
  let mask = homeOf(kind) | (isAligned(kind, at - offset) ? 0 : OPTION_MISALIGNED);
  if (size >= 0 && next - at - 2 !== size) mask |= OPTION_WRONG_SIZE;
  else if (kind === IPV6_OPTION.JUMBO && view.getUint32(at + 2) < MIN_JUMBO)
    mask |= JUMBO_TOO_SMALL;
  return mask;
}

/**
 * Walks the options of the header in [offset, end) and answers a mask of problems or, with `seek`,
 * where the first option with that one is.
 */
export function checkIpv6Options(view: DataView, offset: number, end: number, seek = 0): number {
  let mask = 0;
  for (let at = offset + 2; at < end; ) {
    const next = endOfTlv(view, at, end);
    mask |= next === 0 ? OPTION_PAST_END : judge(view, offset, at, next);
    if (seek & mask) return at;
    if (next === 0) break;
    at = next;
  }
  return mask;
}

/**
 * The length in the jumbo option of the hop-by-hop header at `offset`; -1 where there is none, or
 * no whole header.
 */
export function jumboLength(view: DataView, offset: number, end: number): number {
  if (offset + 8 > end) return -1;
  const headerEnd = offset + (view.getUint8(offset + 1) + 1) * 8;
  if (headerEnd > end) return -1;
  const at = findIpv6Option(view, offset, headerEnd, IPV6_OPTION.JUMBO, 4);
  return at < 0 ? -1 : view.getUint32(at);
}

/** Where the value of the first option of that type and size is, in [offset, end); -1: nowhere. */
export function findIpv6Option(
  view: DataView,
  offset: number,
  end: number,
  kind: number,
  size: number,
): number {
  for (let at = offset + 2; at < end; ) {
    const next = endOfTlv(view, at, end);
    if (next === 0) return -1;
    if (view.getUint8(at) === kind && next - at - 2 === size) return at + 2;
    at = next;
  }
  return -1;
}
