/** An interface of a device: what Linux calls a net device. */
import { formatMac } from '../bytes/address.js';
import type { Device } from './device.js';
import type { Frame } from './frame.js';
import type { VlanPorts } from './vlan-port.js';

/** What is below a port: a link, or a device in software such as a bridge, a tunnel, a VLAN. */
export interface Wire {
  /** Takes a frame over, to send it or to release it. */
  transmit(port: Port, frame: Frame): void;
  /** What `ip link` says of a port that is up (absent: UNKNOWN, as of devices that have no carrier). */
  state?(port: Port): LinkState;
}

/** Whether there is somebody at the other end, in the words of `ip link`. */
export type LinkState = 'UP' | 'DOWN' | 'LOWERLAYERDOWN' | 'UNKNOWN';

/** What is above a port: the IP stack, or the bridge that it is a port of. */
export interface PortHandler {
  /** Takes over a frame that came in. */
  receive(port: Port, frame: Frame): void;
}

/** An interface, with counters as `ip -s link` shows them. */
export class Port {
  readonly device: Device;
  readonly name: string;
  /** Its number among the device's, in the order made: 1 is `lo`, as Linux's ifindex. */
  readonly index: number;
  /** What Linux names behind an `@`: the other end of a veth pair, what a VLAN's interface is on. */
  linked: Port | undefined;
  /** 48 bits. */
  readonly mac: number;
  /** Bytes of an IP packet. */
  mtu: number;
  up: boolean;
  wire: Wire | undefined;
  handler: PortHandler | undefined;
  /** VLANs that have interfaces of their own on it: they look at its frames before the handler. */
  vlans: VlanPorts | undefined;
  rxPackets: number;
  rxBytes: number;
  rxDropped: number;
  txPackets: number;
  txBytes: number;
  txDropped: number;

  constructor(device: Device, name: string, index: number, mac: number, mtu: number) {
    this.device = device;
    this.name = name;
    this.index = index;
    this.linked = undefined;
    this.mac = mac;
    this.mtu = mtu;
    this.up = true;
    this.wire = undefined;
    this.handler = undefined;
    this.vlans = undefined;
    this.rxPackets = 0;
    this.rxBytes = 0;
    this.rxDropped = 0;
    this.txPackets = 0;
    this.txBytes = 0;
    this.txDropped = 0;
  }

  /** Sends a frame, which is then no longer the caller's. */
  send(frame: Frame): void {
    const { wire } = this;
    if (!this.up || wire === undefined) {
      this.txDropped++;
      frame.release();
      return;
    }
    this.txPackets++;
    this.txBytes += frame.end - frame.start;
    wire.transmit(this, frame);
  }

  /** Takes a frame that came in. */
  receive(frame: Frame): void {
    const { handler, vlans } = this;
    if (!this.up) {
      this.drop(frame);
      return;
    }
    this.rxPackets++;
    this.rxBytes += frame.end - frame.start;
    if (vlans?.take(frame)) return;
    if (handler === undefined) this.drop(frame);
    else handler.receive(this, frame);
  }

  /** Lets go of a frame that came in, and counts it as dropped. */
  drop(frame: Frame): void {
    this.rxDropped++;
    frame.release();
  }

  /** As people name it: `A:eth0`. */
  get title(): string {
    return `${this.device.name}:${this.name}`;
  }

  /** The address as text. */
  get macText(): string {
    return formatMac(this.mac);
  }
}
