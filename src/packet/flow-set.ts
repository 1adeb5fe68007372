/** Tells flows apart and numbers them, millions a second: a set on typed arrays. */
import { PacketError } from '../bytes/error.js';
import { type FlowLevel, type FlowSymmetry, isReversed } from './flow-level.js';

/** How a set tells flows apart. */
export interface FlowSetOptions {
  /** Absent: `symmetric`. */
  readonly symmetry?: FlowSymmetry;
  /** The most flows that are kept, 1–16777215 (absent: 262144; each takes 40 bytes and 8 to 16). */
  readonly maxFlows?: number;
}

const MAX_FLOWS = 262_144;
const LARGEST_MAX_FLOWS = 16_777_215;
const FIRST_CAPACITY = 1024;

/** A flow in the store: what it is, its two ends, its two addresses of 4 or 16 bytes each. */
const FLOW_BYTES = 40;
const KIND = 0;
const ENDS = 4;
const ADDRESSES = 8;

/** The kind of a flow: its protocol, and */
const HAS_ENDS = 0x100;
const IPV6 = 0x200;
/** what belongs to no key, but to the level that `read` gives back. */
const ONE_WAY = 0x10000;
const ONE_ICMP = 0x20000;
const KEY_OF_KIND = 0xffff;

/** In a slot: a flow's number and 1, and a part of its hash, which spares most looks at others. */
const NUMBER = 0xffffff;
const TAG = 0xff000000 | 0;

/**
 * A set of flows. Flows are numbered from 0 in order of first appearance, so that what is counted of
 * each can be kept in arrays. It tells flows apart exactly as `flowKey` does: by protocol, addresses,
 * and ports or the type of ICMP messages, and neither by level nor by tunnel. No object is made for
 * a packet or a flow; memory doubles as flows come, up to `maxFlows`.
 */
export class FlowSet {
  /** Calls of `add` for flows for which there was no room; 0: the set tells all. */
  missed: number;
  private readonly directed: boolean;
  private readonly maxFlows: number;
  private readonly keys: Int32Array;
  private count: number;
  /** How many flows there is room for. One more can be written, to be looked for. */
  private capacity: number;
  private store: DataView<ArrayBuffer>;
  /** Two or more for each flow, open addressing with linear probing; 0: empty. */
  private slots: Int32Array;

  /** Throws `BAD_OPTION` for a `maxFlows` out of range. */
  constructor(options: FlowSetOptions = {}) {
    const { symmetry = 'symmetric', maxFlows = MAX_FLOWS } = options;
    if (!Number.isInteger(maxFlows) || maxFlows < 1 || maxFlows > LARGEST_MAX_FLOWS) {
      throw new PacketError(
        'BAD_OPTION',
        `maxFlows is ${maxFlows}: expected a whole number, 1–${LARGEST_MAX_FLOWS}`,
      );
    }
    this.missed = 0;
    this.directed = symmetry === 'directed';
    this.maxFlows = maxFlows;
    this.keys = crypto.getRandomValues(new Int32Array(FLOW_BYTES));
    this.count = 0;
    this.capacity = Math.min(FIRST_CAPACITY, maxFlows);
    this.store = new DataView(new ArrayBuffer((this.capacity + 1) * FLOW_BYTES));
    this.slots = newSlots(this.capacity);
  }

  /** Flows so far. */
  get size(): number {
    return this.count;
  }

  /** The number of a level's flow, which is new where it is `size` before; -1: there is no room. */
  add(level: FlowLevel): number {
    const slot = this.slotOf(level);
    const known = (this.slots[slot] as number) & NUMBER;
    if (known > 0) return known - 1;
    const number = this.count;
    if (number === this.maxFlows) {
      this.missed += 1;
      return -1;
    }
    this.write(level, number * FLOW_BYTES);
    this.count = number + 1;
    if (number === this.capacity) this.grow();
    else this.slots[slot] = (this.hash(number * FLOW_BYTES) & TAG) | (number + 1);
    return number;
  }

