/** Netfilter for what a bridge forwards (Linux `br_netfilter_hooks.c`). */
import type { Bridge } from '../bridge/bridge.js';
import type { BridgeHooks } from '../bridge/hooks.js';
import type { Frame } from '../frame.js';
import { Defragmenter } from '../ip/defragmenter.js';
import { fragment } from '../ip/fragment.js';
import { HOOK } from '../ip/hooks.js';
import { dstOf, isFragment } from '../ip/packet.js';
import { trackedTimedOut } from '../ip/reassembly-timeout.js';
import type { Port } from '../port.js';
import type { Netfilter } from './netfilter.js';

const ETHERNET_BYTES = 14;
const WORD = 0x100000000;

/**
 * Shows netfilter the IPv4 packets of bridges: PREROUTING as they come in, FORWARD and POSTROUTING as
 * they leave. Rules see the bridge's own port as the interface, and the real ones by `physdev`.
 */
export class BrNetfilter implements BridgeHooks {
  /** `net.bridge.bridge-nf-call-iptables`: whether it does anything (1). */
  callIptables: boolean;
  private readonly netfilter: Netfilter;
  private readonly fragments: Defragmenter;

  /** `callIptables` absent: true, as the guide sets it and Linux does where the module is loaded. */
  constructor(netfilter: Netfilter, { callIptables = true }: { callIptables?: boolean } = {}) {
    this.callIptables = callIptables;
    this.netfilter = netfilter;
    const { stack } = netfilter;
    this.fragments = new Defragmenter(stack.lab, (first) => trackedTimedOut(stack, first));
  }

  /** Sees what that bridge forwards from now on. */
  attach(bridge: Bridge): void {
    bridge.hooks = this;
  }

  enter(bridge: Bridge, frame: Frame, input: Port): boolean {
    // Put together by us, and handed to the bridge again.
    if (!this.callIptables || frame.bridgePort !== undefined) return true;
    if (isFragment(frame)) {
      const whole = this.fragments.add(frame);
      if (whole !== undefined && this.show(bridge, whole, input)) {
        bridge.receiveFrom(bridge.memberOf(input), whole);
      }
      return false;
    }
    return this.show(bridge, frame, input);
  }

  leave(bridge: Bridge, frame: Frame, input: Port, output: Port): boolean {
    if (frame.bridgePort === undefined) return true;
    if (!this.pass(bridge, frame, input, output)) return false;
    if (frame.end - frame.network <= output.mtu) return true;
    // It came in pieces, and leaves in pieces. Not on a bridge with VLANs: their tags come later.
    const { frames } = this.netfilter.stack.lab;
    const header = frame.bytes.slice(frame.start, frame.start + ETHERNET_BYTES);
    for (const piece of fragment(frames, frame, output.mtu)) {
      piece.start = piece.network - ETHERNET_BYTES;
      piece.bytes.set(header, piece.start);
      output.send(piece);
    }
    return false;
  }

  /** PREROUTING. Where it changes the destination, the packet goes where that is. */
  private show(bridge: Bridge, frame: Frame, input: Port): boolean {
    const before = dstOf(frame);
    const { netfilter } = this;
    const ports = { input, output: undefined };
    if (!netfilter.inspect(HOOK.PREROUTING, frame, bridge.self, undefined, ports)) return false;
    frame.bridgePort = input;
    return dstOf(frame) === before || this.redirect(bridge, frame, input);
  }

  private pass(bridge: Bridge, frame: Frame, input: Port, output: Port | undefined): boolean {
    const { self } = bridge;
    const { netfilter } = this;
    const ports = { input, output };
    return (
      netfilter.inspect(HOOK.FORWARD, frame, self, self, ports) &&
      netfilter.inspect(HOOK.POSTROUTING, frame, undefined, self, ports)
    );
  }

  /** Linux `br_nf_pre_routing_finish`: on to a neighbour on the bridge, or up to be routed. */
  private redirect(bridge: Bridge, frame: Frame, input: Port): boolean {
    const { stack } = this.netfilter;
    const dst = dstOf(frame);
    const route = stack.isLocal(dst) ? undefined : stack.routes.lookup(dst);
    if (route?.out.port === bridge.self) {
      const hop = route.gateway === 0 ? dst : route.gateway;
      const mac = route.out.neighbours.lookup(hop);
      if (mac !== 0) {
        writeDestination(frame, mac);
        return true;
      }
      // Nobody knows its MAC yet: it goes out by the bridge's own port when somebody does. In Linux
      // it keeps its source MAC.
      if (this.pass(bridge, frame, input, undefined)) route.out.neighbours.send(frame, hop);
      return false;
    }
    if (!stack.isLocal(dst) && (route === undefined || !stack.forwarding)) {
      bridge.self.drop(frame);
      return false;
    }
    writeDestination(frame, bridge.self.mac);
    return true;
  }
}

function writeDestination({ view, start }: Frame, mac: number): void {
  view.setUint16(start, mac / WORD);
  view.setUint32(start + 2, mac % WORD);
}
