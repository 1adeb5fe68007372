/** Who has which address on a link: ARP (RFC 826), with Linux's states of a neighbour (`ip neigh`). */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { ArpView, arp, arpProtocol } from '../../headers/arp.js';
import { ETHERNET_HEADER_BYTES, ethernet } from '../../headers/ethernet.js';
import { ARP_OPERATION, ETHERTYPE } from '../../headers/numbers.js';
import type { Extent } from '../../headers/protocol.js';
import { build } from '../../packet/build.js';
import { MILLISECOND, SECOND, Timer } from '../clock.js';
import type { Frame } from '../frame.js';
import { DURATION, duration, numbers, type RangesOf } from '../range.js';
import type { IpInterface } from './interface.js';

/** Linux's states of a neighbour: `ip neigh` prints them so. */
export type NeighbourState =
  | 'INCOMPLETE'
  | 'REACHABLE'
  | 'STALE'
  | 'DELAY'
  | 'PROBE'
  | 'FAILED'
  | 'PERMANENT';

/** How long and how often, as Linux's `net.ipv4.neigh.*` say. */
export interface NeighbourOptions {
  /** Nanoseconds that an answer counts, 0 and up (absent: 30 s, `base_reachable_time`). */
  readonly reachable?: number;
  /** Nanoseconds between requests, 1 and up (absent: 1 s, `retrans_time_ms`). */
  readonly retransmit?: number;
  /** Requests before giving up, 1 and up (absent: 3, `mcast_solicit` and `ucast_solicit`). */
  readonly attempts?: number;
  /** Frames that wait for an answer at most, 1 and up (absent: 101, `unres_qlen`); the oldest go first. */
  readonly queue?: number;
}

/** What they may be. */
export const NEIGHBOUR_RANGES: RangesOf<NeighbourOptions> = {
  reachable: DURATION,
  retransmit: duration(1),
  attempts: numbers(1, undefined, 'requests'),
  queue: numbers(1, undefined, 'frames'),
};

/** Nanoseconds from the first use of a stale entry to the question (`delay_first_probe_time`). */
const DELAY = 5 * SECOND;
/**
 * Linux's timers are coarse: one of 5 s is late by up to 64 jiffies of 4 ms. So what confirms a stale entry right
 * after its first use does not spare it the question, as a short connection on Linux shows.
 */
const TIMER_GRAIN = 256 * MILLISECOND;
/** Neighbours at most, permanent ones not counted: `net.ipv4.neigh.default.gc_thresh3`. */
const MAX_NEIGHBOURS = 1024;
const NEVER = Number.NEGATIVE_INFINITY;
const BROADCAST = 0xffffffffffff;
const IPV4_ARP = 0x0800_0604;

interface Neighbour {
  readonly address: number;
  mac: number;
  state: NeighbourState;
  /** When it was last known to be there, by an answer or from above, nanoseconds; `NEVER`: not yet. */
  confirmed: number;
  asked: number;
  readonly waiting: Frame[];
  readonly timer: Timer;
}

const extent: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

/** The neighbours of one interface. */
export class Neighbours {
  private readonly out: IpInterface;
  /** By address, signed: a Map allocates for a key that is no small integer (Node 20). */
  private readonly entries: Map<number, Neighbour>;
  private readonly reachable: number;
  private readonly retransmit: number;
  private readonly attempts: number;
  private readonly limit: number;
  /** How many are not permanent. */
  private passing: number;

  constructor(out: IpInterface, options: NeighbourOptions) {
    this.out = out;
    this.entries = new Map();
    this.reachable = options.reachable ?? 30 * SECOND;
    this.retransmit = options.retransmit ?? SECOND;
    this.attempts = options.attempts ?? 3;
    this.limit = options.queue ?? 101;
    this.passing = 0;
  }

  /** Sends an IP packet to a neighbour, at once or when it has answered. */
  send(frame: Frame, address: number): void {
    const entry = this.entries.get(address | 0);
    if (frame.confirms) {
      frame.confirms = false;
      if (entry !== undefined) this.confirm(entry);
    }
    if (entry !== undefined && this.usable(entry)) {
      this.out.sendTo(frame, entry.mac, ETHERTYPE.IPV4);
      return;
    }
    this.ask(entry ?? this.add(address, 'FAILED'), frame);
  }

  /** Sets an entry that never ages: `ip neigh add … nud permanent`. */
  setPermanent(address: number, mac: number): void {
    const entry = this.entries.get(address | 0) ?? this.add(address, 'FAILED');
    if (entry.state !== 'PERMANENT') this.passing--;
    entry.mac = mac;
    this.settle(entry, 'PERMANENT');
  }

