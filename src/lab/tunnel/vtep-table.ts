/** Which MAC address of a VNI is behind which tunnel end point: what `bridge fdb` shows of a tunnel. */
import { formatMac } from '../../bytes/address.js';
import { type Clock, SECOND } from '../clock.js';
import { highOf, lowOf, MacMap, macFrom } from '../mac-map.js';
import type { Remote } from './remote.js';

/** How an entry came to be: seen on a frame, set by hand, told by a control plane. */
export type VtepEntryKind = 'learned' | 'permanent' | 'extern_learn';

/** An entry. */
export interface VtepEntry {
  /** 48 bits. */
  readonly mac: number;
  remote: Remote;
  kind: VtepEntryKind;
  /** When a frame from there was last seen, nanoseconds. */
  seen: number;
}

/** What learning from a frame came to. */
export type Learned = 'known' | 'new' | 'moved' | 'refused' | 'full';

/** Nanoseconds between two searches for old entries in a full table. */
const SWEEP_EVERY = SECOND;

/** The forwarding table of one VNI. */
export class VtepTable {
  /** Whom frames for all, and for unknown addresses, are sent to: end points, or a group. */
  readonly flood: Remote[];
  /** Nanoseconds that an address is remembered after its last frame; 0: for ever. */
  readonly ageing: number;
  /** Addresses that are learned at most; 0: no limit (Linux's `maxaddress`). */
  readonly maxLearned: number;
  /** How many are there that were learned, old ones included. */
  learned: number;
  private readonly clock: Clock;
  private readonly entries: MacMap<VtepEntry>;
  private nextSweep: number;

  constructor(clock: Clock, ageing = 300 * SECOND, maxLearned = 16_384) {
    this.flood = [];
    this.clock = clock;
    this.ageing = ageing;
    this.maxLearned = maxLearned;
    this.learned = 0;
    this.entries = new MacMap();
    this.nextSweep = 0;
  }

  /** The end point of an address, of 16 and 32 bits (signed); undefined: unknown, or too old. */
  find(high: number, low: number): Remote | undefined {
    const entry = this.entries.get(high, low);
    if (entry === undefined) return undefined;
    if (!this.isOld(entry)) return entry.remote;
    this.unlink(entry);
    return undefined;
  }

  /** What is known of an address of 48 bits. */
  entry(mac: number): VtepEntry | undefined {
    const entry = this.entries.get(highOf(mac), lowOf(mac));
    return entry === undefined || this.isOld(entry) ? undefined : entry;
  }

  /**
   * A frame from that address came from `remote`. `refused`: a permanent entry says otherwise.
   * `full`: there is no room for one more, and what is known stays.
   */
  learn(high: number, low: number, remote: Remote): Learned {
    const entry = this.entries.get(high, low);
    if (entry === undefined) {
      if (!this.hasRoom()) return 'full';
      this.set(macFrom(high, low), remote, 'learned');
      return 'new';
    }
    entry.seen = this.clock.now;
    if (entry.remote === remote) return 'known';
    // As Linux (`vxlan_snoop`): static entries do not move.
    if (entry.kind === 'permanent') return 'refused';
    entry.remote = remote;
    if (entry.kind !== 'learned') this.learned++;
    entry.kind = 'learned';
    return 'moved';
  }

  /** Sets an entry, which ages only where it is a learned one. */
  set(mac: number, remote: Remote, kind: VtepEntryKind = 'permanent'): void {
    const [high, low] = [highOf(mac), lowOf(mac)];
    if (this.entries.get(high, low)?.kind === 'learned') this.learned--;
    if (kind === 'learned') this.learned++;
    this.entries.set(high, low, { mac, remote, kind, seen: this.clock.now });
  }

  /** Forgets an address; false: it was not known. */
  delete(mac: number): boolean {
    const entry = this.entries.get(highOf(mac), lowOf(mac));
    if (entry !== undefined) this.unlink(entry);
    return entry !== undefined;
  }

  /** Adds to `used` the end points that frames may be sent to. */
  collect(used: Set<Remote>): void {
    for (const remote of this.flood) used.add(remote);
    for (const { remote } of this.entries.values()) used.add(remote);
  }

  /** As `bridge fdb show dev vxlan5000` prints it. `via`: the underlay's interface of groups. */
  print(via: string): string[] {
    const known = this.entries.values().filter((entry) => !this.isOld(entry));
    return [
      ...this.flood.map(
        ({ text, isGroup }) =>
          `00:00:00:00:00:00 dst ${text}${isGroup ? ` via ${via}` : ''} self permanent`,
      ),
      ...known.map(({ mac, remote, kind }) => {
        const how = kind === 'learned' ? '' : ` ${kind}`;
        return `${formatMac(mac)} dst ${remote.text} self${how}`;
      }),
    ];
  }

  /** Whether one more can be learned. Old entries make room. */
  private hasRoom(): boolean {
    const { maxLearned, clock } = this;
    if (maxLearned === 0 || this.learned < maxLearned) return true;
    if (clock.now < this.nextSweep) return false;
    this.nextSweep = clock.now + SWEEP_EVERY;
    for (const entry of this.entries.values()) if (this.isOld(entry)) this.unlink(entry);
    return this.learned < maxLearned;
  }

  private unlink({ mac, kind }: VtepEntry): void {
    this.entries.delete(highOf(mac), lowOf(mac));
    if (kind === 'learned') this.learned--;
  }

  private isOld({ kind, seen }: VtepEntry): boolean {
    return kind === 'learned' && this.ageing > 0 && this.clock.now - seen > this.ageing;
  }
}
