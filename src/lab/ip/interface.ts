/** A port with IP addresses: where the IP stack meets the link. */

import { formatIpv4 } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import type { Ipv4Prefix } from '../../bytes/ipv4-prefix.js';
import { offsetOf } from '../../bytes/layout.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../../headers/ethernet.js';
import { ETHERTYPE } from '../../headers/numbers.js';
import type { Clock } from '../clock.js';
import type { Frame } from '../frame.js';
import type { Port, PortHandler } from '../port.js';
import type { Random } from '../random.js';
import { reportMembership, UNSOLICITED_REPORT_INTERVAL } from './igmp.js';
import { type NeighbourOptions, Neighbours } from './neighbours.js';
import { isMulticast } from './packet.js';
import { parsePrefix } from './routes.js';
import type { IpStack } from './stack.js';

const HEADER_BYTES = ETHERNET_HEADER_BYTES;
const SRC_AT = offsetOf(ethernetLayout, 'src');
const TYPE_AT = offsetOf(ethernetLayout, 'type');
const { ARP, IPV4 } = ETHERTYPE;
const WORD = 0x100000000;
const ALL_SYSTEMS = 0xe0000001;
const LIMITED_BROADCAST = 0xffffffff;
const BROADCAST_MAC = 0xffffffffffff;
const GROUP_MAC = 0x01005e000000;

/** An interface of an IP stack. */
export class IpInterface implements PortHandler {
  readonly stack: IpStack;
  readonly port: Port;
  readonly addresses: Ipv4Prefix[];
  readonly neighbours: Neighbours;
  readonly clock: Clock;
  private readonly groups: Set<number>;
  /** When reports are repeated. */
  private luck: Random | undefined;
  private readonly macHigh: number;
  private readonly macLow: number;

  /** `IpStack.attach` makes them. */
  constructor(stack: IpStack, port: Port, options: NeighbourOptions) {
    this.stack = stack;
    this.port = port;
    this.clock = stack.lab.clock;
    this.addresses = [];
    this.groups = new Set([ALL_SYSTEMS]);
    this.luck = undefined;
    this.macHigh = Math.floor(port.mac / WORD);
    this.macLow = port.mac % WORD;
    this.neighbours = new Neighbours(this, options);
    port.handler = this;
  }

  /** Gives it an address such as `192.168.1.10/24`; the network becomes a route. */
  addAddress(text: string): void {
    const prefix = parsePrefix(text);
    if (prefix.address === 0 || this.stack.isLocal(prefix.address)) {
      throw new PacketError(
        'BAD_VALUE',
        `${this.port.title}: ${text} is taken or no host's address`,
      );
    }
    this.addresses.push(prefix);
    this.stack.addLocal(prefix, this);
  }

  /** Listens to a multicast group, and says so by IGMP as soon as the lab runs. */
  joinGroup(group: number): void {
    if (this.groups.has(group)) return;
    this.groups.add(group);
    this.report(group, true);
  }

  /** Listens to it no longer, and says so. */
  leaveGroup(group: number): void {
    if (!this.groups.delete(group)) return;
    this.report(group, false);
  }

  /** Says it now and once more within a second, unless the opposite is true by then. */
  private report(group: number, joined: boolean): void {
    const { clock, port, stack } = this;
    this.luck ??= stack.lab.random.stream(`igmp ${port.title}`);
    const later = this.luck.below(UNSOLICITED_REPORT_INTERVAL);
    // Not at once: while a lab is built the port's cable may be missing yet.
    clock.call(0, () => reportMembership(this, group, joined, false));
    clock.call(later, () => {
      if (this.hears(group) === joined) reportMembership(this, group, joined, true);
    });
  }

  /** Whether it listens to that group. */
  hears(group: number): boolean {
    return this.groups.has(group);
  }

  /** Whether an address means everybody on this link. */
  isBroadcast(address: number): boolean {
    if (address === LIMITED_BROADCAST) return true;
    for (const { network, mask, length } of this.addresses) {
      if (length < 31 && address === (network | ~mask) >>> 0) return true;
    }
    return false;
  }

  /** The address to ask and to answer from: the one in the same network, else the first. */
  sourceFor(address: number): number {
    for (const prefix of this.addresses) {
      if ((address & prefix.mask) >>> 0 === prefix.network) return prefix.address;
    }
    return this.addresses[0]?.address ?? this.stack.anyAddress;
  }

  receive(port: Port, frame: Frame): void {
    const { view, start, end } = frame;
    if (end - start < HEADER_BYTES) {
      port.drop(frame);
      return;
    }
    const high = view.getUint16(start);
    const group = (high & 0x0100) !== 0;
    if (!group && (high !== this.macHigh || view.getUint32(start + 2) !== this.macLow)) {
      // A NIC that is not promiscuous does not even look at it.
      if (this.noting) this.note('Not my MAC, ignore', frame);
      port.drop(frame);
      return;
    }
    const type = view.getUint16(start + TYPE_AT);
    if (type === IPV4) this.stack.receive(this, frame, group);
    else if (type === ARP) this.neighbours.receive(frame);
    else port.drop(frame);
  }

  /** Sends the packet at `frame.network` to `nextHop`, a neighbour, everybody or a group. */
  output(frame: Frame, nextHop: number): void {
    if (isMulticast(nextHop)) {
      this.sendTo(frame, GROUP_MAC + (nextHop & 0x7fffff), IPV4);
    } else if (this.isBroadcast(nextHop)) {
      this.sendTo(frame, BROADCAST_MAC, IPV4);
    } else {
      this.neighbours.send(frame, nextHop);
    }
  }

  /** Writes an Ethernet header in front of what begins at `frame.network`, and sends the frame. */
  sendTo(frame: Frame, mac: number, type: number): void {
    const { view, network } = frame;
    const at = network - HEADER_BYTES;
    frame.start = at;
    view.setUint16(at, mac / WORD);
    view.setInt32(at + 2, mac | 0);
    view.setUint16(at + SRC_AT, this.macHigh);
    view.setUint32(at + SRC_AT + 2, this.macLow);
    view.setUint16(at + TYPE_AT, type);
    this.port.send(frame);
  }

  get noting(): boolean {
    return this.port.device.noting;
  }

  note(text: string, frame?: Frame): void {
    this.port.device.note(text, frame);
  }

  /** Whether an address is the first of its network here; others are Linux's `secondary`. */
  isPrimary(prefix: Ipv4Prefix): boolean {
    const { network, length } = prefix;
    const first = this.addresses.find((one) => one.network === network && one.length === length);
    return first === prefix;
  }

  /** Its addresses as `ip address` prints them: those that are not the first of a network come last. */
  print(): string[] {
    const [first, second] = [true, false].map((primary) =>
      this.addresses.filter((one) => this.isPrimary(one) === primary),
    );
    return [...(first ?? []), ...(second ?? [])].map(
      ({ address, length }) => `${formatIpv4(address)}/${length}`,
    );
  }
}
