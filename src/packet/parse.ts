/** From bytes to a packet. Never throws on what the bytes hold. */

import { PacketError } from '../bytes/error.js';
import { LINK_TYPE } from '../headers/numbers.js';
import type { Extent, HeaderView } from '../headers/protocol.js';
import { type Bindings, type OurProtocols, bindings as ours, type Protocols } from './bindings.js';
import { type Broken, Packet } from './packet.js';
import { BY_SOURCE_PORT, OTHER_VERSION, TOO_DEEP } from './problems.js';

/** How to parse. */
export interface ParseOptions<M extends Protocols = OurProtocols> {
  /** LINKTYPE value of the capture (absent: 1, Ethernet). */
  readonly linkType?: number;
  /** Bytes on the wire, where the capture holds fewer (absent: all are there). */
  readonly wireLength?: number;
  readonly bindings?: Bindings<M>;
  /** The most layers that are looked at, 1 and more (absent: 128). */
  readonly maxDepth?: number;
  /** Whether a source port may lead to a protocol too, as in Wireshark (absent: true). */
  readonly sourcePorts?: boolean;
}

// A real capture has a hundred extension headers; Wireshark looks at 500 layers.
const MAX_DEPTH = 128;
/** RFC 6335 §6. */
const LAST_SYSTEM_PORT = 1023;
const newExtent = (): Extent => ({
  wireEnd: 0,
  bodyEnd: 0,
  next: -1,
  alternative: -1,
  problems: 0,
});
// Reused from call to call. A call takes it away while it runs, so that a protocol whose check
// calls `parse` does no harm.
let spare: Extent | undefined = newExtent();

/**
 * Finds the layers, payload and problems of a frame. Its layers lie on `bytes`: nothing is copied,
 * and a change of the bytes changes them.
 */
export function parse<M extends Protocols = OurProtocols>(
  bytes: Uint8Array,
  options: ParseOptions<M> = {},
): Packet<M> {
  if (!ArrayBuffer.isView(bytes)) {
    throw new PacketError('BAD_VALUE', 'parse takes the bytes of a frame as a Uint8Array');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bindings = options.bindings ?? (ours as Bindings<Protocols> as Bindings<M>);
  const linkType = options.linkType ?? LINK_TYPE.ETHERNET;
  const wireLength = options.wireLength ?? bytes.length;
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  const sourcePorts = options.sourcePorts ?? true;
  // Not `<`: NaN is to be refused too.
  if (!(maxDepth >= 1)) throw badOption('maxDepth', maxDepth, 'a number of layers from 1');
  if (!(wireLength >= 0)) throw badOption('wireLength', wireLength, 'a number of bytes');
  const nodes = bindings.nodes();
  const extent = spare ?? newExtent();
  spare = undefined;
  const layers: HeaderView[] = [];
  let broken: Broken | undefined;
  let node = bindings.start(linkType);
  let offset = 0;
  let end = bytes.length;
  let via = linkType;
  let faults = 0;
  extent.wireEnd = Math.max(wireLength, end);
  while (node !== undefined) {
    const { protocol, table } = node;
    if (layers.length >= maxDepth) {
      broken = { protocol, offset, faults: TOO_DEEP };
      break;
    }
    extent.problems = 0;
    const headerEnd = protocol.check(view, offset, end, extent);
    if (headerEnd === 0) {
      const other = protocol.sibling(view, offset, end, extent.wireEnd);
      const instead = other === undefined ? undefined : bindings.nodeOf(other);
      if (instead === undefined) {
        broken = { protocol, offset, faults: extent.problems | faults };
        break;
      }
      // Behind a link type of raw IP either version may come; a header's mere start is no other.
      const { wireshark } = instead.protocol;
      if (layers.length > 0 && wireshark !== protocol.wireshark) faults |= OTHER_VERSION;
      node = instead;
      continue;
    }
    const layer = protocol.layer(view, offset, headerEnd, extent.bodyEnd);
    layer.wireEnd = extent.wireEnd;
    layer.via = via;
    layer.faults = extent.problems | faults;
    layers.push(layer);
    offset = headerEnd;
    end = extent.bodyEnd;
    faults = 0;
    node = undefined;
    if (table === undefined || extent.next < 0) break;
    via = extent.next;
    node = nodes[table[via] as number];
    if (node === undefined && extent.alternative >= 0 && sourcePorts) {
      const wanted = via;
      via = extent.alternative;
      node = nodes[table[via] as number];
      if (node?.protocol.tunnel) {
        // To a system port it is a client's packet whose port is a tunnel's by chance: DNS from 4789.
        if (wanted <= LAST_SYSTEM_PORT) node = undefined;
        faults = BY_SOURCE_PORT;
      }
    }
  }
  spare = extent;
  return new Packet(view, wireLength, linkType, layers, broken, bindings);
}

function badOption(name: string, value: unknown, expected: string): PacketError {
  return new PacketError('BAD_OPTION', `${name} is ${String(value)}: expected ${expected}`);
}
