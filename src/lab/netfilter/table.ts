/** A table: chains of rules, built-in ones of its hooks and the user's own. */
import { PacketError } from '../../bytes/error.js';
import { HOOK, type Hook } from '../ip/hooks.js';
import { ORDER, type TableName } from './order.js';
import { Chain, Rule } from './rule.js';
import type { RuleSpec, TargetSpec } from './rule-spec.js';
import { HOOK_NAMES, TARGET_KINDS, type Target } from './targets.js';

const MAX_NAME = 28;

/** A table of rules. */
export class Table {
  readonly name: TableName;
  /** By name; the built-in ones first, in the order of their hooks. */
  readonly chains: Map<string, Chain>;

  constructor(name: TableName) {
    this.name = name;
    this.chains = new Map();
    for (const hook of HOOK_NAMES) {
      if (ORDER[hook].includes(name)) this.chains.set(hook, new Chain(hook, HOOK[hook]));
    }
  }

  /** The chain of that name. Throws `BAD_VALUE` where there is none. */
  chain(name: string): Chain {
    const found = this.chains.get(name);
    if (found !== undefined) return found;
    const known = [...this.chains.keys()].join(', ');
    throw new PacketError('BAD_VALUE', `table ${this.name} has no chain ${name}; it has ${known}`);
  }

  /** `-N`. Throws `BAD_VALUE` for a name that is taken, or means something else. */
  newChain(name: string): Chain {
    const taken = this.chains.has(name) || TARGET_KINDS.has(name);
    if (taken || !/^[^\s!-]\S*$/.test(name) || name.length > MAX_NAME) {
      const why = taken
        ? 'is taken'
        : `is none: up to ${MAX_NAME} characters without blanks, not beginning with - or !`;
      throw new PacketError(
        'BAD_VALUE',
        `table ${this.name}: the name of a chain, ${name}, ${why}`,
      );
    }
    const made = new Chain(name);
    this.chains.set(name, made);
    return made;
  }

  /** `-X`. Throws `BAD_VALUE` for a chain that is built in, has rules or is led to. */
  deleteChain(name: string): void {
    const chain = this.chain(name);
    const why =
      chain.hook !== undefined
        ? 'is built in'
        : chain.rules.length > 0
          ? 'has rules'
          : this.callersOf(chain).length > 0
            ? 'is led to by rules'
            : '';
    if (why !== '') throw new PacketError('BAD_VALUE', `table ${this.name}: chain ${name} ${why}`);
    this.chains.delete(name);
  }

  /** Makes a rule for a chain; throws `BAD_OPTION` where it makes no sense there. */
  makeRule(chain: Chain, spec: RuleSpec): Rule {
    const { target: given, goto = false } = spec;
    this.checkInterfaces(chain, spec);
    const named = typeof given === 'string' ? { name: given, options: {} } : given;
    const jump = named === undefined ? undefined : this.chains.get(named.name);
    if (jump?.hook !== undefined) {
      this.refuse(`${jump.name} is a built-in chain: no rule can lead to it`);
    }
    if (goto && jump === undefined) this.refuse(`-g ${named?.name ?? ''}: no chain of that name`);
    if (jump === undefined || named === undefined) {
      const target = named === undefined ? undefined : this.makeTarget(chain, named, spec);
      return new Rule(spec, target, undefined);
    }
    const [option] = Object.keys(named.options);
    if (option !== undefined) this.refuse(`--${option}: chain ${jump.name} takes no options`);
    this.checkJump(chain, jump);
    return new Rule(spec, undefined, jump);
  }

  /** The rules of all chains that lead to one. */
  callersOf(chain: Chain): Chain[] {
    return [...this.chains.values()].filter(({ rules }) =>
      rules.some(({ jump }) => jump === chain),
    );
  }

  /** `-Z`. */
  zero(chain: Chain): void {
    for (const one of [chain, ...chain.rules]) {
      one.packets = 0;
      one.bytes = 0;
    }
  }

  private makeTarget(chain: Chain, { name, options }: TargetSpec, spec: RuleSpec): Target {
    const kind = TARGET_KINDS.get(name);
    if (kind === undefined)
      return this.refuse(`-j ${name}: neither a target nor a chain of this table`);
    for (const option of Object.keys(options)) {
      if (!(option in kind.options)) this.refuse(`--${option}: no option of -j ${name}`);
    }
    if (kind.tables?.includes(this.name) === false) {
      this.refuse(`-j ${name}: only in table ${kind.tables.join(' or ')}`);
    }
    // As iptables: what is only asked about a connection's first packet is no place to filter.
    if (this.name === 'nat' && name === 'DROP') {
      this.refuse('-j DROP: the nat table is not for filtering, it sees only first packets');
    }
    this.checkHooks(this.hooksOf(chain), kind.hooks, name);
    const protocol = new Rule({ protocol: spec.protocol ?? 0 }, undefined, undefined);
    const given = { options, protocol: protocol.protocolNot ? 0 : protocol.protocol };
    return { name, ...kind.compile(given) };
  }

  /** As iptables: what can't match in a built-in chain is a mistake. */
  private checkInterfaces({ name, hook }: Chain, spec: RuleSpec): void {
    const { PREROUTING, INPUT, OUTPUT, POSTROUTING } = HOOK;
    if (spec.in !== undefined && (hook === OUTPUT || hook === POSTROUTING)) {
      this.refuse(`-i ${spec.in}: not in ${name}, whose packets leave`);
    }
    if (spec.out !== undefined && (hook === PREROUTING || hook === INPUT)) {
      this.refuse(`-o ${spec.out}: not in ${name}, whose packets have no way out yet`);
    }
  }

  private checkHooks(hooks: ReadonlySet<Hook>, allowed: readonly Hook[] | undefined, name: string) {
    if (allowed === undefined) return;
    for (const hook of hooks) {
      if (allowed.includes(hook)) continue;
      const names = allowed.map((one) => HOOK_NAMES[one]).join(', ');
      this.refuse(`-j ${name}: not in ${HOOK_NAMES[hook]}, only in ${names}`);
    }
  }

  /** Throws where a jump makes a loop, or leads from a hook to a target that can't be there. */
  private checkJump(from: Chain, to: Chain): void {
    const hooks = this.hooksOf(from);
    const seen = new Set<Chain>();
    const walk = (chain: Chain): void => {
      if (chain === from)
        this.refuse(`-j ${to.name}: a loop, chain ${to.name} leads to ${from.name}`);
      if (seen.has(chain)) return;
      seen.add(chain);
      for (const { jump, target } of chain.rules) {
        if (jump !== undefined) walk(jump);
        if (target === undefined) continue;
        this.checkHooks(hooks, TARGET_KINDS.get(target.name)?.hooks, target.name);
      }
    };
    walk(to);
  }

  /** The hooks whose packets come to a chain. */
  private hooksOf(chain: Chain, seen = new Set<Chain>()): Set<Hook> {
    if (chain.hook !== undefined) return new Set([chain.hook]);
    if (seen.has(chain)) return new Set();
    seen.add(chain);
    return new Set(this.callersOf(chain).flatMap((caller) => [...this.hooksOf(caller, seen)]));
  }

  private refuse(why: string): never {
    throw new PacketError('BAD_OPTION', `table ${this.name}: ${why}`);
  }
}
