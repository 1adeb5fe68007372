/** Netfilter on an IP stack: tables of rules, connection tracking and translation at five hooks. */
import { formatIpv4 } from '../../bytes/address.js';
import type { Frame } from '../frame.js';
import { Defragmenter } from '../ip/defragmenter.js';
import { HOOK, type Hook, type PacketHooks } from '../ip/hooks.js';
import { isFragment } from '../ip/packet.js';
import type { IpStack } from '../ip/stack.js';
import type { Port } from '../port.js';
import type { Random } from '../random.js';
import { type Connection, STATUS, Tracked } from './connection.js';
import { Conntrack, type ConntrackOptions } from './conntrack.js';
import { endText } from './conntrack-print.js';
import { Inspection, type Services, VERDICT } from './inspection.js';
import { endOf, Nat } from './nat.js';
import { ORDER, type Step, TABLE_NAMES, type TableName } from './order.js';
import { saveTable } from './print.js';
import { type RejectKind, refuse } from './reject.js';
import type { Chain } from './rule.js';
import { Ruleset } from './ruleset.js';
import { HOOK_NAMES } from './targets.js';
import { ORIGINAL, REPLY } from './tuple.js';

/** How netfilter is set up. */
export interface NetfilterOptions {
  readonly conntrack?: ConntrackOptions;
  /** Whether it says of each packet which hook and table it passes (absent: false), as TRACE does. */
  readonly trace?: boolean;
}

/** The ports of a bridge between which a packet goes. */
export interface Bridged {
  readonly input: Port;
  readonly output: Port | undefined;
}

/**
 * Netfilter. Rules are put in as iptables' text or as objects:
 *
 *     const netfilter = new Netfilter(router.ip);
 *     netfilter.append('nat', 'POSTROUTING', { out: 'eth1', target: masquerade() });
 *     netfilter.iptables('-A FORWARD -s 10.0.0.5 -j DROP');
 */
export class Netfilter extends Ruleset implements PacketHooks, Services {
  readonly stack: IpStack;
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly random: Random;
  trace: boolean;
  private readonly fragments: Defragmenter;
  /** For packets that an answer to another makes: there may be several at a time. */
  private readonly idle: Inspection[];

  /** Puts itself on the stack's hooks, and its tables to those of its device. */
  constructor(stack: IpStack, options: NetfilterOptions = {}) {
    super();
    const { lab, device } = stack;
    this.stack = stack;
    this.random = lab.random.stream(`netfilter ${device.name}`);
    this.conntrack = new Conntrack(lab.clock, options.conntrack);
    this.nat = new Nat(this.conntrack, this.random);
    this.trace = options.trace ?? false;
    this.fragments = new Defragmenter(lab);
    this.idle = [];
    stack.addHooks(this, 0);
    device.addTables(() => [
      {
        title: 'iptables-save -c',
        lines: TABLE_NAMES.filter((name) => this.isUsed(name)).flatMap((name) =>
          saveTable(this.table(name), true),
        ),
      },
      { title: 'conntrack -L', lines: this.conntrack.print() },
    ]);
  }

  run(hook: Hook, frame: Frame, input: Port | undefined, output: Port | undefined): boolean {
    return this.inspect(hook, frame, input, output, undefined);
  }

  /** As `run`, for a packet that goes from port to port of a bridge. */
  inspect(
    hook: Hook,
    frame: Frame,
    input: Port | undefined,
    output: Port | undefined,
    bridged: Bridged | undefined,
  ): boolean {
    const packet = this.idle.pop() ?? new Inspection(this, frame);
    packet.frame = frame;
    packet.hook = hook;
    packet.input = input;
    packet.output = output;
    packet.physicalInput = bridged?.input;
    packet.physicalOutput = bridged?.output;
    packet.bridged = bridged !== undefined;
    const passed = this.walk(packet);
    this.idle.push(packet);
    return passed;
  }

  reject(packet: Inspection, kind: RejectKind): void {
    const { frame } = packet;
    if (this.stack.device.noting) this.say(packet, `REJECT with ${kind}`);
    refuse(this.stack, frame, kind);
  }

  log(packet: Inspection, prefix: string): void {
    if (this.stack.device.noting) this.say(packet, prefix === '' ? 'LOG' : prefix.trimEnd());
  }

  addressOf(port: Port | undefined, dst: number): number {
    const { stack } = this;
    const out = stack.interfaces.find((one) => one.port === port);
    const route = stack.routes.lookup(dst >>> 0);
    const hop = route !== undefined && route.gateway !== 0 ? route.gateway : dst >>> 0;
    return (out?.sourceFor(hop) ?? 0) | 0;
  }

