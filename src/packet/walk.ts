/**
 * The loop over descriptors that finds the layers of a frame: the only one. `parse` takes what it
 * finds as a packet, a `Dissector` offers it in place.
 */
import { PacketError } from '../bytes/error.js';
import { checkEthernet } from '../headers/ethernet.js';
import { checkGeneve } from '../headers/geneve-wire.js';
import { checkIpv4 } from '../headers/ipv4-wire.js';
import type { Found, HeaderView, Movable, Protocol } from '../headers/protocol.js';
import { checkTcp } from '../headers/tcp-wire.js';
import { checkUdp } from '../headers/udp.js';
import { checkVxlan } from '../headers/vxlan.js';
import {
  type Bindings,
  KNOWN,
  type Node,
  type OurProtocols,
  bindings as ours,
  type Protocols,
} from './bindings.js';
import type { Broken } from './packet.js';
import { BY_SOURCE_PORT, OTHER_VERSION, TOO_DEEP } from './problems.js';

/** How to find the layers of frames: what is decided once, for all of them. */
export interface DissectorOptions<M extends Protocols = OurProtocols> {
  /** LINKTYPE value of the capture (absent: 1, Ethernet). */
  readonly linkType?: number;
  readonly bindings?: Bindings<M>;
  /** The most layers that are looked at, 1 and more (absent: 128). */
  readonly maxDepth?: number;
  /** Whether a source port may lead to a protocol too, as in Wireshark (absent: true). */
  readonly sourcePorts?: boolean;
}

// A real capture has a hundred extension headers; Wireshark looks at 500 layers.
const MAX_DEPTH = 128;
const { ETHERNET, IPV4, UDP, TCP, VXLAN, GENEVE } = KNOWN;
/** RFC 6335 §6. */
const LAST_SYSTEM_PORT = 1023;

/** The views of one depth that were made before, by the index of their protocol's node. */
type Row = (HeaderView | undefined)[];

/** What the loop works with, and what it found in the frame before. One serves frame after frame. */
export class Walk {
  bindings: Bindings<Protocols>;
  private nodes: readonly (Node | undefined)[];
  /** Where frames of the link type begin that was met last. */
  private first: Node | undefined;
  private linkType: number;
  maxDepth: number;
  sourcePorts: boolean;
  /** Layers that it found. */
  count: number;
  /** The header at which the walk stopped: reused, so to be copied by who keeps it. */
  broken: Broken | undefined;
  /** Where the bytes behind the innermost header begin, and end. */
  payloadOffset: number;
  payloadEnd: number;
  /** All bits of all layers and of the broken header: whether there are any is all that they say. */
  faults: number;
  /** Views to be used again, by depth; undefined: every layer is a new view. */
  readonly rows: Row[] | undefined;
  private readonly found: Found;
  private stopped: { -readonly [K in keyof Broken]: Broken[K] } | undefined;

