/** A rule ready to be asked, and chains of them. */
import { formatIpv4, parseIpv4 } from '../../bytes/address.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import type { Hook } from '../ip/hooks.js';
import { CONDITION_KINDS, type Condition, type ConditionKind } from './conditions.js';
import { nameTest } from './conditions-meta.js';
import { type Inspection, VERDICT } from './inspection.js';
import type { RuleSpec } from './rule-spec.js';
import type { Target } from './targets.js';
import { wrong } from './values.js';

/** Protocols that rules may name; others go by number. */
export const PROTOCOL_NAMES: Readonly<Record<string, number>> = {
  all: 0,
  icmp: IP_PROTOCOL.ICMP,
  igmp: IP_PROTOCOL.IGMP,
  tcp: IP_PROTOCOL.TCP,
  udp: IP_PROTOCOL.UDP,
  gre: IP_PROTOCOL.GRE,
  esp: IP_PROTOCOL.ESP,
  ah: IP_PROTOCOL.AH,
  ospf: IP_PROTOCOL.OSPF,
  sctp: IP_PROTOCOL.SCTP,
};

/** An address with a mask, to be compared. */
interface Match {
  /** Signed words. */
  readonly network: number;
  readonly mask: number;
  readonly not: boolean;
}

/** An interface's name to be compared. */
interface NameMatch {
  readonly text: string;
  readonly is: (name: string) => boolean;
  readonly not: boolean;
}

/** What a text says that may begin with `!`. */
export function withoutSign(value: number | string | boolean): { text: string; not: boolean } {
  const text = typeof value === 'boolean' ? (value ? '' : '!') : String(value).trim();
  return text.startsWith('!') ? { text: text.slice(1).trim(), not: true } : { text, not: false };
}

/** A condition with the kind that it is of. */
export interface AskedCondition {
  readonly kind: ConditionKind;
  readonly condition: Condition;
}

/** A rule. */
export class Rule {
  readonly protocol: number;
  readonly protocolNot: boolean;
  readonly source: Match;
  readonly destination: Match;
  readonly input: NameMatch | undefined;
  readonly output: NameMatch | undefined;
  readonly conditions: readonly AskedCondition[];
  /** A chain where it leads on to one; else a target; undefined: it only counts. */
  readonly jump: Chain | undefined;
  readonly target: Target | undefined;
  readonly goto: boolean;
  readonly comment: string | undefined;
  /** What it has matched: `-c`. */
  packets: number;
  bytes: number;
  private readonly tests: readonly ((packet: Inspection) => boolean)[];

  /** Throws `BAD_OPTION` for what makes no sense. */
  constructor(spec: RuleSpec, target: Target | undefined, jump: Chain | undefined) {
    const { text, not } = withoutSign(spec.protocol ?? 'all');
    this.protocol = protocolNumber(text);
    this.protocolNot = not;
    this.source = addressMatch('-s', spec.source);
    this.destination = addressMatch('-d', spec.destination);
    this.input = nameMatch('-i', spec.in);
    this.output = nameMatch('-o', spec.out);
    this.conditions = CONDITION_KINDS.flatMap((kind) => {
      const value = spec[kind.field];
      if (value === undefined) return [];
      const asked = { flag: kind.flags[0] as string, ...withoutSign(value) };
      if (asked.not && !kind.negatable) wrong({ ...asked, text: String(value) }, 'no `!`');
      const protocol = not ? 0 : this.protocol;
      return [{ kind, condition: kind.compile(asked, spec, protocol) }];
    });
    this.tests = this.conditions.map(({ condition }) => condition.matches);
    this.target = target;
    this.jump = jump;
    this.goto = spec.goto ?? false;
    this.comment = spec.comment;
    this.packets = 0;
    this.bytes = 0;
  }

  matches(packet: Inspection): boolean {
    const { protocol, source, destination, input, output, tests } = this;
    if (protocol !== 0 && (packet.protocol === protocol) === this.protocolNot) return false;
    if (((packet.src & source.mask) === source.network) === source.not) return false;
    if (((packet.dst & destination.mask) === destination.network) === destination.not) return false;
    if (input !== undefined && input.is(packet.input?.name ?? '') === input.not) return false;
    if (output !== undefined && output.is(packet.output?.name ?? '') === output.not) return false;
    for (let i = 0; i < tests.length; i++) {
      if (!(tests[i] as (typeof tests)[number])(packet)) return false;
    }
    return true;
  }

