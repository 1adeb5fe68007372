/** Netfilter on an IP stack: tables of rules, connection tracking and translation at five hooks. */
import { formatIpv4 } from '../../bytes/address.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { Defragmenter } from '../ip/defragmenter.js';
import { HOOK, type Hook, type PacketHooks } from '../ip/hooks.js';
import { isFragment } from '../ip/packet.js';
import { trackedTimedOut } from '../ip/reassembly-timeout.js';
import type { IpStack } from '../ip/stack.js';
import type { Port } from '../port.js';
import type { Random } from '../random.js';
import { type Connection, NAT_MASK, STATUS, Tracked } from './connection.js';
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
import { REPLY } from './tuple.js';

/** The steps of each hook, by its number. */
const STEPS = HOOK_NAMES.map((name) => ORDER[name]);
/** The bit of an Ethernet address that says that it is a group's. */
const GROUP_BIT = 0x0100;

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

  /**
   * Puts itself on the stack's hooks, and its tables to those of its device. Throws `OUT_OF_RANGE` for
   * an option that makes no sense.
   */
  constructor(stack: IpStack, options: NetfilterOptions = {}) {
    super();
    const { lab, device } = stack;
    this.stack = stack;
    this.random = lab.random.stream(`netfilter ${device.name}`);
    this.conntrack = new Conntrack(lab.clock, options.conntrack, `${device.name}: conntrack`);
    this.nat = new Nat(this.conntrack, this.random);
    this.trace = options.trace ?? false;
    this.fragments = new Defragmenter(lab, (first) => trackedTimedOut(stack, first));
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
    // What came up from a bridge has been through PREROUTING there (Linux `ip_sabotage_in`).
    if (hook === HOOK.PREROUTING && frame.bridgePort !== undefined) return true;
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
    packet.physicalInput = bridged?.input ?? frame.bridgePort;
    packet.physicalOutput = bridged?.output;
    packet.bridged = bridged !== undefined;
    const passed = this.walk(packet);
    this.idle.push(packet);
    return passed;
  }

  reject(packet: Inspection, kind: RejectKind): void {
    const { frame } = packet;
    if (this.stack.device.noting) this.say(packet, `filter: REJECT with ${kind}${why(packet)}`);
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

  /**
   * The steps of the hook. False: the packet is gone. A UDP packet of a known connection that is
   * forwarded, masqueraded and asked about by ten rules takes 0.5 µs at all its hooks (Node 20).
   */
  private walk(packet: Inspection): boolean {
    const { frame, hook } = packet;
    const steps = STEPS[hook] as readonly Step[];
    const chains = this.ways[hook] as readonly (Chain | undefined)[];
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
      } else if (!this.consult(packet, step, chains[i] as Chain)) return false;
    }
    return true;
  }

  /** Has a table look at the packet. False: the packet is gone. */
  private consult(packet: Inspection, name: TableName, chain: Chain): boolean {
    if (name === 'nat') return this.translate(packet, chain);
    packet.rule = undefined;
    const verdict = chain.decide(packet);
    if (verdict === VERDICT.ACCEPT) {
      if (this.trace && this.stack.device.noting) this.say(packet, name);
      return true;
    }
    return verdict === VERDICT.STOLEN ? false : this.drop(packet, `${name}: DROP${why(packet)}`);
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
    packet.rule = undefined;
    const asked = tracked.state === 'NEW' && !nat.isDone(connection, end);
    if (asked) {
      const verdict = chain.decide(packet);
      if (verdict !== VERDICT.ACCEPT) return this.drop(packet, `nat: DROP${why(packet)}`);
      if (!nat.isDone(connection, end) && !nat.setUpNothing(connection, end)) {
        return this.drop(packet, 'nat: no port is free');
      }
    }
    if (!connection.has(NAT_MASK)) {
      if (asked && tracing) this.say(packet, 'nat');
      return true;
    }
    const { src, dst, srcPort, dstPort } = packet;
    if (!nat.apply(frame, tracked, hook)) return this.drop(packet, 'nat: cannot be translated');
    packet.read();
    if (this.stack.device.noting) {
      const source = src !== packet.src || srcPort !== packet.srcPort;
      const destination = dst !== packet.dst || dstPort !== packet.dstPort;
      const text = explain(packet, tracked, asked, source, destination);
      if (this.trace && (asked || text !== '')) {
        this.say(packet, text === '' ? 'nat' : `nat: ${text}`);
      } else if (text !== '') this.stack.device.note(text, frame);
    }
    return true;
  }

  /** A packet that was put together goes on in the place of its last fragment. */
  private defragment({ frame, hook, input, output }: Inspection): boolean {
    const whole = this.fragments.add(frame);
    if (whole === undefined) return false;
    const { stack } = this;
    stack.counters.reasmOks++;
    if (input !== undefined && this.inspect(hook, whole, input, output, undefined)) {
      const group = (whole.view.getUint16(whole.start) & GROUP_BIT) !== 0;
      stack.route(stack.interfaceOf(input), whole, group);
    }
    return false;
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
}

/** The comment of the rule that decided, where it has one. */
function why({ rule }: Inspection): string {
  return rule?.comment === undefined ? '' : `\n${rule.comment}`;
}

/** What the translation did, in the guide's words; empty: nothing that was not said before. */
function explain(
  packet: Inspection,
  { connection, direction }: Tracked,
  first: boolean,
  source: boolean,
  destination: boolean,
): string {
  const { original, reply } = connection;
  if (direction === REPLY) {
    if (destination) {
      return `Lookup NAT table\nForward to ${endText(original.src, original.srcPort)}`;
    }
    return source ? `Source back to ${endText(packet.src, packet.srcPort)}` : '';
  }
  if (!first) return '';
  if (source) return `NAT Table:\n${mappingText(connection)}`;
  if (!destination) return '';
  if (original.dstPort === reply.srcPort || original.protocol === IP_PROTOCOL.ICMP) {
    return `DNAT:\n${formatIpv4(original.dst >>> 0)} → ${formatIpv4(reply.src >>> 0)}`;
  }
  const before = endText(original.dst, original.dstPort);
  return `DNAT:\n${before} → ${endText(reply.src, reply.srcPort)}`;
}

/** `192.168.1.10:54321 ↔ 203.0.113.50:40001`. */
function mappingText({ original, reply }: Connection): string {
  const port = original.protocol === IP_PROTOCOL.ICMP ? reply.srcPort : reply.dstPort;
  return `${endText(original.src, original.srcPort)} ↔ ${endText(reply.dst, port)}`;
}

/** The connections whose sources are translated, as `mappingText` writes them. */
export function natTable(conntrack: Conntrack): string[] {
  return conntrack.live.filter((one) => one.has(STATUS.SRC_NAT)).map(mappingText);
}
