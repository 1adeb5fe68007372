/** IPv4 options: RFC 791 §3.1, RFC 2113 (router alert). */
import { formatIpv4 } from '../bytes/address.js';
import { getBits8, readBits } from '../bytes/bits.js';
import { bitField, bits, headerLayout, offsetOf, u8 } from '../bytes/layout.js';
import { eachOption, type Option, type OptionCodec, OptionList } from './options.js';
import type { FieldName, Form } from './protocol.js';
import { ipv4Word, uint } from './values.js';

/** The options whose values have names. */
export type Ipv4NamedOption =
  | Ipv4RouteOption
  | Ipv4TimestampOption
  /** 0: every router is to look at the packet (RFC 2113 §2.1). */
  | { readonly kind: 'routerAlert'; readonly value: number };

/** A recorded route, or a source route: its last address is where the packet is to arrive. */
export interface Ipv4RouteOption {
  readonly kind: 'recordRoute' | 'looseSourceRoute' | 'strictSourceRoute';
  /** Where the next address goes or comes from, counted from 1 at the option's kind: 4, 8, …. */
  readonly pointer?: number;
  /** Every slot, those not yet used as 0.0.0.0. */
  readonly addresses: readonly string[];
}

export interface Ipv4TimestampOption {
  readonly kind: 'timestamp';
  /** Where the next entry goes, counted from 1 at the option's kind: 5, …. */
  readonly pointer?: number;
  /** Hosts that found no room, 0–15. */
  readonly overflow?: number;
  /** 0: times only; 1: address and time; 3: the sender has given the addresses. */
  readonly flag?: number;
  /** Times in milliseconds since midnight UT, with the address where the flag is 1 or 3. */
  readonly entries: readonly { readonly address?: string; readonly time: number }[];
}

/** One IPv4 option. */
export type Ipv4Option = Option<Ipv4NamedOption>;

const routeLayout = headerLayout('ipv4 route option', [u8('kind'), u8('length'), u8('pointer')]);
const timestampLayout = headerLayout('ipv4 timestamp option', [
  u8('kind'),
  u8('length'),
  u8('pointer'),
  bits(8, { overflow: 4, flag: 4 }),
]);
const VALUE = offsetOf(routeLayout, 'pointer');
const OVERFLOW = bitField(timestampLayout, 'overflow', 8);
const FLAG = bitField(timestampLayout, 'flag', 8);

export const RECORD_ROUTE = 7;
export const TIMESTAMP = 68;
export const LOOSE_SOURCE_ROUTE = 131;
export const STRICT_SOURCE_ROUTE = 137;
export const ROUTER_ALERT = 148;
const ROUTES: readonly number[] = [RECORD_ROUTE, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE];
const byte = (value: unknown, field: string, max = 255): number =>
  uint(value, max, 'ipv4', `options.${field}`);

function routeCodec(kind: number, name: Ipv4RouteOption['kind']): OptionCodec<Ipv4RouteOption> {
  return {
    kind,
    name,
    size: (o) => 1 + o.addresses.length * 4,
    read: (view, offset, end) => {
      const addresses: string[] = [];
      for (let at = offset + 1; at + 4 <= end; at += 4) {
        addresses.push(formatIpv4(view.getUint32(at)));
      }
      return { kind: name, pointer: view.getUint8(offset), addresses };
    },
    write: (view, offset, o) => {
      view.setUint8(offset, byte(o.pointer ?? 4, `${name}.pointer`));
      let at = offset + 1;
      for (const address of o.addresses) {
        view.setUint32(at, ipv4Word(address, 'ipv4', `options.${name}.addresses`));
        at += 4;
      }
    },
  };
}

