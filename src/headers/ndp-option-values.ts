/** The values of the options of neighbour discovery, type by type: names and codecs. */
import { readIpv6, readMac, writeIpv6, writeMac } from '../bytes/address.js';
import { bytesValue, ipv6Of, type Loose, listValue } from './icmp-message.js';
import { domainBytes, readDomains } from './ndp-domains.js';
import { bytesOf } from './protocol.js';
import { badValue, flag, macNumber, uint } from './values.js';

/** What errors name. */
export const LAYER = 'icmpv6';

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

/** How one type of option is read and written. Values begin behind type and length. */
export interface Codec {
  readonly type: number;
  /** The value's fields; undefined: it is not in the type's form. */
  read(view: DataView, at: number, end: number): Loose | undefined;
  /** Bytes of the value. */
  size(option: Loose): number;
  /** Writes the value; throws where a field is wrong. */
  write(view: DataView, at: number, option: Loose): void;
}

/** What errors call a field of an option. */
export const field = (name: string): string => `options.${name}`;
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
export function plain(type: number, skip: number): Codec {
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

/** The codec of each named option. */
export const codecs: Readonly<Record<NdpNamedOption['kind'], Codec>> = {
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
