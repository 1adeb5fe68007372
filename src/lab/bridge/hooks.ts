/** Where a bridge lets netfilter see what it forwards: Linux's br_netfilter. */
import type { Frame } from '../frame.js';
import type { Port } from '../port.js';
import type { Bridge } from './bridge.js';

/**
 * What sees the IPv4 packets that a bridge forwards (`net.bridge.bridge-nf-call-iptables` 1). Their
 * Ethernet header, without a tag, is at `frame.start`, the packet, found good, at `frame.network`.
 * Frames with a tag pass unseen (`bridge-nf-filter-vlan-tagged` 0), and so does what the device
 * itself sends: the IP stack has shown that.
 *
 * Rules see the bridge's own port, `bridge.self`, as the interface; the ports given here are those
 * that the match `physdev` sees.
 */
export interface BridgeHooks {
  /**
   * PREROUTING: a packet came in. True: the bridge goes on, by the destination MAC that the frame
   * then has. Whoever changes the destination IP changes it too: to the neighbour's where that is
   * behind this bridge, else to the bridge's own, so that the packet goes up and is routed. False:
   * it has been taken.
   *
   * What then goes up to the device's IP stack comes there by `bridge.self`, and PREROUTING has seen
   * it (Linux `ip_sabotage_in`).
   */
  enter(bridge: Bridge, frame: Frame, input: Port): boolean;
  /** FORWARD, then POSTROUTING: it is about to leave. False: it has been taken. */
  leave(bridge: Bridge, frame: Frame, input: Port, output: Port): boolean;
}