  constructor(rows?: Row[]) {
    this.bindings = ours;
    this.nodes = [];
    this.first = undefined;
    this.linkType = -1;
    this.maxDepth = MAX_DEPTH;
    this.sourcePorts = true;
    this.count = 0;
    this.broken = undefined;
    this.payloadOffset = 0;
    this.payloadEnd = 0;
    this.faults = 0;
    this.rows = rows;
    this.found = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0, via: 0 };
    this.stopped = undefined;
  }

  /** Takes over what a program has decided. Throws `BAD_OPTION`. */
  configure<M extends Protocols>(options: DissectorOptions<M>): void {
    const { maxDepth = MAX_DEPTH, sourcePorts = true } = options;
    // Not `<`: NaN is to be refused too.
    if (!(maxDepth >= 1)) throw badOption('maxDepth', maxDepth, 'a number of layers from 1');
    const bindings = (options.bindings as Bindings<Protocols> | undefined) ?? ours;
    // Not in the constructor: `parse` has a walk from the start, and the tables are large.
    if (bindings !== this.bindings || this.nodes.length === 0) {
      this.bindings = bindings;
      this.nodes = bindings.nodes();
      this.first = undefined;
      this.linkType = -1;
    }
    this.maxDepth = maxDepth;
    this.sourcePorts = sourcePorts;
  }

  /**
   * Puts the layers of the frame in [start, frameEnd), outermost first, into `layers`, and their
   * protocols into `protocols`. `wireEnd`: where the frame would end had all of it been captured.
   * The caller has checked that the bytes are there.
   */
  run(
    view: DataView,
    start: number,
    frameEnd: number,
    wireEnd: number,
    linkType: number,
    layers: (HeaderView | undefined)[],
    protocols: (Protocol | undefined)[],
  ): void {
    const { bindings, nodes, maxDepth, sourcePorts, rows, found } = this;
    if (linkType !== this.linkType) {
      this.linkType = linkType;
      this.first = bindings.start(linkType);
    }
    let node = this.first;
    let offset = start | 0;
    let end = frameEnd | 0;
    let count = 0;
    let faults = 0;
    let allFaults = 0;
    this.broken = undefined;
    found.wireEnd = wireEnd;
    found.via = linkType;
    while (node !== undefined) {
      const { protocol } = node;
      if (count >= maxDepth) {
        allFaults |= this.stop(protocol, offset, TOO_DEEP);
        break;
      }
      found.problems = faults;
      // Most frames have the layers of the frame before: to compare is less than to store.
      const same = protocols[count] === protocol;
      const reuse = same || rows === undefined ? layers[count] : rows[count]?.[node.index];
      let headerEnd: number;
      // Each check by its name, and each view by a name of its own: what the compiler learns of a
      // view's class it keeps by variable. The stores are no function, because what is inlined here
      // may have 920 bytecodes in all, which the checks need. With one call of `protocol.check` and
      // one of `node.lay` for all, the seven layers of VXLAN to TCP took 140 ns, and now 85 (Node 20).
      switch (node.known) {
        case ETHERNET: {
          headerEnd = checkEthernet(view, offset, end, found);
          const ethernet = reuse as Movable | undefined;
          if (ethernet === undefined) break;
          ethernet.view = view;
          ethernet.offset = offset;
          ethernet.headerEnd = headerEnd;
          ethernet.end = found.bodyEnd;
          ethernet.wireEnd = found.wireEnd;
          ethernet.via = found.via;
          ethernet.faults = found.problems;
          break;
        }
        case IPV4: {
          headerEnd = checkIpv4(view, offset, end, found);
          const ipv4 = reuse as Movable | undefined;
          if (ipv4 === undefined) break;
          ipv4.view = view;
          ipv4.offset = offset;
          ipv4.headerEnd = headerEnd;
          ipv4.end = found.bodyEnd;
          ipv4.wireEnd = found.wireEnd;
          ipv4.via = found.via;
          ipv4.faults = found.problems;
          break;
        }
        case UDP: {
          headerEnd = checkUdp(view, offset, end, found);
          const udp = reuse as Movable | undefined;
          if (udp === undefined) break;
          udp.view = view;
          udp.offset = offset;
          udp.headerEnd = headerEnd;
          udp.end = found.bodyEnd;
          udp.wireEnd = found.wireEnd;
          udp.via = found.via;
          udp.faults = found.problems;
          break;
        }
        case TCP: {
          headerEnd = checkTcp(view, offset, end, found);
          const tcp = reuse as Movable | undefined;
          if (tcp === undefined) break;
          tcp.view = view;
          tcp.offset = offset;
          tcp.headerEnd = headerEnd;
          tcp.end = found.bodyEnd;
          tcp.wireEnd = found.wireEnd;
          tcp.via = found.via;
          tcp.faults = found.problems;
          break;
        }
        case VXLAN: {
          headerEnd = checkVxlan(view, offset, end, found);
          const vxlan = reuse as Movable | undefined;
          if (vxlan === undefined) break;
          vxlan.view = view;
          vxlan.offset = offset;
          vxlan.headerEnd = headerEnd;
          vxlan.end = found.bodyEnd;
          vxlan.wireEnd = found.wireEnd;
          vxlan.via = found.via;
          vxlan.faults = found.problems;
          break;
        }
        case GENEVE: {
          headerEnd = checkGeneve(view, offset, end, found);
          const geneve = reuse as Movable | undefined;
          if (geneve === undefined) break;
          geneve.view = view;
          geneve.offset = offset;
          geneve.headerEnd = headerEnd;
          geneve.end = found.bodyEnd;
          geneve.wireEnd = found.wireEnd;
          geneve.via = found.via;
          geneve.faults = found.problems;
          break;
        }
        default:
          headerEnd = protocol.check(view, offset, end, found) | 0;
      }
      if (headerEnd === 0) {
        const other = protocol.sibling(view, offset, end, found.wireEnd);
        const instead: Node | undefined = other === undefined ? undefined : bindings.nodeOf(other);
        if (instead === undefined) {
          allFaults |= this.stop(protocol, offset, found.problems);
          break;
        }
        // Behind a link type of raw IP either version may come; a header's mere start is no other.
        const { wireshark } = instead.protocol;
        if (count > 0 && wireshark !== protocol.wireshark) faults |= OTHER_VERSION;
        node = instead;
        continue;
      }
      allFaults |= found.problems;
      const { bodyEnd } = found;
      if (reuse === undefined || node.known === 0) {
        const layer = node.lay(view, offset, headerEnd, bodyEnd, found, reuse);
        layers[count] = layer;
        if (rows !== undefined) (rows[count] ?? newRow(rows, nodes.length))[node.index] = layer;
        protocols[count] = protocol;
      } else if (!same) {
        layers[count] = reuse;
        protocols[count] = protocol;
      }
      count++;
      offset = headerEnd;
      end = bodyEnd;
      faults = 0;
      const { table } = node;
      const { next } = found;
      node = undefined;
      if (table === undefined || next < 0) break;
      found.via = next;
      node = nodes[table[next] as number];
      const { alternative } = found;
      if (node === undefined && alternative >= 0 && sourcePorts) {
        found.via = alternative;
        node = nodes[table[alternative] as number];
        if (node?.protocol.tunnel) {
          // To a system port it is a client's packet whose port is a tunnel's by chance: DNS from 4789.
          if (next <= LAST_SYSTEM_PORT) node = undefined;
          faults = BY_SOURCE_PORT;
        }
      }
    }
    this.count = count;
    this.payloadOffset = offset;
    this.payloadEnd = end;
    this.faults = allFaults;
  }

  private stop(protocol: Protocol, offset: number, faults: number): number {
    this.stopped ??= { protocol, offset, faults };
    const { stopped } = this;
    stopped.protocol = protocol;
    stopped.offset = offset;
    stopped.faults = faults;
    this.broken = stopped;
    return faults;
  }
}

function newRow(rows: Row[], length: number): Row {
  const row: Row = new Array<undefined>(length).fill(undefined);
  rows.push(row);
  return row;
}

/** The error for an option that no frame can be read with. */
export function badOption(name: string, value: unknown, expected: string): PacketError {
  return new PacketError('BAD_OPTION', `${name} is ${String(value)}: expected ${expected}`);
}
