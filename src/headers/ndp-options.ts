/**
 * Options of neighbour discovery (RFC 4861 §4.6): a type, a length in units of eight octets that
 * counts both, a value.
 *
 * Nothing is lost: an option that is not in its type's form is kept as its type and bytes, and
 * what can't be walked, since a length is 0 or goes past the end, is kept as raw bytes.
 */
import { readIpv6, readMac, writeIpv6, writeMac } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import { bytesValue, ipv6Of, type Loose, listValue, type Tail } from './icmp-message.js';
import { domainBytes, readDomains } from './ndp-domains.js';
import { bytesOf } from './protocol.js';
import { badValue, flag, macNumber, uint } from './values.js';

/** Option types (RFC 4861, RFC 3971, RFC 4191, RFC 8106, RFC 8910). */
export const NDP_OPTION = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  nonce: 14,
  routeInformation: 24,
  recursiveDnsServers: 25,
  dnsSearchList: 31,
  captivePortal: 37,
} as const;

/** The options whose values have names. */
export type NdpNamedOption =
  /** The sender's address on the link, of six bytes. */
  | { readonly kind: 'sourceLinkLayerAddress'; readonly value: string }
  | { readonly kind: 'targetLinkLayerAddress'; readonly value: string }
  /** Lifetimes in seconds, 4294967295: for ever. */
  | {
      readonly kind: 'prefixInformation';
      /** Bits, 0–128. */
      readonly prefixLength: number;
      readonly onLink: boolean;
      readonly autonomous: boolean;
      /** The R flag (RFC 6275 §7.2). */
      readonly router: boolean;
      readonly validLifetime: number;
      readonly preferredLifetime: number;
      readonly prefix: string;
    }
  /** The packet that was redirected, as much as there is of it. */
  | { readonly kind: 'redirectedHeader'; readonly value: Uint8Array }
  /** Bytes. */
  | { readonly kind: 'mtu'; readonly value: number }
  | { readonly kind: 'nonce'; readonly value: Uint8Array }
  /** `preference`: 0 medium, 1 high, 3 low (RFC 4191 §2.1). */
  | {
      readonly kind: 'routeInformation';
      readonly prefixLength: number;
      readonly preference: number;
      /** Seconds. */
      readonly lifetime: number;
      readonly prefix: string;
    }
  /** Seconds, and the servers' addresses. */
  | {
      readonly kind: 'recursiveDnsServers';
      readonly lifetime: number;
      readonly servers: readonly string[];
    }
  | {
      readonly kind: 'dnsSearchList';
      readonly lifetime: number;
      readonly domains: readonly string[];
    }
  | { readonly kind: 'captivePortal'; readonly value: string };

/** One option. */
export type NdpOption =
  | NdpNamedOption
  /** An option of any type by number, with the bytes behind its length: 6, 14, 22 … */
  | { readonly kind: number; readonly data: Uint8Array }
  /** Bytes as they are, where no option could be read. */
  | { readonly kind: 'raw'; readonly data: Uint8Array };

const HEADER = 2;
const UNIT = 8;
const LAYER = 'icmpv6';

/** Where the option at `at` ends, or 0 where its length is 0 or goes past `end`. */
function endOfOption(view: DataView, at: number, end: number): number {
  const units = at + HEADER <= end ? view.getUint8(at + 1) : 0;
  const next = at + units * UNIT;
  return units === 0 || next > end ? 0 : next;
}

/** Calls `visit` with every option in [start, end); answers where the list stopped. */
export function eachNdpOption(
  view: DataView,
  start: number,
  end: number,
  visit?: (type: number, at: number, next: number) => void,
): number {
  let at = start;
  while (at < end) {
    const next = endOfOption(view, at, end);
    if (next === 0) return at;
    visit?.(view.getUint8(at), at, next);
    at = next;
  }
  return at;
}

/** How one type of option is read and written. Values begin behind type and length. */
interface Codec {
  readonly type: number;
  /** The value's fields; undefined: it is not in the type's form. */
  read(view: DataView, at: number, end: number): Loose | undefined;
  /** Bytes of the value. */
  size(option: Loose): number;
  /** Writes the value; throws where a field is wrong. */
  write(view: DataView, at: number, option: Loose): void;
}

const field = (name: string): string => `options.${name}`;
const u32 = (value: unknown, name: string): number => uint(value, 0xffffffff, LAYER, field(name));

function linkLayer(type: number): Codec {
  return {
    type,
    read: (view, at, end) => (end - at === 6 ? { value: readMac(view, at) } : undefined),
    size: () => 6,
    write: (view, at, { value }) => {
      writeMac(view, at, macNumber(value as string, LAYER, field('value')));
    },
  };
}

/** Flags of prefix information, from the most significant bit of its byte. */
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;
const ROUTER = 0x20;

