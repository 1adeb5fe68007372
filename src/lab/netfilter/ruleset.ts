/** The five tables, and what can be done to their rules. */
import { PacketError } from '../../bytes/error.js';
import { type Command, parseCommand } from './command.js';
import { ORDER, TABLE_NAMES, type TableName } from './order.js';
import { listSpecs, listTable, ruleText, saveTable } from './print.js';
import type { Chain, Rule } from './rule.js';
import type { RuleSpec } from './rule-spec.js';
import { Table } from './table.js';
import { HOOK_NAMES } from './targets.js';

/** Rules, by tables and chains. */
export class Ruleset {
  private readonly byName: Map<TableName, Table>;
  /** By hook, then step of `ORDER`: the built-in chain that is asked there. */
  protected readonly ways: readonly (Chain | undefined)[][];

  constructor() {
    this.byName = new Map();
    this.ways = HOOK_NAMES.map((name) => ORDER[name].map(() => undefined));
    for (const name of TABLE_NAMES) this.put(new Table(name));
  }

  /** The table of that name. */
  table(name: TableName): Table {
    return this.byName.get(name) as Table;
  }

  /** Adds a rule at a chain's end: `-A`. Throws `BAD_OPTION` or `BAD_VALUE`, and changes nothing. */
  append(table: TableName, chain: string, spec: RuleSpec): void {
    const where = this.table(table).chain(chain);
    where.rules.push(this.table(table).makeRule(where, spec));
  }

  /** Puts a rule in at a place, from 1: `-I`. */
  insert(table: TableName, chain: string, spec: RuleSpec, place = 1): void {
    const where = this.table(table).chain(chain);
    checkPlace(where, place, where.rules.length + 1);
    where.rules.splice(place - 1, 0, this.table(table).makeRule(where, spec));
  }

  /** Takes a rule out, by its place or by what it says: `-D`. Throws `BAD_VALUE` where it is not. */
  delete(table: TableName, chain: string, which: number | RuleSpec): void {
    const where = this.table(table).chain(chain);
    let place = typeof which === 'number' ? which : 0;
    if (typeof which !== 'number') {
      const text = ruleText(chain, this.table(table).makeRule(where, which));
      place = where.rules.findIndex((rule) => ruleText(chain, rule) === text) + 1;
      if (place === 0) throw new PacketError('BAD_VALUE', `table ${table}: no rule ${text}`);
    }
    checkPlace(where, place, where.rules.length);
    where.rules.splice(place - 1, 1);
  }

  /** `-N`. */
  newChain(table: TableName, name: string): void {
    this.table(table).newChain(name);
  }

  /** `-P`: what becomes of packets that no rule of a built-in chain decides on. */
  setPolicy(table: TableName, chain: string, policy: string): void {
    const where = this.table(table).chain(chain);
    if (where.hook === undefined || (policy !== 'ACCEPT' && policy !== 'DROP')) {
      throw new PacketError(
        'BAD_VALUE',
        `-P ${chain} ${policy}: expected a built-in chain, and ACCEPT or DROP`,
      );
    }
    if (table === 'nat' && policy === 'DROP') {
      throw new PacketError('BAD_OPTION', '-P: the nat table is not for filtering');
    }
    where.policy = policy;
  }

  /** Takes all rules out of a chain, or of all: `-F`. */
  flush(table: TableName, chain?: string): void {
    for (const one of this.chainsOf(table, chain)) one.rules.length = 0;
  }

  /**
   * What `iptables` does with these words: `-t nat -A POSTROUTING -o eth1 -j MASQUERADE`. Answers what
   * it prints (`-L`, `-S`). Throws `BAD_OPTION` or `BAD_VALUE` that says which word is wrong.
   */
  iptables(text: string): string[] {
    return this.execute(parseCommand(text));
  }

  /** `iptables-save`, with `counters` as `-c`: all tables, or one. */
  save(table?: TableName, counters = true): string[] {
    const names = table === undefined ? TABLE_NAMES : [table];
    return names.flatMap((name) => saveTable(this.table(name), counters));
  }

  /**
   * `iptables-restore`: the tables in the text take the place of those that were; a table where
   * something is wrong changes nothing. Throws `BAD_OPTION` or `BAD_VALUE` with the line.
   */
  restore(text: string): void {
    let table: Table | undefined;
    const made: Table[] = [];
    text.split('\n').forEach((raw, at) => {
      const line = raw.trim();
      try {
        if (line === '' || line.startsWith('#')) return;
        if (line.startsWith('*')) table = this.newTable(line.slice(1));
        else if (table === undefined) throw new PacketError('BAD_OPTION', 'expected *TABLE first');
        else if (line === 'COMMIT') {
          made.push(table);
          table = undefined;
        } else restoreLine(table, line);
      } catch (error) {
        if (!(error instanceof PacketError)) throw error;
        throw new PacketError(error.code, `line ${at + 1}: ${error.message}`);
      }
    });
    if (table !== undefined) throw new PacketError('BAD_OPTION', 'COMMIT is missing at the end');
    for (const one of made) this.put(one);
  }

