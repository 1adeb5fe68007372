/** From bytes to a packet. Never throws on what the bytes hold. */

import { PacketError } from '../bytes/error.js';
import { LINK_TYPE } from '../headers/numbers.js';
import type { HeaderView, Protocol } from '../headers/protocol.js';
import type { Bindings, OurProtocols, Protocols } from './bindings.js';
import { Packet } from './packet.js';
import { badOption, type DissectorOptions, Walk } from './walk.js';

/** How to parse. */
export interface ParseOptions<M extends Protocols = OurProtocols> extends DissectorOptions<M> {
  /** Bytes on the wire, where the capture holds fewer (absent: all are there). */
  readonly wireLength?: number;
}

// Reused from call to call. A call takes it away while it runs, so that a protocol whose check
// calls `parse` does no harm.
let spare: Walk | undefined = new Walk();

const DEFAULTS = {};

/**
 * Finds the layers, payload and problems of a frame. Its layers lie on `bytes`: nothing is copied,
 * and a change of the bytes changes them.
 */
export function parse<M extends Protocols = OurProtocols>(
  bytes: Uint8Array,
  options: ParseOptions<M> = DEFAULTS,
): Packet<M> {
  if (!ArrayBuffer.isView(bytes)) {
    throw new PacketError('BAD_VALUE', 'parse takes the bytes of a frame as a Uint8Array');
  }
  const { length } = bytes;
  const { linkType = LINK_TYPE.ETHERNET, wireLength = length } = options;
  if (!(wireLength >= 0)) throw badOption('wireLength', wireLength, 'a number of bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const walk = spare ?? new Walk();
  spare = undefined;
  walk.configure(options);
  const layers: HeaderView[] = [];
  const protocols: Protocol[] = [];
  walk.run(view, 0, length, Math.max(wireLength, length), linkType, layers, protocols);
  const broken = walk.broken === undefined ? undefined : { ...walk.broken };
  spare = walk;
  return new Packet(
    view,
    wireLength,
    linkType,
    layers,
    broken,
    walk.bindings as Bindings<Protocols> as Bindings<M>,
    protocols,
  );
}