  /** Does what it says with a packet that it matches. Answers one of `VERDICT`. */
  run(packet: Inspection): number {
    this.packets++;
    this.bytes += packet.length;
    packet.rule = this;
    const { jump, target } = this;
    if (jump !== undefined) {
      const verdict = jump.run(packet);
      return verdict === VERDICT.RETURN && !this.goto ? VERDICT.CONTINUE : verdict;
    }
    return target === undefined ? VERDICT.CONTINUE : target.run(packet);
  }
}

/** A chain of rules: of a hook, or a user's own. */
export class Chain {
  readonly name: string;
  /** Of a built-in chain. */
  readonly hook: Hook | undefined;
  /** What becomes of a packet that no rule decides on: of a built-in chain. */
  policy: 'ACCEPT' | 'DROP';
  packets: number;
  bytes: number;
  readonly rules: Rule[];

  constructor(name: string, hook?: Hook) {
    this.name = name;
    this.hook = hook;
    this.policy = 'ACCEPT';
    this.packets = 0;
    this.bytes = 0;
    this.rules = [];
  }

  /** Asks rule by rule. Answers one of `VERDICT`: `RETURN` where its end is reached. */
  run(packet: Inspection): number {
    const { rules } = this;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i] as Rule;
      if (!rule.matches(packet)) continue;
      const verdict = rule.run(packet);
      if (verdict !== VERDICT.CONTINUE) return verdict;
    }
    return VERDICT.RETURN;
  }

  /** Of a built-in chain: where nothing was decided, the policy decides. */
  decide(packet: Inspection): number {
    if (this.rules.length > 0) {
      const verdict = this.run(packet);
      if (verdict !== VERDICT.RETURN) return verdict;
    }
    this.packets++;
    this.bytes += packet.length;
    return this.policy === 'ACCEPT' ? VERDICT.ACCEPT : VERDICT.DROP;
  }
}

function protocolNumber(text: string): number {
  const name = text.toLowerCase();
  if (Object.hasOwn(PROTOCOL_NAMES, name)) return PROTOCOL_NAMES[name] as number;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 256;
  if (number <= 255) return number;
  return wrong(
    { flag: '-p', text },
    `a number from 0 to 255, or one of ${Object.keys(PROTOCOL_NAMES).join(', ')}`,
  );
}

function addressMatch(flag: string, value: string | undefined): Match {
  if (value === undefined) return { network: 0, mask: 0, not: false };
  const { text, not } = withoutSign(value);
  const [address = '', mask = '32', ...rest] = text.split('/');
  const word = parseIpv4(address);
  const bits = /^\d{1,2}$/.test(mask) ? Number(mask) : -1;
  const dotted = parseIpv4(mask);
  const maskWord = bits >= 0 && bits <= 32 ? (bits === 0 ? 0 : -1 << (32 - bits)) : dotted | 0;
  if (word < 0 || rest.length > 0 || (bits > 32 && dotted < 0) || (bits < 0 && dotted < 0)) {
    wrong({ flag, text }, 'an address such as 10.0.0.5, 192.168.1.0/24 or 10.0.0.0/255.0.0.0');
  }
  return { network: word & maskWord, mask: maskWord, not };
}

function nameMatch(flag: string, value: string | undefined): NameMatch | undefined {
  if (value === undefined) return undefined;
  const { text, not } = withoutSign(value);
  if (!/^[^\s/!]{1,15}$/.test(text)) {
    wrong({ flag, text }, 'the name of an interface, of up to 15 characters');
  }
  return { text, is: nameTest(text), not };
}

/** `192.168.1.0/24`; a mask that is no prefix is printed as an address. */
export function matchText({ network, mask }: Match): string {
  let length = 0;
  while (length < 32 && (mask & (0x80000000 >>> length)) !== 0) length++;
  const whole = length === 0 ? 0 : -1 << (32 - length);
  const suffix = mask === whole ? String(length) : formatIpv4(mask >>> 0);
  return `${formatIpv4(network >>> 0)}/${suffix}`;
}