  /** The number of a level's flow; -1: it is not in the set. */
  find(level: FlowLevel): number {
    return ((this.slots[this.slotOf(level)] as number) & NUMBER) - 1;
  }

  /**
   * Gives back a flow, for `flowTuple` and `flowKey`: fills `out` with its level, on bytes that are
   * valid until the next call of `add` or `clear`. Of a symmetric set it goes from the lower end to
   * the higher. Throws `BAD_VALUE` for a number of no flow.
   */
  read(number: number, out: FlowLevel): void {
    if (!Number.isInteger(number) || number < 0 || number >= this.count) {
      throw new PacketError('BAD_VALUE', `there is no flow ${number}: the set has ${this.count}`);
    }
    const at = number * FLOW_BYTES;
    const kind = this.store.getUint32(at + KIND, true);
    const hasEnds = (kind & HAS_ENDS) !== 0;
    out.view = this.store;
    out.depth = 1;
    out.addresses = at + ADDRESSES;
    out.addressBytes = (kind & IPV6) !== 0 ? 16 : 4;
    out.protocol = kind & 0xff;
    out.transport = -1;
    out.end = at + FLOW_BYTES;
    out.srcEnd = hasEnds ? this.store.getUint16(at + ENDS) : -1;
    out.dstEnd = hasEnds ? this.store.getUint16(at + ENDS + 2) : -1;
    out.icmp = (kind & ONE_ICMP) !== 0;
    out.oneWay = (kind & ONE_WAY) !== 0;
    out.fragment = false;
    out.vni = -1;
  }

  /** Forgets all flows, and keeps the memory. */
  clear(): void {
    this.missed = 0;
    this.count = 0;
    this.slots.fill(0);
  }