  /** Takes an ARP message, and releases its frame. */
  receive(frame: Frame): void {
    const { out } = this;
    const at = frame.start + ETHERNET_HEADER_BYTES;
    const { view, end } = frame;
    extent.wireEnd = end;
    extent.problems = 0;
    const headerEnd = arpProtocol.check(view, at, end, extent);
    // Ethernet and IPv4 alone: type 1, protocol 0x0800, lengths 6 and 4.
    if (headerEnd === 0 || view.getUint16(at) !== 1 || view.getUint32(at + 2) !== IPV4_ARP) {
      out.port.drop(frame);
      return;
    }
    const layer = new ArpView(view, at, end, headerEnd);
    const sender = view.getUint32(layer.senderProtocolAt);
    const target = view.getUint32(layer.targetProtocolAt);
    const mac = numberAt(view, layer.senderHardwareAt);
    const { operation } = layer;
    const mine = out.stack.isLocal(target);
    this.learn(sender, mac, mine, operation, frame);
    if (operation === ARP_OPERATION.request && sender !== target) {
      if (mine) {
        if (out.noting) out.note("That's me!", frame);
        this.reply(target, sender, mac);
      } else if (out.noting) out.note('Not me, ignore', frame);
    }
    frame.release();
  }

  /** Tells all neighbours of an address: gratuitous ARP (RFC 5227 §3). */
  announce(address: number): void {
    const { port } = this.out;
    this.sendArp(BROADCAST, {
      operation: ARP_OPERATION.request,
      senderHardware: port.macText,
      senderProtocol: formatIpv4(address),
      targetProtocol: formatIpv4(address),
    });
  }

  /** The address that a neighbour was last known by, 48 bits; 0: none. */
  lookup(address: number): number {
    return this.entries.get(address | 0)?.mac ?? 0;
  }

  /** Forgets all but permanent entries: `ip neigh flush`. */
  flush(): void {
    for (const entry of this.entries.values()) {
      if (entry.state !== 'PERMANENT') this.forget(entry);
    }
  }

  /** As `ip neigh` prints it. */
  print(): string[] {
    return [...this.entries.values()].map((entry) => {
      this.age(entry);
      const { address, mac, state } = entry;
      const where = state === 'INCOMPLETE' || mac === 0 ? '' : ` lladdr ${formatMac(mac)}`;
      return `${formatIpv4(address)} dev ${this.out.port.name}${where} ${state}`;
    });
  }

  private add(address: number, state: NeighbourState): Neighbour {
    if (this.passing >= MAX_NEIGHBOURS) this.makeRoom();
    const entry: Neighbour = {
      address,
      mac: 0,
      state,
      confirmed: NEVER,
      asked: 0,
      waiting: [],
      timer: new Timer(() => this.timedOut(entry)),
    };
    this.entries.set(address | 0, entry);
    this.passing++;
    return entry;
  }

  /** Forgets the oldest for whom no frame waits, or else the oldest and what waits for it. */
  private makeRoom(): void {
    let oldest: Neighbour | undefined;
    for (const entry of this.entries.values()) {
      if (entry.state === 'PERMANENT') continue;
      oldest ??= entry;
      if (entry.waiting.length > 0) continue;
      this.forget(entry);
      return;
    }
    if (oldest !== undefined) this.forget(oldest);
  }

  private forget(entry: Neighbour): void {
    this.out.clock.cancel(entry.timer);
    for (const frame of entry.waiting) frame.release();
    // Nothing is asked of one that is gone: the question of DELAY may be due yet.
    entry.state = 'FAILED';
    this.entries.delete(entry.address | 0);
    this.passing--;
  }

  private age(entry: Neighbour): void {
    if (entry.state !== 'REACHABLE') return;
    if (this.out.clock.now - entry.confirmed > this.reachable) entry.state = 'STALE';
  }

  /** Somebody above hears from behind it (Linux's sock_confirm_neigh; RFC 1122 §2.3.2.1 (3)). */
  private confirm(entry: Neighbour): void {
    // What is stale already stays so until it has been asked, or confirmed again while it is to be.
    this.age(entry);
    entry.confirmed = this.out.clock.now;
  }

  /** Whether frames can be sent to it. The first use of a stale entry leads to a question later. */
  private usable(entry: Neighbour): boolean {
    this.age(entry);
    const { state } = entry;
    if (state === 'INCOMPLETE' || state === 'FAILED') return false;
    if (state === 'STALE') {
      entry.state = 'DELAY';
      this.out.clock.call(DELAY, () => this.probe(entry), true);
    }
    return true;
  }

