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
