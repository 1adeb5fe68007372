/** Reads what people type after `iptables`. Every word is understood, or is said to be wrong. */
import { PacketError } from '../../bytes/error.js';
import { CONDITION_KINDS, type ConditionKind } from './conditions.js';
import { SYN_FLAGS } from './conditions-transport.js';
import { TABLE_NAMES, type TableName } from './order.js';
import type { Conditions, RuleSpec } from './rule-spec.js';
import { TARGET_KINDS } from './targets.js';

/** What is to be done. */
export type Action =
  | 'append'
  | 'insert'
  | 'delete'
  | 'new-chain'
  | 'delete-chain'
  | 'flush'
  | 'policy'
  | 'zero'
  | 'list'
  | 'list-rules';

/** A command. */
export interface Command {
  readonly table: TableName;
  readonly action: Action;
  /** undefined: all chains. */
  readonly chain: string | undefined;
  /** A rule's place, from 1. */
  readonly place: number | undefined;
  /** Of `-P`. */
  readonly policy: string | undefined;
  readonly spec: RuleSpec;
  readonly verbose: boolean;
  readonly numbers: boolean;
}

/** Modules that come with `-p`. */
const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'icmp'];

const ACTIONS: Readonly<Record<string, Action>> = {
  '-A': 'append',
  '--append': 'append',
  '-I': 'insert',
  '--insert': 'insert',
  '-D': 'delete',
  '--delete': 'delete',
  '-N': 'new-chain',
  '--new-chain': 'new-chain',
  '-X': 'delete-chain',
  '--delete-chain': 'delete-chain',
  '-F': 'flush',
  '--flush': 'flush',
  '-P': 'policy',
  '--policy': 'policy',
  '-Z': 'zero',
  '--zero': 'zero',
  '-L': 'list',
  '--list': 'list',
  '-S': 'list-rules',
  '--list-rules': 'list-rules',
};

/** Actions that can be for all chains. */
const FOR_ALL: readonly Action[] = ['delete-chain', 'flush', 'zero', 'list', 'list-rules'];
/** Actions that have a rule. */
const WITH_RULE: readonly Action[] = ['append', 'insert', 'delete'];

type Basic = 'protocol' | 'source' | 'destination' | 'in' | 'out';
const BASIC: Readonly<Record<string, Basic>> = {
  '-p': 'protocol',
  '--protocol': 'protocol',
  '--proto': 'protocol',
  '-s': 'source',
  '--source': 'source',
  '--src': 'source',
  '-d': 'destination',
  '--destination': 'destination',
  '--dst': 'destination',
  '-i': 'in',
  '--in-interface': 'in',
  '-o': 'out',
  '--out-interface': 'out',
};

/** `-m state` is what `-m conntrack` was called once. */
const MODULE_ALIASES: Readonly<Record<string, string>> = { state: 'conntrack' };
const MODULES = new Set([
  'tcp',
  'udp',
  ...CONDITION_KINDS.flatMap(({ module }) => (module === undefined ? [] : [module])),
]);

/** Reads a command such as `-t nat -A POSTROUTING -o eth1 -j MASQUERADE`. Throws `BAD_OPTION`. */
export function parseCommand(text: string): Command {
  return new CommandReader(text).read();
}