  /** A stale entry was used: asks the neighbour itself whether it is still there, unless that is known by now. */
  private probe(entry: Neighbour): void {
    if (entry.state !== 'DELAY') return;
    if (this.out.clock.now - entry.confirmed < DELAY - TIMER_GRAIN) {
      entry.state = 'REACHABLE';
      return;
    }
    entry.state = 'PROBE';
    entry.asked = 0;
    this.request(entry);
  }

  private ask(entry: Neighbour, frame: Frame): void {
    if (entry.waiting.length >= this.limit) entry.waiting.shift()?.release();
    entry.waiting.push(frame);
    if (entry.state === 'INCOMPLETE') return;
    entry.state = 'INCOMPLETE';
    entry.asked = 0;
    this.request(entry, 'Need MAC for');
  }

  private request(entry: Neighbour, why = ''): void {
    const { out } = this;
    entry.asked++;
    out.clock.after(entry.timer, this.retransmit);
    const asked = formatIpv4(entry.address);
    this.sendArp(
      entry.state === 'PROBE' ? entry.mac : BROADCAST,
      {
        operation: ARP_OPERATION.request,
        senderHardware: out.port.macText,
        senderProtocol: formatIpv4(out.sourceFor(entry.address)),
        targetProtocol: asked,
      },
      why === '' ? '' : `${why} ${asked}`,
    );
  }

  private timedOut(entry: Neighbour): void {
    if (entry.state !== 'INCOMPLETE' && entry.state !== 'PROBE') return;
    if (entry.asked < this.attempts) {
      this.request(entry);
      return;
    }
    entry.state = 'FAILED';
    entry.mac = 0;
    if (this.out.noting) this.out.note(`No answer from ${formatIpv4(entry.address)}`);
    for (const frame of entry.waiting.splice(0)) this.out.stack.unreachable(frame);
  }

  private settle(entry: Neighbour, state: NeighbourState): void {
    const { out } = this;
    entry.state = state;
    if (state === 'REACHABLE') entry.confirmed = out.clock.now;
    out.clock.cancel(entry.timer);
    for (const frame of entry.waiting.splice(0)) out.sendTo(frame, entry.mac, ETHERTYPE.IPV4);
  }

  /** RFC 826: what is known is brought up to date; a new entry is made where the message is for us. */
  private learn(sender: number, mac: number, mine: boolean, operation: number, frame: Frame): void {
    const { out } = this;
    const known = this.entries.get(sender | 0);
    if (sender === 0 || out.stack.isLocal(sender)) {
      if (sender !== 0 && mac !== out.port.mac && out.noting) {
        out.note(`Address conflict: ${formatMac(mac)} has ${formatIpv4(sender)} too`, frame);
      }
      return;
    }
    // As `arp_accept` 0: nobody is learned from what is not asked for.
    if (known === undefined && !mine) return;
    const entry = known ?? this.add(sender, 'STALE');
    if (entry.state === 'PERMANENT') return;
    const changed = entry.mac !== mac;
    entry.mac = mac;
    const answered = operation === ARP_OPERATION.reply && mine;
    if (answered || entry.state === 'INCOMPLETE') {
      if (out.noting)
        out.note(`Cache: ${formatIpv4(sender)} → ${formatMac(mac).toUpperCase()}`, frame);
      this.settle(entry, answered ? 'REACHABLE' : 'STALE');
    } else if (changed || entry.state === 'FAILED') {
      entry.state = 'STALE';
      entry.confirmed = NEVER;
    }
  }

  private reply(address: number, to: number, mac: number): void {
    const { port } = this.out;
    this.sendArp(mac, {
      operation: ARP_OPERATION.reply,
      senderHardware: port.macText,
      senderProtocol: formatIpv4(address),
      targetHardware: formatMac(mac),
      targetProtocol: formatIpv4(to),
    });
  }

  private sendArp(dst: number, fields: Parameters<typeof arp>[0], why = ''): void {
    const { out } = this;
    const header = ethernet({ src: out.port.macText, dst: formatMac(dst) });
    const frame = out.stack.lab.frames.of(build([header, arp(fields)]));
    if (why !== '' && out.noting) out.note(why, frame);
    out.port.send(frame);
  }
}

function numberAt(view: DataView, at: number): number {
  return view.getUint16(at) * 0x100000000 + view.getUint32(at + 2);
}
