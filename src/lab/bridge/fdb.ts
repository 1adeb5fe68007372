/** A bridge's forwarding database: behind which port a MAC address is, in each VLAN. */
import { formatMac } from '../../bytes/address.js';
import { type Clock, SECOND } from '../clock.js';
import { MacMap } from '../mac-map.js';
import type { BridgePort } from './port.js';

/**
 * What is known of an address: `dynamic` was learned, ages and moves; `static` was given, and does
 * neither (Linux's `sticky static`); `local` is an address of the bridge's own (`permanent`).
 */
export type FdbKind = 'dynamic' | 'static' | 'local';

/** An entry of the table. */
export interface FdbEntry {
  /** VLAN, 0 where the bridge knows none, and the upper 16 bits of the address. */
  readonly high: number;
  /** The lower 32 bits, signed. */
  readonly low: number;
  readonly kind: FdbKind;
  port: BridgePort;
  /** When a frame last came from there, in nanoseconds. */
  updated: number;
}

/** What came of learning. */
export type Learned = 'known' | 'new' | 'moved' | 'refused';

const WORD = 0x100000000;
/** Nanoseconds between two searches for old entries in a full table. */
const SWEEP_EVERY = SECOND;

/** The table. Old entries are passed over when they are met, and make room when it is full. */
export class Fdb {
  /** Nanoseconds after which what was learned is forgotten; 0: never. */
  readonly ageing: number;
  /** Addresses that are learned at most; 0: no limit (Linux's `fdb_max_learned`). */
  readonly maxLearned: number;
  /** How many are there that were learned, old ones included. */
  learned: number;
  private readonly clock: Clock;
  private readonly entries: MacMap<FdbEntry>;
  private nextSweep: number;

  constructor(clock: Clock, ageing: number, maxLearned: number) {
    this.clock = clock;
    this.ageing = ageing;
    this.maxLearned = maxLearned;
    this.learned = 0;
    this.entries = new MacMap();
    this.nextSweep = 0;
  }

  /** The entry of an address that is not too old. */
  find(vlan: number, macHigh: number, macLow: number): FdbEntry | undefined {
    const found = this.entries.get((vlan << 16) | macHigh, macLow | 0);
    return found !== undefined && this.isOld(found) ? undefined : found;
  }

  /** A frame came from that address by `port`. */
  learn(vlan: number, macHigh: number, macLow: number, port: BridgePort): Learned {
    const { now } = this.clock;
    const high = (vlan << 16) | macHigh;
    const low = macLow | 0;
    const known = this.entries.get(high, low);
    if (known === undefined) {
      // An address of the bridge's own is not learned in a VLAN either.
      if (vlan !== 0 && this.entries.get(macHigh, low) !== undefined) return 'refused';
      return this.addLearned(high, low, port);
    }
    if (known.kind !== 'dynamic') return known.port === port ? 'known' : 'refused';
    const old = this.isOld(known);
    const moved = known.port !== port;
    if (known.updated !== now) known.updated = now;
    if (moved) known.port = port;
    return old ? 'new' : moved ? 'moved' : 'known';
  }

  /** Sets an entry that does not age. */
  set(vlan: number, mac: number, port: BridgePort, kind: 'static' | 'local'): void {
    const high = (vlan << 16) | Math.floor(mac / WORD);
    const low = mac | 0;
    this.remove(vlan, mac);
    this.insert({ high, low, kind, port, updated: this.clock.now });
  }

  /** Takes an entry out; false: there is none. */
  remove(vlan: number, mac: number): boolean {
    const found = this.entries.get((vlan << 16) | Math.floor(mac / WORD), mac | 0);
    if (found !== undefined) this.unlink(found);
    return found !== undefined;
  }

  /** Forgets what was learned, on one port or on all: `bridge fdb flush`. */
  flush(port?: BridgePort): void {
    for (const entry of this.entries.values()) {
      if (entry.kind === 'dynamic' && (port === undefined || entry.port === port)) {
        this.unlink(entry);
      }
    }
  }

  /** Forgets all of a port, its own address too. */
  forget(port: BridgePort): void {
    for (const entry of this.entries.values()) if (entry.port === port) this.unlink(entry);
  }

  /** What is known and not too old, by VLAN and address. */
  get all(): FdbEntry[] {
    return this.entries
      .values()
      .filter((entry) => !this.isOld(entry))
      .sort((one, other) => one.high - other.high || (one.low >>> 0) - (other.low >>> 0));
  }

  private addLearned(high: number, low: number, port: BridgePort): Learned {
    const { maxLearned, clock } = this;
    if (maxLearned > 0 && this.learned >= maxLearned) {
      this.sweep();
      if (this.learned >= maxLearned) return 'refused';
    }
    this.insert({ high, low, kind: 'dynamic', port, updated: clock.now });
    return 'new';
  }

  private sweep(): void {
    const { now } = this.clock;
    if (now < this.nextSweep) return;
    this.nextSweep = now + SWEEP_EVERY;
    for (const entry of this.entries.values()) if (this.isOld(entry)) this.unlink(entry);
  }

  private isOld(entry: FdbEntry): boolean {
    if (entry.kind !== 'dynamic' || this.ageing === 0) return false;
    return this.clock.now - entry.updated > this.ageing;
  }

  private insert(entry: FdbEntry): void {
    this.entries.set(entry.high, entry.low, entry);
    if (entry.kind === 'dynamic') this.learned++;
  }

  private unlink(entry: FdbEntry): void {
    this.entries.delete(entry.high, entry.low);
    if (entry.kind === 'dynamic') this.learned--;
  }
}

/** The VLAN of an entry; 0: none. */
export function vlanOf(entry: FdbEntry): number {
  return entry.high >>> 16;
}

/** An entry's address, as text. */
export function macTextOf(entry: FdbEntry): string {
  return formatMac((entry.high & 0xffff) * WORD + (entry.low >>> 0));
}