  /** The steps of the hook. False: the packet is gone. */
  private walk(packet: Inspection): boolean {
    const { frame, hook } = packet;
    const name = HOOK_NAMES[hook] as keyof typeof HOOK;
    const steps = ORDER[name];
    packet.read();
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as Step;
      if (step === 'defragment') {
        if (isFragment(frame)) return this.defragment(packet);
      } else if (step === 'track') {
        if (!this.conntrack.track(frame, hook !== HOOK.OUTPUT)) {
          return this.drop(packet, 'nf_conntrack: table full, dropping packet');
        }
      } else if (step === 'confirm') {
        if (!this.conntrack.confirm(frame)) return this.drop(packet, 'nf_conntrack: clash');
      } else if (!this.consult(packet, step)) return false;
    }
    return true;
  }

  /** Has a table look at the packet. False: the packet is gone. */
  private consult(packet: Inspection, name: TableName): boolean {
    const chain = this.chainAt(name, packet.hook);
    if (name === 'nat') return this.translate(packet, chain);
    const verdict = chain.decide(packet);
    if (this.trace && this.stack.device.noting) this.tell(packet, name, verdict);
    if (verdict === VERDICT.ACCEPT) return true;
    return verdict === VERDICT.STOLEN ? false : this.drop(packet, `${name}: DROP`);
  }

  /** The nat table is asked of a connection's first packet; the others follow what it said. */
  private translate(packet: Inspection, chain: Chain): boolean {
    const { frame, hook } = packet;
    const tracked = frame.connection;
    const tracing = this.trace && this.stack.device.noting;
    if (!(tracked instanceof Tracked)) {
      if (tracing) this.say(packet, 'nat: not tracked');
      return true;
    }
    const { connection } = tracked;
    const { nat } = this;
    const end = endOf(hook);
    if (tracked.state === 'NEW' && !nat.isDone(connection, end)) {
      const verdict = chain.decide(packet);
      if (verdict !== VERDICT.ACCEPT) {
        return verdict === VERDICT.STOLEN ? false : this.drop(packet, 'nat: DROP');
      }
      if (!nat.isDone(connection, end) && !nat.setUpNothing(connection, end)) {
        return this.drop(packet, 'nat: no port is free');
      }
    }
    if (tracing && !connection.has(STATUS.SRC_NAT | STATUS.DST_NAT)) this.tell(packet, 'nat', 1);
    if (!connection.has(STATUS.SRC_NAT | STATUS.DST_NAT)) return true;
    const { src, dst } = packet;
    if (!nat.apply(frame, tracked, hook)) return this.drop(packet, 'nat: cannot be translated');
    packet.read();
    if (this.stack.device.noting)
      this.explain(packet, tracked, src !== packet.src, dst !== packet.dst);
    return true;
  }

  private defragment(packet: Inspection): boolean {
    const { hook, input, output, physicalInput, physicalOutput, bridged } = packet;
    const whole = this.fragments.add(packet.frame);
    if (whole === undefined) return false;
    this.stack.counters.reasmOks++;
    const ports = bridged ? { input: physicalInput as Port, output: physicalOutput } : undefined;
    if (!this.inspect(hook, whole, input, output, ports)) return false;
    this.handOn(whole, input as Port, ports);
    return false;
  }

  /** A packet that was put together goes on in the place of its last fragment. */
  protected handOn(frame: Frame, input: Port, _bridged: Bridged | undefined): void {
    this.stack.route(this.stack.interfaceOf(input), frame);
  }

  private drop(packet: Inspection, why: string): boolean {
    const { frame, input, output } = packet;
    if (this.stack.device.noting) this.say(packet, why);
    if (input !== undefined) input.rxDropped++;
    else if (output !== undefined) output.txDropped++;
    frame.release();
    return false;
  }

  private say(packet: Inspection, text: string): void {
    this.stack.device.note(`${HOOK_NAMES[packet.hook]} ${text}`, packet.frame);
  }

  private tell(packet: Inspection, table: TableName, verdict: number): void {
    if (verdict === VERDICT.ACCEPT) this.say(packet, table);
  }

  /** What the translation did, in the guide's words. */
  private explain(
    packet: Inspection,
    tracked: Tracked,
    source: boolean,
    destination: boolean,
  ): void {
    const { device } = this.stack;
    const { connection, direction, state } = tracked;
    const { original, reply } = connection;
    const where = this.trace ? `${HOOK_NAMES[packet.hook]} nat: ` : '';
    if (direction === ORIGINAL && source && state === 'NEW') {
      device.note(`${where}NAT Table:\n${mappingText(connection)}`, packet.frame);
    } else if (direction === ORIGINAL && destination && state === 'NEW') {
      const ports = original.dstPort !== reply.srcPort;
      const before = ports
        ? endText(original.dst, original.dstPort)
        : formatIpv4(original.dst >>> 0);
      const after = ports ? endText(reply.src, reply.srcPort) : formatIpv4(reply.src >>> 0);
      device.note(`${where}DNAT:\n${before} → ${after}`, packet.frame);
    } else if (direction === REPLY && destination) {
      device.note(
        `${where}Lookup NAT table\nForward to ${endText(original.src, original.srcPort)}`,
        packet.frame,
      );
    } else if (this.trace && (source || destination)) this.say(packet, 'nat: translated');
  }
}

/** `192.168.1.10:54321 ↔ 203.0.113.50:40001`. */
export function mappingText({ original, reply }: Connection): string {
  const port = original.protocol === 1 ? reply.srcPort : reply.dstPort;
  return `${endText(original.src, original.srcPort)} ↔ ${endText(reply.dst, port)}`;
}

/** The connections whose sources are translated, as `mappingText` writes them. */
export function natTable(conntrack: Conntrack): string[] {
  return conntrack.live.filter((one) => one.has(STATUS.SRC_NAT)).map(mappingText);
}
