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
export type Learned = 'known' | 'new' | 'moved' | 'refused';

/** The forwarding table of one VNI. */
export class VtepTable {
  /** Whom frames for all, and for unknown addresses, are sent to: end points, or a group. */
  readonly flood: Remote[];
  /** Nanoseconds that an address is remembered after its last frame; 0: for ever. */
  readonly ageing: number;
  private readonly clock: Clock;
  private readonly entries: MacMap<VtepEntry>;

  constructor(clock: Clock, ageing = 300 * SECOND) {
    this.flood = [];
    this.clock = clock;
    this.ageing = ageing;
    this.entries = new MacMap();
  }

  /** The end point of an address, of 16 and 32 bits (signed); undefined: unknown, or too old. */
  find(high: number, low: number): Remote | undefined {
    const entry = this.entries.get(high, low);
    if (entry === undefined) return undefined;
    if (!this.isOld(entry)) return entry.remote;
    this.entries.delete(high, low);
    return undefined;
  }

  /** What is known of an address of 48 bits. */
  entry(mac: number): VtepEntry | undefined {
    const entry = this.entries.get(highOf(mac), lowOf(mac));
    return entry === undefined || this.isOld(entry) ? undefined : entry;
  }

  /** A frame from that address came from `remote`. `refused`: a permanent entry says otherwise. */
  learn(high: number, low: number, remote: Remote): Learned {
    const entry = this.entries.get(high, low);
    if (entry === undefined) {
      this.set(macFrom(high, low), remote, 'learned');
      return 'new';
    }
    entry.seen = this.clock.now;
    if (entry.remote === remote) return 'known';
    // As Linux (`vxlan_snoop`): static entries do not move.
    if (entry.kind === 'permanent') return 'refused';
    entry.remote = remote;
    entry.kind = 'learned';
    return 'moved';
  }

  /** Sets an entry, which ages only where it is a learned one. */
  set(mac: number, remote: Remote, kind: VtepEntryKind = 'permanent'): void {
    const entry = { mac, remote, kind, seen: this.clock.now };
    this.entries.set(highOf(mac), lowOf(mac), entry);
  }

  /** Forgets an address; false: it was not known. */
  delete(mac: number): boolean {
    return this.entries.delete(highOf(mac), lowOf(mac));
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

  private isOld({ kind, seen }: VtepEntry): boolean {
    return kind === 'learned' && this.ageing > 0 && this.clock.now - seen > this.ageing;
  }
}