const timestampCodec: OptionCodec<Ipv4TimestampOption> = {
  kind: TIMESTAMP,
  name: 'timestamp',
  size: (o) => 2 + o.entries.reduce((n, e) => n + (e.address === undefined ? 4 : 8), 0),
  read: (view, offset, end) => {
    const start = offset - VALUE;
    const flag = getBits8(view, start, FLAG);
    const entries: { address?: string; time: number }[] = [];
    for (let at = offset + 2; at < end; ) {
      if (flag === 0) {
        entries.push({ time: view.getUint32(at) });
        at += 4;
      } else {
        entries.push({ address: formatIpv4(view.getUint32(at)), time: view.getUint32(at + 4) });
        at += 8;
      }
    }
    const overflow = getBits8(view, start, OVERFLOW);
    return { kind: 'timestamp', pointer: view.getUint8(offset), overflow, flag, entries };
  },
  write: (view, offset, o) => {
    const { pointer = 5, overflow = 0, flag = o.entries[0]?.address === undefined ? 0 : 1 } = o;
    view.setUint8(offset, byte(pointer, 'timestamp.pointer'));
    const high = byte(overflow, 'timestamp.overflow', OVERFLOW.max) << OVERFLOW.shift;
    view.setUint8(offset + 1, high | byte(flag, 'timestamp.flag', FLAG.max));
    let at = offset + 2;
    for (const { address, time } of o.entries) {
      if (address !== undefined) {
        view.setUint32(at, ipv4Word(address, 'ipv4', 'options.timestamp.address'));
        at += 4;
      }
      view.setUint32(at, uint(time, 0xffffffff, 'ipv4', 'options.timestamp.time'));
      at += 4;
    }
  },
};

const routerAlertCodec: OptionCodec<Extract<Ipv4NamedOption, { kind: 'routerAlert' }>> = {
  kind: ROUTER_ALERT,
  name: 'routerAlert',
  size: () => 2,
  read: (view, offset) => ({ kind: 'routerAlert', value: view.getUint16(offset) }),
  write: (view, offset, o) =>
    view.setUint16(offset, uint(o.value, 0xffff, 'ipv4', 'options.routerAlert.value')),
};

/** IPv4's option lists: at most 40 bytes, which is what an IHL of 15 leaves. */
export const ipv4Options = new OptionList<Ipv4NamedOption>('ipv4', 40, [
  routeCodec(RECORD_ROUTE, 'recordRoute'),
  routeCodec(LOOSE_SOURCE_ROUTE, 'looseSourceRoute'),
  routeCodec(STRICT_SOURCE_ROUTE, 'strictSourceRoute'),
  timestampCodec,
  routerAlertCodec,
]);

/**
 * Byte offset of the final destination's address among the options in [offset, end): the last
 * address of a source route that is not used up; -1 where there is none.
 */
export function finalDestination(view: DataView, offset: number, end: number): number {
  let found = -1;
  eachOption(view, offset, end, (kind, start, next) => {
    if (kind !== LOOSE_SOURCE_ROUTE && kind !== STRICT_SOURCE_ROUTE) return;
    const length = next - start;
    if (length < 7) return;
    // A pointer that points between addresses leads nowhere, as in Wireshark.
    const pointer = view.getUint8(start + VALUE);
    if (pointer >= 4 && pointer % 4 === 0 && pointer <= length) found = next - 4;
  });
  return found;
}

/** A field name for options: `values` tells each value with its first byte and its length. */
function optionName(
  name: string,
  label: string,
  form: Form,
  values: (
    view: DataView,
    kind: number,
    start: number,
    end: number,
    tell: (value: number | string, at: number, bytes: number) => void,
  ) => void,
): FieldName {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      const tell = (value: number | string, at: number, bytes: number): void =>
        emit(value, at * 8, bytes * 8);
      eachOption(layer.view, layer.fixedEnd, layer.headerEnd, (kind, start, end) =>
        values(layer.view, kind, start, end, tell),
      );
    },
  };
}

/** Kinds that Wireshark knows; of others it names neither kind nor length. */
const KNOWN: readonly number[] = [
  0, 1, 7, 11, 12, 25, 68, 82, 130, 131, 133, 134, 136, 137, 148, 149,
];