const prefixInformation: Codec = {
  type: NDP_OPTION.prefixInformation,
  read: (view, at, end) => {
    if (end - at !== 30) return undefined;
    const flags = view.getUint8(at + 1);
    return {
      prefixLength: view.getUint8(at),
      onLink: (flags & ON_LINK) !== 0,
      autonomous: (flags & AUTONOMOUS) !== 0,
      router: (flags & ROUTER) !== 0,
      validLifetime: view.getUint32(at + 2),
      preferredLifetime: view.getUint32(at + 6),
      prefix: readIpv6(view, at + 14),
    };
  },
  size: () => 30,
  write: (view, at, o) => {
    view.setUint8(at, uint(o['prefixLength'] ?? 64, 0xff, LAYER, field('prefixLength')));
    const bit = (key: string, mask: number): number =>
      flag(o[key] ?? false, LAYER, field(key)) * mask;
    view.setUint8(
      at + 1,
      bit('onLink', ON_LINK) | bit('autonomous', AUTONOMOUS) | bit('router', ROUTER),
    );
    view.setUint32(at + 2, u32(o['validLifetime'] ?? 0, 'validLifetime'));
    view.setUint32(at + 6, u32(o['preferredLifetime'] ?? 0, 'preferredLifetime'));
    writeIpv6(view, at + 14, ipv6Of(o['prefix'], LAYER, field('prefix')));
  },
};

/** Bytes that are the value, behind `skip` bytes of zeros. */
function plain(type: number, skip: number): Codec {
  const of = ({ value }: Loose): Uint8Array => bytesValue(value, LAYER, field('value'));
  return {
    type,
    read: (view, at, end) => ({ value: bytesOf(view, at + skip, end).slice() }),
    size: (o) => skip + of(o).length,
    write: (view, at, o) => bytesOf(view, at + skip, at + skip + of(o).length).set(of(o)),
  };
}

const mtu: Codec = {
  type: NDP_OPTION.mtu,
  read: (view, at, end) => (end - at === 6 ? { value: view.getUint32(at + 2) } : undefined),
  size: () => 6,
  write: (view, at, { value }) => view.setUint32(at + 2, u32(value, 'value')),
};

/** Bytes of a route's prefix: none, 8 or 16 (RFC 4191 §2.3). */
const routeBytes = (prefixLength: number): number =>
  prefixLength === 0 ? 0 : prefixLength <= 64 ? 8 : 16;

const routeInformation: Codec = {
  type: NDP_OPTION.routeInformation,
  read: (view, at, end) => {
    const bytes = new DataView(new ArrayBuffer(16));
    const prefix = bytesOf(view, at + 6, end);
    if (prefix.length > 16) return undefined;
    bytesOf(bytes, 0, 16).set(prefix);
    return {
      prefixLength: view.getUint8(at),
      preference: (view.getUint8(at + 1) >>> 3) & 3,
      lifetime: view.getUint32(at + 2),
      prefix: readIpv6(bytes, 0),
    };
  },
  size: (o) => 6 + routeBytes(uint(o['prefixLength'] ?? 0, 0xff, LAYER, field('prefixLength'))),
  write: (view, at, o) => {
    const prefixLength = uint(o['prefixLength'] ?? 0, 0xff, LAYER, field('prefixLength'));
    view.setUint8(at, prefixLength);
    view.setUint8(at + 1, uint(o['preference'] ?? 0, 3, LAYER, field('preference')) << 3);
    view.setUint32(at + 2, u32(o['lifetime'] ?? 0, 'lifetime'));
    const parts = ipv6Of(o['prefix'], LAYER, field('prefix'));
    for (let i = 0; i < routeBytes(prefixLength) / 2; i++) {
      view.setUint16(at + 6 + i * 2, parts[i] as number);
    }
  },
};

const recursiveDnsServers: Codec = {
  type: NDP_OPTION.recursiveDnsServers,
  read: (view, at, end) => {
    const servers: string[] = [];
    for (let server = at + 6; server + 16 <= end; server += 16)
      servers.push(readIpv6(view, server));
    return { lifetime: view.getUint32(at + 2), servers };
  },
  size: (o) => 6 + listValue(o['servers'], LAYER, field('servers')).length * 16,
  write: (view, at, o) => {
    view.setUint32(at + 2, u32(o['lifetime'] ?? 0, 'lifetime'));
    for (const [i, server] of listValue(o['servers'], LAYER, field('servers')).entries()) {
      writeIpv6(view, at + 6 + i * 16, ipv6Of(server, LAYER, field('servers')));
    }
  },
};

const dnsSearchList: Codec = {
  type: NDP_OPTION.dnsSearchList,
  read: (view, at, end) => {
    const domains = readDomains(view, at + 6, end);
    return domains === undefined ? undefined : { lifetime: view.getUint32(at + 2), domains };
  },
  size: (o) => 6 + domainsOf(o).length,
  write: (view, at, o) => {
    view.setUint32(at + 2, u32(o['lifetime'] ?? 0, 'lifetime'));
    bytesOf(view, at + 6, at + 6 + domainsOf(o).length).set(domainsOf(o));
  },
};

