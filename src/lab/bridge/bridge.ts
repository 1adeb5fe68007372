/** A bridge as Linux has one, and the core of a switch: learns addresses, forwards, floods. */
import { PacketError } from '../../bytes/error.js';
import { offsetOf } from '../../bytes/layout.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../../headers/ethernet.js';
import { ETHERTYPE } from '../../headers/numbers.js';
import { SECOND } from '../clock.js';
import { type Device, type PortSpec, type Table, unicastMac } from '../device.js';
import type { Frame } from '../frame.js';
import { findPacket } from '../ip/packet.js';
import { hasCarrier } from '../net-device.js';
import type { LinkState, Port, Wire } from '../port.js';
import { checkNumbers, DURATION, numbers, type RangesOf } from '../range.js';
import { checkVid, popTag, pushTag, tagOf, UNTAGGED, vidOf, withVid } from '../vlan-tag.js';
import { Fdb, type FdbEntry, type Learned } from './fdb.js';
import type { BridgeHooks } from './hooks.js';
import { describe, describeRefusal, labelOf } from './notes.js';
import { BridgePort, type BridgePortOptions, MEMBERSHIP } from './port.js';
import { bridgeTables } from './tables.js';

/** What a bridge can be told. */
export interface BridgeOptions {
  /** Nanoseconds after which an address is forgotten (absent: 300 s, `ageing_time`); 0: never. */
  readonly ageing?: number;
  /** Addresses that are learned at most (absent: 16,384); 0: no limit (`fdb_max_learned`). */
  readonly maxLearned?: number;
  /** Whether it keeps VLANs apart (absent: false: tags are data like any other). */
  readonly vlanFiltering?: boolean;
  /** The bridge's own port: its address, MTU and VLANs. */
  readonly self?: PortSpec & BridgePortOptions;
}

const RANGES: RangesOf<BridgeOptions> = {
  ageing: DURATION,
  maxLearned: numbers(0, undefined, 'addresses'),
};

const HEADER_BYTES = ETHERNET_HEADER_BYTES;
const SRC_AT = offsetOf(ethernetLayout, 'src');
const TYPE_AT = offsetOf(ethernetLayout, 'type');
const { IPV4 } = ETHERTYPE;
const GROUP_BIT = 0x0100;
/** An Ethernet header and a tag, which an MTU does not count. */
const BEYOND_MTU = 18;
/** 01:80:c2:00:00:00–0f: groups that no bridge forwards (IEEE 802.1D §7.12.6). */
const RESERVED_HIGH = 0x0180;
const RESERVED_LOW = 0xc2000000 | 0;
const { NONE, UNTAGGED: LEAVES_UNTAGGED } = MEMBERSHIP;

/**
 * A bridge among the ports of a device. Without spanning tree: a loop of bridges is a storm, as in
 * life.
 */
export class Bridge implements Wire {
  readonly device: Device;
  readonly name: string;
  /** The bridge's own port, on which the device may have an IP address. */
  readonly self: Port;
  readonly fdb: Fdb;
  readonly vlanFiltering: boolean;
  readonly members: BridgePort[];
  /** The bridge's own port, as a member. */
  readonly own: BridgePort;
  /** br_netfilter; undefined: what is bridged is not shown to anybody. */
  hooks: BridgeHooks | undefined;

  /** Throws `BAD_OPTION`, `BAD_VALUE` or `OUT_OF_RANGE` for an option that makes no sense. */
  constructor(device: Device, name: string, options: BridgeOptions = {}) {
    const { ageing = 300 * SECOND, maxLearned = 16_384 } = options;
    checkNumbers(`${device.name}:${name}`, options, RANGES);
    this.device = device;
    this.name = name;
    this.vlanFiltering = options.vlanFiltering ?? false;
    this.fdb = new Fdb(device.lab.clock, ageing, maxLearned);
    this.members = [];
    this.hooks = undefined;
    this.self = device.addPort(name, options.self);
    this.self.wire = this;
    this.own = new BridgePort(this, this.self, options.self ?? {});
    this.fdb.set(0, this.self.mac, this.own, 'local');
    device.addTables(() => this.tables());
  }

