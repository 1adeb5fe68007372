/** What a rule may ask of a packet besides addresses and interfaces: iptables' matches. */

import { META_CONDITIONS } from './conditions-meta.js';
import { TRANSPORT_CONDITIONS } from './conditions-transport.js';
import type { Inspection } from './inspection.js';
import type { Conditions } from './rule-spec.js';

/** What is asked, ready to be asked. */
export interface Condition {
  readonly matches: (packet: Inspection) => boolean;
  /** As `iptables-save` writes it, without `-m`. */
  readonly saved: string;
  /** As `iptables -L` prints it. */
  readonly listed: string;
}

/** A condition's value as it was given. */
export interface Asked {
  /** The option, for messages. */
  readonly flag: string;
  readonly text: string;
  /** Whether it is to be otherwise: `!`. */
  readonly not: boolean;
}

/** A kind of condition. */
export interface ConditionKind {
  readonly field: keyof Conditions;
  /** iptables' name of the option, and others that mean the same. */
  readonly flags: readonly string[];
  /** iptables' module; undefined: the one of the rule's protocol. */
  readonly module: string | undefined;
  /** Words that follow: 0–2. */
  readonly words: 0 | 1 | 2;
  /** Whether `!` may stand before it. */
  readonly negatable: boolean;
  /** Throws `BAD_OPTION`. */
  compile(asked: Asked, conditions: Conditions, protocol: number): Condition;
}

/** All kinds, in the order in which they are asked and printed. */
export const CONDITION_KINDS: readonly ConditionKind[] = [
  ...TRANSPORT_CONDITIONS,
  ...META_CONDITIONS,
];