  /** Whether a table has anything in it. */
  protected isUsed(name: TableName): boolean {
    const chains = [...this.table(name).chains.values()];
    return chains.some(
      ({ hook, rules, policy }) => hook === undefined || rules.length > 0 || policy !== 'ACCEPT',
    );
  }

  private put(table: Table): void {
    this.byName.set(table.name, table);
    HOOK_NAMES.forEach((name, hook) => {
      const step = ORDER[name].indexOf(table.name);
      if (step >= 0) (this.ways[hook] as (Chain | undefined)[])[step] = table.chains.get(name);
    });
  }

  private newTable(name: string): Table {
    const known = TABLE_NAMES.find((one) => one === name);
    if (known !== undefined) return new Table(known);
    throw new PacketError('BAD_OPTION', `*${name}: expected one of ${TABLE_NAMES.join(', ')}`);
  }

  private chainsOf(table: TableName, chain: string | undefined): Chain[] {
    const { chains } = this.table(table);
    return chain === undefined ? [...chains.values()] : [this.table(table).chain(chain)];
  }

  private execute(command: Command): string[] {
    const { table: name, action, chain, spec, place } = command;
    const table = this.table(name);
    const only = chain === undefined || action === 'new-chain' ? undefined : table.chain(chain);
    switch (action) {
      case 'list':
        return listTable(table, command, only);
      case 'list-rules':
        return listSpecs(table, only);
      case 'append':
        this.append(name, chain as string, spec);
        break;
      case 'insert':
        this.insert(name, chain as string, spec, place);
        break;
      case 'delete':
        this.delete(name, chain as string, place ?? spec);
        break;
      case 'new-chain':
        table.newChain(chain as string);
        break;
      case 'delete-chain':
        this.deleteChains(table, chain);
        break;
      case 'policy':
        this.setPolicy(name, chain as string, command.policy as string);
        break;
      case 'flush':
        this.flush(name, chain);
        break;
      case 'zero':
        for (const one of this.chainsOf(name, chain)) table.zero(one);
    }
    return [];
  }

  private deleteChains(table: Table, chain: string | undefined): void {
    const own = [...table.chains.values()].filter(({ hook }) => hook === undefined);
    for (const name of chain === undefined ? own.map((one) => one.name) : [chain]) {
      table.deleteChain(name);
    }
  }
}

function checkPlace(chain: Chain, place: number, last: number): void {
  if (Number.isInteger(place) && place >= 1 && place <= last) return;
  throw new PacketError(
    'BAD_VALUE',
    `chain ${chain.name} has ${chain.rules.length} rules: there is no place ${place}`,
  );
}

/** A line of `iptables-save`: a chain, or a rule with or without counters. */
function restoreLine(table: Table, line: string): void {
  const chain = /^:(\S+)\s+(\S+)(?:\s+\[(\d+):(\d+)\])?$/.exec(line);
  if (chain !== null) {
    const [, name = '', policy = '', packets = '0', bytes = '0'] = chain;
    const where = table.chains.get(name) ?? table.newChain(name);
    const fits = where.hook === undefined ? policy === '-' : /^(ACCEPT|DROP)$/.test(policy);
    if (!fits) throw new PacketError('BAD_OPTION', `:${name} ${policy}: no policy of this chain`);
    if (policy === 'ACCEPT' || policy === 'DROP') where.policy = policy;
    setCounters(where, packets, bytes);
    return;
  }
  const [, packets = '0', bytes = '0', rest = line] = /^\[(\d+):(\d+)\]\s+(.*)$/.exec(line) ?? [];
  const command = parseCommand(rest);
  if (command.action !== 'append' || command.chain === undefined) {
    throw new PacketError('BAD_OPTION', `${rest}: expected -A, :CHAIN or COMMIT`);
  }
  const where = table.chain(command.chain);
  const rule = table.makeRule(where, command.spec);
  setCounters(rule, packets, bytes);
  where.rules.push(rule);
}

function setCounters(of: Rule | Chain, packets: string, bytes: string): void {
  of.packets = Number(packets);
  of.bytes = Number(bytes);
}