/** A part of the kind (RFC 791 §3.1): its bits, counted from the most significant. */
function kindName(name: string, label: string, form: Form, bit: number, bits: number): FieldName {
  return {
    name,
    label,
    form,
    hidden: true,
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      eachOption(view, fixedEnd, headerEnd, (kind, start) => {
        const at = start * 8 + bit;
        if (KNOWN.includes(kind)) emit(readBits(view, at, bits), at, bits);
      });
    },
  };
}

/** Addresses of routes: `wanted` says which, by their place before, at or behind the pointer. */
function routeName(
  name: string,
  label: string,
  wanted: (kind: number, passed: boolean) => boolean,
): FieldName {
  return optionName(name, label, 'text', (view, kind, start, end, tell) => {
    if (!ROUTES.includes(kind) || end - start <= VALUE) return;
    const pointer = view.getUint8(start + VALUE);
    if (pointer < 4 || pointer % 4 !== 0) return;
    for (let at = start + VALUE + 1; at + 4 <= end; at += 4) {
      const passed = at - start + 1 < pointer;
      if (wanted(kind, passed)) tell(formatIpv4(view.getUint32(at)), at, 4);
    }
  });
}

/** What a timestamp option holds: times, or addresses where its flag says that they are there. */
function timestampName(name: string, label: string, addresses: boolean): FieldName {
  return optionName(name, label, addresses ? 'text' : 'dec', (view, kind, start, end, tell) => {
    if (kind !== TIMESTAMP || end - start < 4) return;
    const flag = getBits8(view, start, FLAG);
    const pairs = flag === 1 || flag === 3;
    if (addresses && !pairs) return;
    const step = pairs ? 8 : 4;
    for (let at = start + 4; at + step <= end; at += step) {
      if (addresses) tell(formatIpv4(view.getUint32(at)), at, 4);
      else tell(view.getUint32(at + step - 4), at + step - 4, 4);
    }
  });
}

/** Wireshark's names of what options hold. */
export const ipv4OptionNames: readonly FieldName[] = [
  optionName('ip.opt.type', 'Type', 'dec', (_view, kind, start, _end, tell) => {
    if (KNOWN.includes(kind)) tell(kind, start, 1);
  }),
  kindName('ip.opt.type.copy', 'Copy on fragmentation', 'bool', 0, 1),
  kindName('ip.opt.type.class', 'Class', 'dec', 1, 2),
  kindName('ip.opt.type.number', 'Number', 'dec', 3, 5),
  optionName('ip.opt.len', 'Length', 'dec', (view, kind, start, _end, tell) => {
    if (kind > 1 && KNOWN.includes(kind)) tell(view.getUint8(start + 1), start + 1, 1);
  }),
  optionName('ip.opt.ptr', 'Pointer', 'dec', (view, kind, start, end, tell) => {
    const has = ROUTES.includes(kind) || kind === TIMESTAMP;
    if (has && end - start > VALUE) tell(view.getUint8(start + VALUE), start + VALUE, 1);
  }),
  routeName('ip.rec_rt', 'Recorded Route', (_kind, passed) => passed),
  routeName('ip.empty_rt', 'Empty Route', (kind, passed) => kind === RECORD_ROUTE && !passed),
  optionName('ip.opt.overflow', 'Overflow', 'dec', (view, kind, start, end, tell) => {
    if (kind === TIMESTAMP && end - start >= 4) tell(getBits8(view, start, OVERFLOW), start + 3, 0);
  }),
  optionName('ip.opt.flag', 'Flag', 'hex2', (view, kind, start, end, tell) => {
    if (kind === TIMESTAMP && end - start >= 4) tell(getBits8(view, start, FLAG), start + 3, 0);
  }),
  timestampName('ip.opt.time_stamp_addr', 'Address', true),
  timestampName('ip.opt.time_stamp', 'Time stamp', false),
  optionName('ip.opt.ra', 'Router Alert', 'dec', (view, kind, start, end, tell) => {
    if (kind === ROUTER_ALERT && end - start >= 4) tell(view.getUint16(start + 2), start + 2, 2);
  }),
];
