/** Rules as iptables prints them. */
import { type Chain, matchText, PROTOCOL_NAMES, type Rule } from './rule.js';
import type { Table } from './table.js';

/** Modules whose name stands in `iptables -L` before what they say. */
const TITLES: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  physdev: 'PHYSDEV match',
};

/** Targets that `iptables -L` calls otherwise: the kernel has NOTRACK as an alias of CT. */
const LISTED: Readonly<Record<string, string>> = { NOTRACK: 'CT' };

/** A rule as `iptables -S` prints it, from `-A` on. */
export function ruleText(chain: string, rule: Rule): string {
  const words = [`-A ${chain}`];
  const sign = (not: boolean): string => (not ? '! ' : '');
  const { source, destination, input, output, protocol, protocolNot, jump, target } = rule;
  if (source.mask !== 0) words.push(`${sign(source.not)}-s ${matchText(source)}`);
  if (destination.mask !== 0) words.push(`${sign(destination.not)}-d ${matchText(destination)}`);
  if (input !== undefined) words.push(`${sign(input.not)}-i ${input.text}`);
  if (output !== undefined) words.push(`${sign(output.not)}-o ${output.text}`);
  if (protocol !== 0) words.push(`${sign(protocolNot)}-p ${protocolText(protocol)}`);
  let module: string | undefined;
  for (const { kind, condition } of rule.conditions) {
    if (condition.saved === '') continue;
    const own = kind.module ?? protocolText(protocol);
    if (own !== module) words.push(`-m ${own}`);
    module = own;
    words.push(condition.saved);
  }
  if (jump !== undefined) words.push(`${rule.goto ? '-g' : '-j'} ${jump.name}`);
  if (target !== undefined) words.push(`-j ${target.name}`);
  if (target !== undefined && target.saved !== '') words.push(target.saved);
  return words.join(' ');
}

/** A table as `iptables-save` prints it; with `counters` as with `-c`. */
export function saveTable(table: Table, counters = false): string[] {
  const lines = [`*${table.name}`];
  const counts = ({ packets, bytes }: { packets: number; bytes: number }): string =>
    `[${packets}:${bytes}]`;
  for (const chain of inOrder(table)) {
    const policy = chain.hook === undefined ? '-' : chain.policy;
    // Chains of the user have no counters, and those of the hooks print theirs always.
    lines.push(`:${chain.name} ${policy} ${counts(chain)}`);
  }
  for (const chain of inOrder(table)) {
    for (const rule of chain.rules) {
      lines.push(`${counters ? `${counts(rule)} ` : ''}${ruleText(chain.name, rule)}`);
    }
  }
  lines.push('COMMIT');
  return lines;
}

/** The chains of a table as `iptables -S` prints them, then the rules. */
export function listSpecs(table: Table, only?: Chain): string[] {
  const chains = only === undefined ? inOrder(table) : [only];
  return [
    ...chains.map(({ name, hook, policy }) =>
      hook === undefined ? `-N ${name}` : `-P ${name} ${policy}`,
    ),
    ...chains.flatMap(({ name, rules }) => rules.map((rule) => ruleText(name, rule))),
  ];
}

/** How to list. */
export interface ListOptions {
  /** Counters and interfaces: `-v`. */
  readonly verbose?: boolean;
  /** `--line-numbers`. */
  readonly numbers?: boolean;
}

/** A table, or a chain of it, as `iptables -L -n` prints it. */
export function listTable(table: Table, options: ListOptions = {}, only?: Chain): string[] {
  const chains = only === undefined ? inOrder(table) : [only];
  const lines: string[] = [];
  for (const chain of chains) {
    if (lines.length > 0) lines.push('');
    lines.push(chainTitle(table, chain, options), columns(options));
    chain.rules.forEach((rule, at) => {
      lines.push(listRule(rule, at + 1, options));
    });
  }
  return lines;
}

function chainTitle(table: Table, chain: Chain, { verbose = false }: ListOptions): string {
  if (chain.hook === undefined) {
    const references = [...table.chains.values()].reduce(
      (sum, { rules }) => sum + rules.filter(({ jump }) => jump === chain).length,
      0,
    );
    return `Chain ${chain.name} (${references} references)`;
  }
  const counts = verbose ? ` ${count(chain.packets)} packets, ${count(chain.bytes)} bytes` : '';
  return `Chain ${chain.name} (policy ${chain.policy}${counts})`;
}

function columns({ verbose = false, numbers = false }: ListOptions): string {
  const number = numbers ? 'num  ' : '';
  const counts = verbose ? ' pkts bytes ' : '';
  const ports = verbose ? 'in     out     ' : '';
  return `${number}${counts}target     prot opt ${ports}source               destination         `;
}

function listRule(rule: Rule, number: number, options: ListOptions): string {
  const { verbose = false, numbers = false } = options;
  const { protocol, protocolNot, source, destination, input, output, jump, target } = rule;
  let line = numbers ? `${String(number).padEnd(4)} ` : '';
  if (verbose) line += `${count(rule.packets).padStart(5)} ${count(rule.bytes).padStart(5)} `;
  const name = jump?.name ?? target?.name ?? '';
  line += `${(LISTED[name] ?? name).padEnd(9)}  `;
  line += `${(protocolNot ? '!' : '') + protocolText(protocol)}`.padEnd(5);
  line += '-- ';
  if (verbose) {
    const nameOf = (match: typeof input): string =>
      match === undefined ? '*' : `${match.not ? '!' : ''}${match.text}`;
    line += ` ${nameOf(input).padEnd(6)} ${nameOf(output).padEnd(6)} `;
  }
  line += `${addressText(source)}${addressText(destination)}`;
  if (rule.goto) line += '[goto] ';
  for (const text of [...listConditions(rule), target?.listed ?? '']) {
    if (text !== '') line += ` ${text}`;
  }
  return line;
}

function listConditions(rule: Rule): string[] {
  let module: string | undefined;
  return rule.conditions.map(({ kind, condition }) => {
    const own = kind.module ?? protocolText(rule.protocol);
    const title = own === module ? undefined : TITLES[own];
    module = own;
    return title === undefined ? condition.listed : `${title} ${condition.listed}`;
  });
}

function addressText(match: Rule['source']): string {
  const text = match.mask === 0 ? '0.0.0.0/0' : matchText(match).replace(/\/32$/, '');
  return `${match.not ? '!' : ' '}${text.padEnd(19)} `;
}

/** The built-in chains, then the user's by name, as iptables has them. */
function inOrder({ chains }: Table): Chain[] {
  const all = [...chains.values()];
  const own = all.filter(({ hook }) => hook === undefined);
  own.sort((one, other) => (one.name < other.name ? -1 : 1));
  return [...all.filter(({ hook }) => hook !== undefined), ...own];
}

function protocolText(protocol: number): string {
  const known = Object.entries(PROTOCOL_NAMES).find(([, number]) => number === protocol);
  return known?.[0] ?? String(protocol);
}

/** As iptables without `-x`: five characters at most, in thousands (K), millions (M), … */
function count(value: number): string {
  let rest = value;
  for (const unit of ['', 'K', 'M', 'G', 'T']) {
    if (rest <= (unit === '' ? 99_999 : 9_999)) return `${rest}${unit}`;
    rest = Math.floor((rest + 500) / 1000);
  }
  return `${rest}P`;
}