  /**
   * Makes a port of the device one of the bridge's: `ip link set eth1 master br0`. Throws `BAD_VALUE`
   * for a port that something else is above already, `OUT_OF_RANGE` for what is no VLAN's id.
   */
  addPort(port: Port, options: BridgePortOptions = {}): BridgePort {
    if (port.device !== this.device || port === this.self || port.handler !== undefined) {
      throw new PacketError(
        'BAD_VALUE',
        `${port.title} can't be a port of ${this.self.title}: it is another device's, or in use`,
      );
    }
    const member = new BridgePort(this, port, options);
    port.handler = member;
    this.members.push(member);
    this.fdb.set(0, port.mac, member, 'local');
    return member;
  }

  /** Takes a port out again: `ip link set eth1 nomaster`. Throws `BAD_VALUE` for one that is none. */
  removePort(port: Port): void {
    const at = this.members.findIndex((member) => member.port === port);
    const [member] = at < 0 ? [] : this.members.splice(at, 1);
    if (member === undefined) {
      throw new PacketError('BAD_VALUE', `${port.title} is no port of ${this.self.title}`);
    }
    port.handler = undefined;
    this.fdb.forget(member);
  }

  /**
   * Says once and for all behind which port an address is (`bridge fdb add … master sticky static`):
   * in a VLAN, 1–4094, where the bridge filters by them. Throws `BAD_VALUE` or `OUT_OF_RANGE`.
   */
  addStatic(mac: string, port: Port, vlan = 0): void {
    if (this.vlanFiltering || vlan !== 0) checkVid(port.title, vlan);
    this.fdb.set(vlan, unicastMac(this.self.title, mac), this.memberOf(port), 'static');
  }

  /** As iproute2 prints them. */
  tables(): Table[] {
    return bridgeTables(this);
  }

  /** The member that a port of the device is. Throws `BAD_VALUE` where it is none. */
  memberOf(port: Port): BridgePort {
    const found = port === this.self ? this.own : this.members.find((one) => one.port === port);
    if (found !== undefined) return found;
    throw new PacketError('BAD_VALUE', `${port.title} is no port of ${this.self.title}`);
  }

  /** What the device itself sends by the bridge's own port. */
  transmit(_port: Port, frame: Frame): void {
    if (frame.end - frame.start < HEADER_BYTES) this.drop(this.own, frame);
    else this.classify(this.own, frame);
  }

  /** A bridge has a carrier where one of its ports has. */
  state(): LinkState {
    return this.members.some(({ port }) => hasCarrier(port)) ? 'UP' : 'DOWN';
  }

  /** A frame came in by a member. */
  receiveFrom(from: BridgePort, frame: Frame): void {
    const { view, start, end } = frame;
    frame.network = 0;
    if (end - start < HEADER_BYTES) {
      this.drop(from, frame);
      return;
    }
    // As Linux (`is_valid_ether_addr`): nobody is a group or has no address at all.
    const srcHigh = view.getUint16(start + SRC_AT);
    if ((srcHigh & GROUP_BIT) !== 0 || (srcHigh === 0 && view.getInt32(start + SRC_AT + 2) === 0)) {
      this.refuse(from, frame, 'The source is no address of a station: not learned, drop');
      return;
    }
    if (
      view.getUint16(start) === RESERVED_HIGH &&
      (view.getInt32(start + 2) & ~15) === RESERVED_LOW
    ) {
      this.refuse(from, frame, 'For this link alone (01:80:c2:00:00:0x): not forwarded');
      return;
    }
    const { hooks } = this;
    if (hooks !== undefined && view.getUint16(start + TYPE_AT) === IPV4) {
      if (!findPacket(frame, start + HEADER_BYTES)) {
        this.drop(from, frame);
        return;
      }
      if (!hooks.enter(this, frame, from.port)) return;
    }
    this.classify(from, frame);
  }

  /** Finds a frame's VLAN, and takes its tag out: inside, a frame's tag is beside it. */
  private classify(from: BridgePort, frame: Frame): void {
    if (!this.vlanFiltering) {
      this.forward(from, frame, 0, UNTAGGED);
      return;
    }
    const tag = tagOf(frame);
    const given = tag === UNTAGGED ? UNTAGGED : vidOf(tag);
    const vid = given <= 0 ? from.pvid : given;
    if (from.membership[vid] === NONE) {
      if (this.device.noting) this.device.note(describeRefusal(from, given), frame);
      this.drop(from, frame);
      return;
    }
    if (given === UNTAGGED) this.forward(from, frame, vid, given);
    else {
      popTag(frame);
      this.forward(from, frame, withVid(tag, vid), given);
    }
  }

