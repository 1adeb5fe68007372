/** A map by MAC address that boxes no number: look-ups on the way of each frame allocate nothing. */

interface Node<V> {
  readonly high: number;
  readonly low: number;
  value: V;
  /** Another address with the same key. */
  readonly next: Node<V> | undefined;
}

/**
 * A map by MAC address. An address is two numbers, its first 16 bits and its last 32, signed, as
 * `getUint16` and `getInt32` read them: one of 48 bits would be put on the heap for each look-up in
 * a Map. Above the first 16 bits there is room for 15 more that keep addresses apart, such as a VLAN.
 */
export class MacMap<V> {
  private readonly nodes: Map<number, Node<V>>;

  constructor() {
    this.nodes = new Map();
  }

  get(high: number, low: number): V | undefined {
    let node = this.nodes.get(keyOf(high, low));
    while (node !== undefined && (node.low !== low || node.high !== high)) node = node.next;
    return node?.value;
  }

  set(high: number, low: number, value: V): void {
    const key = keyOf(high, low);
    const first = this.nodes.get(key);
    let node = first;
    while (node !== undefined && (node.low !== low || node.high !== high)) node = node.next;
    if (node !== undefined) node.value = value;
    else this.nodes.set(key, { high, low, value, next: first });
  }

  /** False: it was not there. */
  delete(high: number, low: number): boolean {
    const key = keyOf(high, low);
    let rest: Node<V> | undefined;
    let found = false;
    for (let node = this.nodes.get(key); node !== undefined; node = node.next) {
      if (node.low === low && node.high === high) found = true;
      else rest = { ...node, next: rest };
    }
    if (!found) return false;
    if (rest === undefined) this.nodes.delete(key);
    else this.nodes.set(key, rest);
    return true;
  }

  /** All values, in the order in which their keys came. */
  values(): V[] {
    const all: V[] = [];
    for (const first of this.nodes.values()) {
      for (let node: Node<V> | undefined = first; node !== undefined; node = node.next) {
        all.push(node.value);
      }
    }
    return all;
  }
}

/** The last 32 bits of an address of 48 bits, signed. */
export function lowOf(mac: number): number {
  return mac | 0;
}

/** Its first 16 bits. */
export function highOf(mac: number): number {
  return Math.floor(mac / 0x100000000);
}

/** The address again. */
export function macFrom(high: number, low: number): number {
  return high * 0x100000000 + (low >>> 0);
}

/** A number that needs no box; the last bytes of addresses are what differs among them. */
function keyOf(high: number, low: number): number {
  return (low ^ Math.imul(high, 0x9e3779b1)) & 0x3fffffff;
}
