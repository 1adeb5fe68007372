/** A frame becomes a packet of the underlay: headers in front of it, in place. */
import { updateChecksum } from '../../bytes/checksum.js';
import type { TunnelEncapsulator } from '../../encap/tunnel.js';
import { WRAP } from '../../encap/wrap.js';
import { ETHERNET_HEADER_BYTES } from '../../headers/ethernet.js';
import { CHECKSUM, ID } from '../../headers/ipv4-wire.js';
import type { Frame, FramePool } from '../frame.js';

/**
 * Writes the headers in front of a frame; its network header is then the outer one. Another frame
 * where there was no room in front (tunnels in tunnels in tunnels). Undefined: it was longer than any
 * IP packet, and has been released.
 */
export function wrapFrame(
  frames: FramePool,
  frame: Frame,
  headers: TunnelEncapsulator,
  vni: number,
): Frame | undefined {
  let wrapped = frame;
  let at = headers.wrapInPlace(frame.view, frame.start, frame.end, vni);
  if (at === WRAP.NO_HEADROOM) {
    wrapped = frames.copy(frame);
    frame.release();
    at = headers.wrapInPlace(wrapped.view, wrapped.start, wrapped.end, vni);
  }
  if (at < 0) {
    wrapped.release();
    return undefined;
  }
  wrapped.start = at;
  wrapped.network = at + ETHERNET_HEADER_BYTES;
  // What is tracked is the packet inside.
  wrapped.connection = undefined;
  wrapped.bridgePort = undefined;
  return wrapped;
}

/**
 * Gives a packet whose identification is 0 another: those that may be cut need one of their own
 * (RFC 6864 §4.2), from one counter whatever their VNI and options.
 */
export function numberPacket({ view, network }: Frame, id: number): void {
  view.setUint16(network + ID, id);
  view.setUint16(network + CHECKSUM, updateChecksum(view.getUint16(network + CHECKSUM), 0, id));
}
