/** What a rule does with a packet that it matches: iptables' targets. */
import { HOOK, type Hook } from '../ip/hooks.js';
import type { Inspection } from './inspection.js';
import type { TableName } from './order.js';
import type { TargetSpec } from './rule-spec.js';
import { FILTER_TARGETS } from './targets-filter.js';
import { MANGLE_TARGETS } from './targets-mangle.js';
import { NAT_TARGETS } from './targets-nat.js';

/** A target, ready to be used. */
export interface Target {
  readonly name: string;
  /** Answers one of `VERDICT`. */
  readonly run: (packet: Inspection) => number;
  /** As `iptables-save` writes its options. */
  readonly saved: string;
  /** As `iptables -L` prints them. */
  readonly listed: string;
}

/** What a target is made of. */
export interface TargetGiven {
  /** Values by option, without `--`. */
  readonly options: TargetSpec['options'];
  /** The protocol that the rule asks for; 0: any. */
  readonly protocol: number;
}

/** A kind of target. */
export interface TargetKind {
  readonly name: string;
  /** Tables that may have it; undefined: all. */
  readonly tables: readonly TableName[] | undefined;
  /** Hooks whose chains may lead to it; undefined: all. */
  readonly hooks: readonly Hook[] | undefined;
  /** Its options: whether a value follows. */
  readonly options: Readonly<Record<string, boolean>>;
  /** Throws `BAD_OPTION`. */
  compile(given: TargetGiven): Omit<Target, 'name'>;
}

/** All kinds by name. */
export const TARGET_KINDS: ReadonlyMap<string, TargetKind> = new Map(
  [...FILTER_TARGETS, ...NAT_TARGETS, ...MANGLE_TARGETS].map((one) => [one.name, one]),
);

/** Names of hooks, in their order. */
export const HOOK_NAMES = Object.keys(HOOK) as readonly (keyof typeof HOOK)[];

const plain = (name: string) => (): TargetSpec => ({ name, options: {} });
const simple = (options: Readonly<Record<string, string | number | boolean | undefined>>) => {
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  return Object.fromEntries(
    given.map(([key, value]) => [key, value === true ? '' : String(value)]),
  );
};

/** How translations choose. */
export interface NatOptions {
  /** Ports are drawn by chance rather than in order. */
  readonly random?: boolean;
  /** A client gets the same address for whatever it talks to. */
  readonly persistent?: boolean;
}

export const accept = plain('ACCEPT');
export const drop = plain('DROP');
/** Back to where the chain was called from. */
export const back = plain('RETURN');
/** Has connection tracking leave the packet alone. */
export const notrack = plain('NOTRACK');

/** Refuses the packet (absent: `icmp-port-unreachable`). */
export function reject(how = 'icmp-port-unreachable'): TargetSpec {
  return { name: 'REJECT', options: { 'reject-with': how } };
}

/** Sends the connection elsewhere: `10.244.1.5`, `10.244.1.5:8080`, `10.0.0.1-10.0.0.9:80-90`. */
export function dnat(to: string, options: NatOptions = {}): TargetSpec {
  return { name: 'DNAT', options: simple({ 'to-destination': to, ...options }) };
}

/** Gives the connection another source. */
export function snat(to: string, options: NatOptions = {}): TargetSpec {
  return { name: 'SNAT', options: simple({ 'to-source': to, ...options }) };
}

/** Gives the connection the address of the interface by which it leaves; `ports`: `40001-40999`. */
export function masquerade(options: { ports?: string; random?: boolean } = {}): TargetSpec {
  const { ports, random } = options;
  return { name: 'MASQUERADE', options: simple({ 'to-ports': ports, random }) };
}

/** Sends the connection to this host itself; `ports`: `8080`. */
export function redirect(options: { ports?: string | number; random?: boolean } = {}): TargetSpec {
  const { ports, random } = options;
  return { name: 'REDIRECT', options: simple({ 'to-ports': ports, random }) };
}

/** Sets the packet's mark: `0x1`, or of the bits in a mask `0x1/0xff`. */
export function mark(value: string | number): TargetSpec {
  return { name: 'MARK', options: { 'set-mark': String(value) } };
}

/** Sets the TTL, or changes it by `inc` or `dec`. */
export function ttl(change: { set?: number; inc?: number; dec?: number }): TargetSpec {
  const { set, inc, dec } = change;
  return { name: 'TTL', options: simple({ 'ttl-set': set, 'ttl-inc': inc, 'ttl-dec': dec }) };
}

/** Sets the type of service: `0x10`, or of the bits in a mask `0x10/0x3f`. */
export function tos(value: string | number): TargetSpec {
  return { name: 'TOS', options: { 'set-tos': String(value) } };
}

/** Says something of the packet. */
export function log(prefix = ''): TargetSpec {
  return { name: 'LOG', options: prefix === '' ? {} : { 'log-prefix': prefix } };
}
