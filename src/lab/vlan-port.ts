/** A VLAN's own interface on top of another: Linux's `eth0.10`. */
import type { PortSpec } from './device.js';
import type { Frame } from './frame.js';
import { hasCarrier } from './net-device.js';
import type { Port } from './port.js';
import { checkVid, popTag, pushTag, tagOf, UNTAGGED, vidOf } from './vlan-tag.js';

/**
 * Makes an interface for the frames of a VLAN, 1–4094, on a port, named after it: `eth0.10`. What it
 * sends leaves by the port with a tag; frames with that tag come to it without (`ip link add link
 * eth0 name eth0.10 type vlan id 10`). What has no tag, or one of another VLAN, stays the port's.
 * Address and MTU are the port's where nothing else is said.
 *
 * Throws `OUT_OF_RANGE` for what is no VLAN's id, `BAD_VALUE` where the port has that VLAN already.
 */
export function addVlanPort(port: Port, vid: number, spec: PortSpec = {}): Port {
  checkVid(port.title, vid);
  const { mac = port.macText, mtu = port.mtu } = spec;
  const made = port.device.addPort(`${port.name}.${vid}`, { mac, mtu });
  made.wire = {
    transmit: (_made, frame) => {
      pushTag(frame, vid);
      port.send(frame);
    },
    state: () => (hasCarrier(port) ? 'UP' : 'LOWERLAYERDOWN'),
  };
  made.linked = port;
  port.vlans ??= new VlanPorts(port);
  port.vlans.ports.set(vid, made);
  return made;
}

/** The VLANs of a port that have interfaces of their own. */
export class VlanPorts {
  /** By VLAN id. */
  readonly ports: Map<number, Port>;
  private readonly below: Port;

  /** `addVlanPort` makes them. */
  constructor(below: Port) {
    this.ports = new Map();
    this.below = below;
  }

  /**
   * Takes over a frame of a VLAN that it has; else answers false: the frame is for the port's own
   * handler. One with a priority alone (VID 0) has lost its tag then.
   */
  take(frame: Frame): boolean {
    const tag = tagOf(frame);
    if (tag === UNTAGGED) return false;
    const vid = vidOf(tag);
    const port = this.ports.get(vid);
    if (port === undefined && vid !== 0) return false;
    const { device } = this.below;
    if (vid !== 0 && device.noting) device.note(`Read 802.1Q tag\nVLAN ID = ${vid}`, frame);
    popTag(frame);
    if (port === undefined) return false;
    port.receive(frame);
    return true;
  }
}
