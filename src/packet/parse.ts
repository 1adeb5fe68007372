/** From bytes to a packet. Never throws on what the bytes hold. */

import { LINK_TYPE } from '../headers/numbers.js';
import type { Extent, HeaderView } from '../headers/protocol.js';
import { type Bindings, type OurProtocols, bindings as ours, type Protocols } from './bindings.js';
import { type Broken, BY_SOURCE_PORT, OTHER_VERSION, Packet, TOO_DEEP } from './packet.js';

/** How to parse. */
export interface ParseOptions<M extends Protocols = OurProtocols> {
  /** LINKTYPE value of the capture (absent: 1, Ethernet). */
  readonly linkType?: number;
  /** Bytes on the wire, where the capture holds fewer (absent: all are there). */
  readonly wireLength?: number;
  readonly bindings?: Bindings<M>;
  /** The most layers that are looked at, 1 and more (absent: 64). */
  readonly maxDepth?: number;
  /** Whether a source port may lead to a protocol too, as in Wireshark (absent: true). */
  readonly sourcePorts?: boolean;
}

const MAX_DEPTH = 64;
const EXTENT: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

/**
 * Finds the layers, payload and problems of a frame. Its layers lie on `bytes`: nothing is copied,
 * and a change of the bytes changes them.
 */
export function parse<M extends Protocols = OurProtocols>(
  bytes: Uint8Array,
  options: ParseOptions<M> = {},
): Packet<M> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bindings = options.bindings ?? (ours as unknown as Bindings<M>);
  const linkType = options.linkType ?? LINK_TYPE.ETHERNET;
  const wireLength = options.wireLength ?? bytes.length;
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  const sourcePorts = options.sourcePorts ?? true;
  const nodes = bindings.nodes();
  const layers: HeaderView[] = [];
  let broken: Broken | undefined;
  let node = bindings.start(linkType);
  let offset = 0;
  let end = bytes.length;
  let via = linkType;
  let faults = 0;
  EXTENT.wireEnd = Math.max(wireLength, end);
  while (node !== undefined) {
    const { protocol, table } = node;
    if (layers.length >= maxDepth) {
      broken = { protocol, offset, faults: TOO_DEEP };
      break;
    }
    EXTENT.problems = 0;
    const headerEnd = protocol.check(view, offset, end, EXTENT);
    if (headerEnd === 0) {
      const other = protocol.sibling(view, offset, end);
      const instead = other === undefined ? undefined : bindings.nodeOf(other);
      if (instead === undefined) {
        broken = { protocol, offset, faults: EXTENT.problems | faults };
        break;
      }
      // Behind a link type of raw IP either version may come.
      if (layers.length > 0) faults |= OTHER_VERSION;
      node = instead;
      continue;
    }
    const layer = protocol.layer(view, offset, headerEnd, EXTENT.bodyEnd);
    layer.wireEnd = EXTENT.wireEnd;
    layer.via = via;
    layer.faults = EXTENT.problems | faults;
    layers.push(layer);
    offset = headerEnd;
    end = EXTENT.bodyEnd;
    faults = 0;
    node = undefined;
    if (table === undefined || EXTENT.next < 0) break;
    via = EXTENT.next;
    node = nodes[table[via] as number];
    if (node === undefined && EXTENT.alternative >= 0 && sourcePorts) {
      via = EXTENT.alternative;
      node = nodes[table[via] as number];
      if (node?.protocol.tunnel) faults = BY_SOURCE_PORT;
    }
  }
  return new Packet(view, wireLength, linkType, layers, broken, bindings);
}