  /**
   * `tci`: the VLAN, with the priority of its tag; 0: there are no VLANs. `given`: the VLAN id that
   * its tag had, or `UNTAGGED`.
   */
  private forward(from: BridgePort, frame: Frame, tci: number, given: number): void {
    const { view, start } = frame;
    const vlan = vidOf(tci);
    const learned = from.learning && from !== this.own ? this.learn(from, frame, vlan) : 'known';
    const high = view.getUint16(start);
    const found =
      (high & GROUP_BIT) === 0 ? this.find(vlan, high, view.getInt32(start + 2)) : undefined;
    const to = found?.kind === 'local' ? this.own : found?.port;
    const passes = to !== undefined && this.mayPass(from, to, vlan);
    if (this.device.noting) {
      const decision = to === undefined ? 'flood' : passes ? 'forward' : 'filter';
      const takers = decision === 'flood' ? this.takers(from, vlan) : [];
      this.device.note(describe(from, frame, tci, { given, learned, decision, to, takers }), frame);
      if (from !== this.own) frame.label = labelOf(decision, vlan);
    }
    if (to === undefined) this.flood(from, frame, tci);
    else if (passes) this.leave(from, to, frame, tci);
    else this.drop(from, frame);
  }

  private learn(from: BridgePort, frame: Frame, vlan: number): Learned {
    const { view, start } = frame;
    const high = view.getUint16(start + SRC_AT);
    const low = view.getInt32(start + SRC_AT + 2);
    return this.fdb.learn(vlan, high, low, from);
  }

  private find(vlan: number, high: number, low: number): FdbEntry | undefined {
    const { fdb } = this;
    const found = fdb.find(vlan, high, low);
    // The bridge's own addresses are in no VLAN and so in all (Linux's `fdb_local_vlan_0`).
    return found === undefined && vlan !== 0 ? fdb.find(0, high, low) : found;
  }

  private mayPass(from: BridgePort, to: BridgePort, vlan: number): boolean {
    if (to === from && !from.hairpin) return false;
    if (from.isolated && to.isolated) return false;
    if (vlan !== 0 && to.membership[vlan] === NONE) return false;
    const { port } = to;
    return port.up && (to === this.own ? port.handler : port.wire) !== undefined;
  }

  /** The ports that a flooded frame leaves by. For notes. */
  private takers(from: BridgePort, vlan: number): BridgePort[] {
    return [...this.members, this.own].filter((to) => this.mayPass(from, to, vlan));
  }

  /** To all but where it came from. The last one gets the frame itself, the others copies. */
  private flood(from: BridgePort, frame: Frame, tci: number): void {
    const { members, own } = this;
    const vlan = vidOf(tci);
    let last: BridgePort | undefined;
    for (let i = 0; i <= members.length; i++) {
      const to = members[i] ?? own;
      if (!this.mayPass(from, to, vlan)) continue;
      if (last !== undefined) this.leave(from, last, this.device.lab.frames.copy(frame), tci);
      last = to;
    }
    if (last === undefined) this.drop(from, frame);
    else this.leave(from, last, frame, tci);
  }

  private leave(from: BridgePort, to: BridgePort, frame: Frame, tci: number): void {
    const { hooks, own } = this;
    const { port } = to;
    // A packet that no hook has seen coming in has no network header here.
    if (hooks !== undefined && frame.network !== 0 && from !== own && to !== own) {
      if (!hooks.leave(this, frame, from.port, port)) return;
    }
    const tagged = tci !== 0 && to.membership[vidOf(tci)] !== LEAVES_UNTAGGED;
    if (tagged) pushTag(frame, tci);
    if (to === own) {
      // What the bridge says of it is not for the link that the IP stack sends it on to.
      frame.label = '';
      port.receive(frame);
    } else if (frame.end - frame.start > port.mtu + BEYOND_MTU) {
      port.txDropped++;
      frame.release();
    } else port.send(frame);
  }

  private refuse(from: BridgePort, frame: Frame, why: string): void {
    const { device } = this;
    if (device.noting) device.note(why, frame);
    this.drop(from, frame);
  }

  /** What came in by the bridge's own port is what the device sent. */
  private drop(from: BridgePort, frame: Frame): void {
    if (from === this.own) from.port.txDropped++;
    else from.port.rxDropped++;
    frame.release();
  }
}