  /** The slot that holds a level's flow, or else the one for it, which is 0. */
  private slotOf(level: FlowLevel): number {
    if (level.addressBytes === 4) return this.slotOfIpv4(level);
    const at = this.count * FLOW_BYTES;
    this.write(level, at);
    const { slots } = this;
    const mask = slots.length - 1;
    const hash = this.hash(at);
    let slot = hash & mask;
    for (;;) {
      const other = slots[slot] as number;
      if (other === 0) return slot;
      if (((other ^ hash) & TAG) === 0 && this.isSame(at, placeOf(other))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** The same for IPv4 without writing to the store first, which took half as long again. */
  private slotOfIpv4(level: FlowLevel): number {
    const { view, addresses, srcEnd, dstEnd } = level;
    const { slots, store, keys } = this;
    const turned = !this.directed && isReversed(level);
    const first = view.getInt32(turned ? addresses + 4 : addresses);
    const second = view.getInt32(turned ? addresses : addresses + 4);
    let kind = level.protocol;
    let ends = 0;
    if (srcEnd >= 0) {
      kind |= HAS_ENDS;
      ends = turned ? (dstEnd << 16) | srcEnd : (srcEnd << 16) | dstEnd;
    }
    const hash = hashOf(
      startOf(keys, 0, kind) +
        times(keys, ENDS, ends) +
        times(keys, ADDRESSES, first) +
        times(keys, ADDRESSES + 4, second),
      startOf(keys, 2, kind) +
        times(keys, ENDS + 2, ends) +
        times(keys, ADDRESSES + 2, first) +
        times(keys, ADDRESSES + 6, second),
    );
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const other = slots[slot] as number;
      if (other === 0) return slot;
      const at = placeOf(other);
      if (
        ((other ^ hash) & TAG) === 0 &&
        store.getInt32(at + ENDS) === ends &&
        store.getInt32(at + ADDRESSES) === first &&
        store.getInt32(at + ADDRESSES + 4) === second &&
        (store.getInt32(at + KIND, true) & KEY_OF_KIND) === kind
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** Writes a level's flow to the store. */
  private write(level: FlowLevel, at: number): void {
    const { view, addresses, addressBytes, srcEnd, dstEnd } = level;
    const { store } = this;
    const turned = !this.directed && isReversed(level);
    const first = turned ? addresses + addressBytes : addresses;
    const second = turned ? addresses : addresses + addressBytes;
    let kind = level.protocol;
    let ends = 0;
    if (srcEnd >= 0) {
      kind |= HAS_ENDS;
      ends = turned ? (dstEnd << 16) | srcEnd : (srcEnd << 16) | dstEnd;
    }
    if (addressBytes === 16) kind |= IPV6;
    if (level.icmp) kind |= ONE_ICMP;
    if (level.oneWay) kind |= ONE_WAY;
    store.setUint32(at + KIND, kind, true);
    store.setUint32(at + ENDS, ends);
    const to = at + ADDRESSES;
    for (let i = 0; i < addressBytes; i += 4) {
      store.setUint32(to + i, view.getUint32(first + i));
      store.setUint32(to + addressBytes + i, view.getUint32(second + i));
    }
  }

  private isSame(one: number, other: number): boolean {
    const { store } = this;
    const kind = store.getUint32(one + KIND, true);
    if (((kind ^ store.getUint32(other + KIND, true)) & KEY_OF_KIND) !== 0) return false;
    const end = (kind & IPV6) !== 0 ? FLOW_BYTES : ADDRESSES + 8;
    for (let i = ENDS; i < end; i += 4) {
      if (store.getUint32(one + i) !== store.getUint32(other + i)) return false;
    }
    return true;
  }

  private hash(at: number): number {
    const { store, keys } = this;
    const kind = store.getUint32(at + KIND, true) & KEY_OF_KIND;
    const end = (kind & IPV6) !== 0 ? FLOW_BYTES : ADDRESSES + 8;
    let one = startOf(keys, 0, kind);
    let other = startOf(keys, 2, kind);
    for (let i = ENDS; i < end; i += 4) {
      const word = store.getInt32(at + i);
      one = (one + times(keys, i, word)) | 0;
      other = (other + times(keys, i + 2, word)) | 0;
    }
    return hashOf(one, other);
  }

  private grow(): void {
    this.capacity = Math.min(this.capacity * 2, this.maxFlows);
    const store = new Uint8Array((this.capacity + 1) * FLOW_BYTES);
    store.set(new Uint8Array(this.store.buffer));
    this.store = new DataView(store.buffer);
    const slots = newSlots(this.capacity);
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      const hash = this.hash(number * FLOW_BYTES);
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (hash & TAG) | (number + 1);
    }
    this.slots = slots;
  }
}

/**
 * The product of a word with two random keys, 16 bits with each. The upper half of the sum over a
 * flow's words is a strongly universal hash (Lemire and Kaser, "Strongly Universal String Hashing is
 * Fast", 2014): nobody can think out flows that meet in a slot more often than by chance, for which
 * `flowHash`, without secrets, is no good.
 */
function times(keys: Int32Array, i: number, word: number): number {
  return (
    (Math.imul(word & 0xffff, keys[i] as number) + Math.imul(word >>> 16, keys[i + 1] as number)) |
    0
  );
}

/** What a sum starts with: a key by itself, and the kind, which is less than 16 bits. */
function startOf(keys: Int32Array, i: number, kind: number): number {
  return (Math.imul(kind, keys[i] as number) + (keys[i + 1] as number)) | 0;
}

/** The upper halves of two sums. */
function hashOf(one: number, other: number): number {
  return (one & 0xffff0000) | (other >>> 16);
}

/** Slots for so many flows: a power of two, at most half of them used. */
function newSlots(flows: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(flows * 2)));
}

/** Where the flow of a slot is in the store. */
function placeOf(slot: number): number {
  return ((slot & NUMBER) - 1) * FLOW_BYTES;
}