function domainsOf(o: Loose): Uint8Array {
  return Uint8Array.from(
    listValue(o['domains'], LAYER, field('domains')).flatMap((domain) => [
      ...domainBytes(domain, LAYER, field('domains')),
    ]),
  );
}

const captivePortal: Codec = {
  type: NDP_OPTION.captivePortal,
  read: (view, at, end) => {
    // Zeros fill it up to the next eight bytes (RFC 8910 §2.3).
    const text = new TextDecoder().decode(bytesOf(view, at, end));
    return { value: text.replace(/\0+$/, '') };
  },
  size: ({ value }) => portalBytes(value).length,
  write: (view, at, { value }) => {
    const bytes = portalBytes(value);
    bytesOf(view, at, at + bytes.length).set(bytes);
  },
};

function portalBytes(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw badValue(LAYER, field('value'), value, 'a URI');
  return new TextEncoder().encode(value);
}

const codecs: Readonly<Record<NdpNamedOption['kind'], Codec>> = {
  sourceLinkLayerAddress: linkLayer(NDP_OPTION.sourceLinkLayerAddress),
  targetLinkLayerAddress: linkLayer(NDP_OPTION.targetLinkLayerAddress),
  prefixInformation,
  redirectedHeader: plain(NDP_OPTION.redirectedHeader, 6),
  mtu,
  nonce: plain(NDP_OPTION.nonce, 0),
  routeInformation,
  recursiveDnsServers,
  dnsSearchList,
  captivePortal,
};
const kinds = Object.keys(codecs) as NdpNamedOption['kind'][];

function readOption(view: DataView, type: number, at: number, next: number): NdpOption {
  const data = bytesOf(view, at + HEADER, next).slice();
  const kind = kinds.find((one) => codecs[one].type === type);
  if (kind === undefined) return { kind: type, data };
  const value = codecs[kind].read(view, at + HEADER, next);
  if (value === undefined) return { kind: type, data };
  const option = { kind, ...value } as NdpOption;
  const again = optionBytes(option);
  const same =
    again.length === next - at && again.every((byte, i) => byte === view.getUint8(at + i));
  return same ? option : { kind: type, data };
}

/** The bytes of an option, filled up with zeros to a multiple of eight. Throws where it is wrong. */
function optionBytes(value: unknown): Uint8Array {
  if (typeof value !== 'object' || value === null) {
    throw badValue(LAYER, 'options', value, 'an option: an object with a kind');
  }
  const option = value as Loose;
  const { kind } = option;
  if (kind === 'raw') return bytesValue(option['data'], LAYER, field('data'));
  if (typeof kind === 'number') {
    const type = uint(kind, 0xff, LAYER, field('kind'));
    return written(type, plain(type, 0), { value: option['data'] });
  }
  if (typeof kind !== 'string' || !Object.hasOwn(codecs, kind)) {
    const known = [...kinds, 'raw'].join(', ');
    throw badValue(
      LAYER,
      'options',
      kind,
      `the kind of an option; there are ${known}, and numbers`,
    );
  }
  const codec = codecs[kind as NdpNamedOption['kind']];
  return written(codec.type, codec, option);
}

function written(type: number, codec: Codec, option: Loose): Uint8Array {
  const units = Math.ceil((HEADER + codec.size(option)) / UNIT);
  if (units > 0xff) {
    throw new PacketError('OUT_OF_RANGE', `${LAYER}.options: ${units * UNIT} bytes, at most 2040`, {
      layer: LAYER,
      field: 'options',
    });
  }
  const view = new DataView(new ArrayBuffer(units * UNIT));
  view.setUint8(0, type);
  view.setUint8(1, units);
  codec.write(view, HEADER, option);
  return bytesOf(view, 0, units * UNIT);
}

function listOf(fields: Loose): readonly unknown[] {
  return listValue(fields['options'] ?? [], LAYER, 'options');
}

/** The options up to the end of a message. */
export const optionsTail: Tail = {
  keys: ['options'],
  end: (_view, _start, end) => end,
  read: (view, start, end) => {
    const options: NdpOption[] = [];
    const stop = eachNdpOption(view, start, end, (type, at, next) =>
      options.push(readOption(view, type, at, next)),
    );
    if (stop < end) options.push({ kind: 'raw', data: bytesOf(view, stop, end).slice() });
    return { options };
  },
  size: (fields) => listOf(fields).reduce((sum: number, one) => sum + optionBytes(one).length, 0),
  write: (view, start, fields) => {
    let at = start;
    for (const option of listOf(fields)) {
      const bytes = optionBytes(option);
      bytesOf(view, at, at + bytes.length).set(bytes);
      at += bytes.length;
    }
  },
};