/** Splits at blanks, but not within quotes. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const pattern = /\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s"']+))/y;
  const trimmed = text.trim();
  while (pattern.lastIndex < trimmed.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(trimmed);
    if (found === null) {
      throw new PacketError('BAD_OPTION', `iptables: a quote is not closed: ${trimmed.slice(at)}`);
    }
    words.push(found[1]?.replace(/\\(.)/g, '$1') ?? found[2] ?? found[3] ?? '');
  }
  return words;
}

class CommandReader {
  private readonly words: readonly string[];
  private at: number;
  private not: boolean;
  private table: TableName;
  private action: Action | undefined;
  private chain: string | undefined;
  private place: number | undefined;
  private policy: string | undefined;
  private mode: string | undefined;
  private target: string | undefined;
  private readonly options: Record<string, string>;
  private readonly modules: string[];
  private readonly spec: { -readonly [K in keyof RuleSpec]?: RuleSpec[K] };
  private readonly flags: Set<string>;

  constructor(text: string) {
    const words = wordsOf(text);
    this.words = words[0] === 'iptables' ? words.slice(1) : words;
    this.at = 0;
    this.not = false;
    this.table = 'filter';
    this.action = undefined;
    this.chain = undefined;
    this.place = undefined;
    this.policy = undefined;
    this.mode = undefined;
    this.target = undefined;
    this.options = {};
    this.modules = [];
    this.spec = {};
    this.flags = new Set();
  }

  read(): Command {
    while (this.at < this.words.length) {
      const word = this.words[this.at++] as string;
      if (word === '!') {
        if (this.not) this.refuse('! !: one is enough');
        this.not = true;
        continue;
      }
      this.readWord(word);
      if (this.not) this.refuse(`! ${word}: can't be turned around`);
    }
    if (this.not) this.refuse('!: nothing follows it');
    this.checkWhole();
    const { action, table, chain, place, policy, spec, flags } = this;
    if (this.target !== undefined) spec.target = { name: this.target, options: this.options };
    return {
      table,
      action: action as Action,
      chain,
      place,
      policy,
      spec,
      verbose: flags.has('-v'),
      numbers: flags.has('--line-numbers'),
    };
  }

  private readWord(word: string): void {
    const action = ACTIONS[word];
    const basic = BASIC[word];
    if (action !== undefined) this.readAction(word, action);
    else if (basic !== undefined) this.set(basic, word, this.signed(this.value(word)));
    else if (word === '-t' || word === '--table') this.readTable(word);
    else if (word === '-m' || word === '--match') this.readModule(word);
    else if (/^(-j|--jump|-g|--goto)$/.test(word)) this.readTarget(word);
    else if (/^(-n|--numeric|-v|--verbose|--line-numbers)$/.test(word)) this.readFlag(word);
    else if (word.startsWith('--')) this.readOption(word);
    else this.refuse(`${word}: no option of iptables, or one that the lab does not know`);
  }

  private readAction(word: string, action: Action): void {
    if (this.action !== undefined) this.refuse(`${word}: one command at a time`);
    this.action = action;
    if (FOR_ALL.includes(action)) {
      const next = this.words[this.at];
      if (next === undefined || next.startsWith('-')) return;
    }
    this.chain = this.value(word);
    if (action === 'policy') this.policy = this.value(`-P ${this.chain}`);
    if (action !== 'insert' && action !== 'delete') return;
    const place = this.words[this.at];
    if (place === undefined || !/^\d+$/.test(place)) return;
    this.at++;
    this.place = Number(place);
    if (this.place < 1) this.refuse(`${word} ${this.chain} ${place}: rules count from 1`);
  }

  private readTable(word: string): void {
    const name = this.value(word);
    const known = TABLE_NAMES.find((one) => one === name);
    if (known === undefined)
      this.refuse(`${word} ${name}: expected one of ${TABLE_NAMES.join(', ')}`);
    this.table = known;
  }

  private readModule(word: string): void {
    const name = this.value(word);
    const module = MODULE_ALIASES[name] ?? name;
    if (!MODULES.has(module)) {
      this.refuse(`${word} ${name}: expected one of ${[...MODULES].join(', ')}`);
    }
    this.modules.push(module);
  }

  private readTarget(word: string): void {
    if (this.target !== undefined) this.refuse(`${word}: a rule has one target`);
    this.target = this.value(word);
    if (word === '-g' || word === '--goto') this.spec.goto = true;
  }

  private readFlag(word: string): void {
    const short: Readonly<Record<string, string>> = { '--verbose': '-v', '--numeric': '-n' };
    this.flags.add(short[word] ?? word);
  }

  private readOption(word: string): void {
    const ofTarget = TARGET_KINDS.get(this.target ?? '')?.options[word.slice(2)];
    if (ofTarget !== undefined) {
      if (word.slice(2) in this.options) this.refuse(`${word}: given twice`);
      this.options[word.slice(2)] = ofTarget ? this.value(word) : '';
    } else if (word === '--syn') {
      this.needModule(word, 'tcp');
      this.set('tcpFlags', word, this.signed(SYN_FLAGS));
    } else if (word === '--mode') {
      this.needModule(word, 'statistic');
      this.mode = this.value(word);
      if (this.mode !== 'random' && this.mode !== 'nth') {
        this.refuse(`--mode ${this.mode}: expected random or nth`);
      }
    } else this.readCondition(word);
  }

  private readCondition(word: string): void {
    const kinds = CONDITION_KINDS.filter(({ flags }) => flags.includes(word));
    if (kinds.length === 0) {
      const target = this.target === undefined ? '' : ` or of -j ${this.target}`;
      this.refuse(`${word}: no option of a match that the lab knows${target}`);
    }
    const kind = kinds.find(({ module }) => this.hasModule(module));
    if (kind === undefined) {
      const modules = kinds.flatMap(({ module }) => module ?? ['tcp', 'udp']);
      this.refuse(needs(word, modules));
    }
    if (this.not && !kind.negatable) return;
    if (kind.field === 'bridged') this.set('bridged', word, !this.not);
    else this.set(kind.field, word, this.signed(this.valuesOf(word, kind)));
    this.not = false;
  }

  private valuesOf(word: string, { words }: ConditionKind): string {
    return Array.from({ length: words }, () => this.value(word)).join(' ');
  }

  private hasModule(module: string | undefined): boolean {
    if (module !== undefined && !PROTOCOLS.includes(module)) {
      return this.modules.includes(module);
    }
    const protocol = String(this.spec.protocol ?? '');
    const loaded = [...this.modules, protocol];
    if (module !== undefined) return loaded.includes(module);
    return loaded.some((one) => ['tcp', 'udp', '6', '17'].includes(one));
  }

  private needModule(word: string, module: string): void {
    if (!this.hasModule(module)) this.refuse(needs(word, [module]));
  }

  private set(field: Basic | keyof Conditions, word: string, value: string | boolean): void {
    if (this.spec[field] !== undefined) this.refuse(`${word}: given twice`);
    Object.assign(this.spec, { [field]: value });
  }

  /** The value, with the `!` that stood before the option. */
  private signed(value: string): string {
    if (value.startsWith('!')) this.refuse(`${value}: write the ! before the option`);
    const text = this.not ? `!${value}` : value;
    this.not = false;
    return text;
  }

  private value(word: string): string {
    const next = this.words[this.at];
    if (next === undefined) this.refuse(`${word}: its value is missing`);
    if (next === '!') this.refuse(`${word} !: write the ! before the option`);
    this.at++;
    return next;
  }

  private checkWhole(): void {
    const { action, spec, mode } = this;
    if (action === undefined)
      this.refuse('no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S');
    if (mode === undefined && (spec.probability ?? spec.every) !== undefined) {
      this.refuse('-m statistic: --mode is missing');
    }
    if (mode === 'random' && spec.probability === undefined) {
      this.refuse('--mode random: --probability is missing');
    }
    if (mode === 'nth' && spec.every === undefined) this.refuse('--mode nth: --every is missing');
    const hasRule = Object.keys(spec).length > 0 || this.target !== undefined;
    if (hasRule && !WITH_RULE.includes(action)) this.refuse('only -A, -I and -D take a rule');
    if (hasRule && action === 'delete' && this.place !== undefined) {
      this.refuse('-D: a rule or its number, not both');
    }
    if (this.flags.size > 0 && action !== 'list')
      this.refuse(`${[...this.flags][0]}: only with -L`);
    for (const module of this.modules) this.checkUsed(module);
  }

  /** A match that asks nothing is a mistake. */
  private checkUsed(module: string): void {
    if (PROTOCOLS.includes(module)) {
      const { protocol } = this.spec;
      if (protocol === undefined) this.refuse(`-m ${module}: needs -p ${module}`);
      return;
    }
    const used = CONDITION_KINDS.some(
      (kind) => kind.module === module && this.spec[kind.field] !== undefined,
    );
    if (!used) this.refuse(`-m ${module}: no option of it is given`);
  }

  private refuse(why: string): never {
    throw new PacketError('BAD_OPTION', `iptables: ${why}`);
  }
}

/** What an option needs in front of it: the match of a protocol comes with `-p`. */
function needs(word: string, modules: readonly string[]): string {
  const words = modules.map((one) => `${PROTOCOLS.includes(one) ? '-p' : '-m'} ${one}`);
  return `${word}: needs ${words.join(' or ')} before it`;
}
