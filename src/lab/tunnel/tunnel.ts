/** The tunnel of one VNI: what is below a port such as `vxlan5000`. */
import { formatIpv4, formatMac } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import { offsetOf } from '../../bytes/layout.js';
import type { Decapsulation } from '../../encap/decapsulation.js';
import { applyOuterEcn, ECN_DROP } from '../../encap/ecn.js';
import { innerMtu } from '../../encap/overhead.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../../headers/ethernet.js';
import { GeneveOptionCursor } from '../../headers/geneve-option-cursor.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import { dontFragment, isMulticast } from '../ip/packet.js';
import { addressOf } from '../ip/stack.js';
import { macFrom } from '../mac-map.js';
import type { Port, Wire } from '../port.js';
import { macOf } from './addresses.js';
import { answerFor, askedFor } from './arp-proxy.js';
import type { TunnelEndPoint } from './end-point.js';
import {
  labelOf,
  noteFlood,
  noteLearned,
  noteLookup,
  notePlaced,
  noteUnwrapped,
  noteWrapped,
} from './notes.js';
import { numberPacket, wrapFrame } from './outer-packet.js';
import type { TunnelPolicy } from './policy.js';
import type { Remote } from './remote.js';
import { tunnelTables } from './tables.js';
import { tooBig } from './too-big.js';
import type { TunnelOptions } from './tunnel-options.js';
import { VtepTable } from './vtep-table.js';

const HEADER_BYTES = ETHERNET_HEADER_BYTES;
/** What a Linux device has of which nothing is known. */
const ETHERNET_MTU = 1500;
const SRC = offsetOf(ethernetLayout, 'src');
const cursor = new GeneveOptionCursor();

/** A tunnel. `TunnelEndPoint.addTunnel` makes them. */
export class Tunnel implements Wire {
  readonly endPoint: TunnelEndPoint;
  readonly device: Host;
  readonly port: Port;
  readonly vni: number;
  readonly table: VtepTable;
  readonly policy: TunnelPolicy | undefined;
  /** MAC addresses of 48 bits by IP address: for these the tunnel answers ARP itself. */
  readonly neighbours: Map<number, number>;
  /** Whether it learns from what comes out. */
  learning: boolean;
  /** Its multicast group; 0: none. */
  readonly group: number;
  /** Whether it is bound to the underlay's interface: Linux's `dev`. */
  readonly dev: boolean;

  constructor(endPoint: TunnelEndPoint, name: string, options: TunnelOptions) {
    const { host, underlay } = endPoint;
    if (options.policy !== undefined && endPoint.kind !== 'geneve') {
      throw new PacketError('BAD_OPTION', `${host.name}:${name}: a policy needs Geneve's options`);
    }
    this.endPoint = endPoint;
    this.device = host;
    this.vni = options.vni;
    this.policy = options.policy;
    this.learning = options.learning ?? true;
    this.neighbours = new Map();
    this.table = new VtepTable(host.lab.clock, options.ageing, options.maxLearned);
    this.group = options.group === undefined ? 0 : groupOf(options.group);
    for (const remote of options.remotes ?? []) this.addFlood(remote);
    if (this.group !== 0) this.table.flood.push(endPoint.remote(this.group));
    const { dev, group, mtu } = options;
    const room = innerMtu(underlay.port.mtu, { tunnel: endPoint.kind });
    const most = dev === false ? ETHERNET_MTU : room;
    this.dev = dev ?? (group !== undefined || (mtu ?? most) <= room);
    checkDev(`${host.name}:${name}`, this, underlay.port, mtu ?? most, room);
    this.port = host.addPort(name, {
      ...(options.mac === undefined ? {} : { mac: options.mac }),
      mtu: mtu ?? most,
    });
    this.port.wire = this;
    host.addTables(() => tunnelTables(this));
    if (this.group !== 0) this.join();
  }

  /** Joins its group: the host then hears what is flooded. */
  private join(): void {
    const { group, device, endPoint } = this;
    const { underlay } = endPoint;
    if (device.ip.routes.lookup(group)?.out !== underlay) {
      device.ip.addRoute(formatIpv4(group), { dev: underlay.port.name });
    }
    underlay.joinGroup(group);
  }

  /** `bridge fdb add MAC dev vxlan5000 dst ADDRESS`: an entry that stays. */
  addEntry(mac: string, remote: string): void {
    this.table.set(macOf(mac), this.endPoint.remote(addressOf(remote)));
  }

  /** One more end point to flood to: `bridge fdb append 00:00:00:00:00:00 dev … dst ADDRESS`. */
  addFlood(remote: string): void {
    const to = this.endPoint.remote(addressOf(remote));
    const { flood } = this.table;
    if (to.address !== this.endPoint.local && !flood.includes(to)) flood.push(to);
  }

  /** Has ARP for an address answered here: `ip neigh add ADDRESS lladdr MAC dev vxlan5000`. */
  addNeighbour(address: string, mac: string): void {
    this.neighbours.set(addressOf(address), macOf(mac));
  }

  /**
   * A control plane says where a VM is: its MAC and IP address (-1: not known), and its end point.
   * What is said of this host itself the bridge knows better, and nothing is done where an address
   * is none (-1).
   */
  place(mac: number, address: number, vtep: number): void {
    const { endPoint, device } = this;
    if (mac < 0 || vtep < 0) return;
    if (vtep === endPoint.local) {
      this.forget(mac);
      return;
    }
    this.table.set(mac, endPoint.remote(vtep), 'extern_learn');
    if (address >= 0) this.neighbours.set(address, mac);
    if (device.noting) notePlaced(this, mac, vtep);
  }

  /** A VM is no longer where it was said to be. */
  forget(mac: number): void {
    this.table.delete(mac);
    for (const [address, known] of this.neighbours) {
      if (known === mac) this.neighbours.delete(address);
    }
  }

  /** A frame for the tunnel. */
  transmit(_port: Port, frame: Frame): void {
    const { view, start, end } = frame;
    if (end - start < HEADER_BYTES) {
      this.drop(frame);
      return;
    }
    const high = view.getUint16(start);
    if ((high & 0x0100) !== 0) {
      if (!this.answered(frame)) this.flood(frame, true);
      return;
    }
    const low = view.getInt32(start + 2);
    const remote = this.table.find(high, low);
    if (remote !== undefined) {
      if (this.device.noting) noteLookup(this, frame, remote);
      this.send(frame, remote);
      return;
    }
    const { control } = this.endPoint;
    if (control?.unknown(this, macFrom(high, low), frame) !== true) this.flood(frame, false);
  }

  /** A frame that a control plane had taken over: now it may be known where it is to go. */
  retry(frame: Frame): void {
    this.transmit(this.port, frame);
  }

  /** Lets go of a frame that a control plane had taken over, and says why. */
  giveUp(frame: Frame, why: string): void {
    if (this.device.noting) this.device.note(why, frame);
    this.drop(frame);
  }

  /** Sends a frame to one end point. */
  send(frame: Frame, remote: Remote): void {
    const { endPoint, policy, device, port } = this;
    const { ip } = device;
    const headers = policy === undefined ? remote.plain : remote.with(policy.options(frame));
    const { headerBytes } = headers;
    const outer = frame.end - frame.start + headerBytes - HEADER_BYTES;
    const mtu = ip.mtuTo(remote.address);
    if (outer > mtu && this.tell(frame, mtu - headerBytes)) return;
    if (device.noting) noteWrapped(this, frame, remote, headerBytes - remote.plain.headerBytes);
    const wrapped = wrapFrame(device.lab.frames, frame, headers, this.vni);
    if (wrapped === undefined) {
      port.txDropped++;
      return;
    }
    if (device.noting) wrapped.label = labelOf(this, wrapped);
    if (endPoint.df !== 'set' && !dontFragment(wrapped)) numberPacket(wrapped, ip.nextId());
    const result = ip.sendPacket(wrapped);
    if (result === 'sent') return;
    port.txDropped++;
    if (!device.noting) return;
    const why =
      result === 'no route'
        ? `No route to ${remote.text}`
        : `${outer} bytes do not fit the underlay's MTU of ${mtu}, and DF is set`;
    device.note(why);
  }

  /** Sends a frame to every end point of the VNI. `isGroup`: it is for several. */
  flood(frame: Frame, isGroup: boolean): void {
    const { flood } = this.table;
    if (this.device.noting) noteFlood(this, frame, isGroup);
    const last = flood.length - 1;
    if (last < 0) {
      this.drop(frame);
      return;
    }
    for (let i = 0; i < last; i++) {
      this.send(this.device.lab.frames.copy(frame), flood[i] as Remote);
    }
    this.send(frame, flood[last] as Remote);
  }

  /** A frame came out of the tunnel, from that address; the policy has not seen it yet. */
  arrived(frame: Frame, record: Decapsulation, from: number): void {
    const { port, policy, device, endPoint } = this;
    const { view, innerStart, innerEnd } = record;
    const { counters } = endPoint;
    const admitted =
      policy === undefined ||
      policy.admits(cursor.moveTo(view, record.optionsStart, record.optionsEnd));
    if (device.noting) noteUnwrapped(this, frame, admitted);
    if (!admitted) {
      counters.denied++;
      port.drop(frame);
      return;
    }
    const ecn = record.outerEcn;
    // RFC 6040 §4.2: an outer Not-ECT changes nothing.
    if (ecn !== 0 && (applyOuterEcn(view, record.innerIp, ecn) & ECN_DROP) !== 0) {
      counters.badEcn++;
      if (device.noting) device.note('Drop: congestion marked on a packet without ECN', frame);
      port.drop(frame);
      return;
    }
    const high = view.getUint16(innerStart + SRC);
    const low = view.getInt32(innerStart + SRC + 2);
    if (!this.learn(high, low, from, frame)) {
      counters.badSource++;
      port.drop(frame);
      return;
    }
    frame.start = innerStart;
    frame.end = innerEnd;
    frame.network = 0;
    frame.connection = undefined;
    frame.bridgePort = undefined;
    port.receive(frame);
  }

  /** False: the frame's sender is not where it says. */
  private learn(high: number, low: number, from: number, frame: Frame): boolean {
    const { port, device, endPoint } = this;
    // A group is nobody's address; our own comes back in a loop only.
    if ((high & 0x0100) !== 0 || macFrom(high, low) === port.mac) return false;
    if (!this.learning) return true;
    const remote = endPoint.sender(from);
    const learned = this.table.learn(high, low, remote);
    // As Linux (`vxlan_snoop`): what there is no room to learn comes out all the same.
    if (learned === 'known' || learned === 'full') return true;
    if (learned === 'refused') return false;
    if (device.noting) noteLearned(this, frame, macFrom(high, low), remote);
    return true;
  }

  /** Answers an ARP request, or leaves it to the control plane; false: neither. */
  private answered(frame: Frame): boolean {
    const { neighbours, device, port, endPoint } = this;
    const { control } = endPoint;
    if (neighbours.size === 0 && control === undefined) return false;
    const address = askedFor(frame);
    if (address === 0) return false;
    const mac = neighbours.get(address);
    if (mac === undefined) return control?.asked(this, address, frame) ?? false;
    if (device.noting) {
      device.note(`ARP suppression: ${formatIpv4(address)} is ${formatMac(mac)}`, frame);
    }
    const answer = answerFor(device.lab.frames, frame, mac);
    frame.release();
    port.receive(answer);
    return true;
  }

  /**
   * The outer packet would be too long. Tells the inner sender that `mtu` bytes fit, as Linux does
   * (5.9 and newer) for an IPv4 packet with DF, and drops the frame. False: nobody can be told, and
   * the IP stack of the underlay does what DF of the outer packet has it do.
   */
  private tell(frame: Frame, mtu: number): boolean {
    const { device, port } = this;
    const answer = tooBig(device.lab.frames, frame, mtu);
    if (answer === undefined) return false;
    if (device.noting) device.note(`Too long for the tunnel: ${mtu} bytes fit`, frame);
    this.drop(frame);
    port.receive(answer);
    return true;
  }

  private drop(frame: Frame): void {
    this.port.txDropped++;
    frame.release();
  }
}

/** As Linux: throws `BAD_OPTION` for a group without `dev`, `OUT_OF_RANGE` for an MTU that `dev` has no room for. */
function checkDev(
  where: string,
  { dev, group }: Tunnel,
  { name }: Port,
  mtu: number,
  room: number,
) {
  if (!dev && group !== 0) {
    throw new PacketError(
      'BAD_OPTION',
      `${where}: a group needs \`dev\`, the interface to join it on`,
    );
  }
  if (dev && mtu > room) {
    throw new PacketError(
      'OUT_OF_RANGE',
      `${where}: it is bound to ${name}, whose MTU leaves ${room} bytes, not ${mtu}`,
    );
  }
}

/** Reads a multicast address. Throws `BAD_VALUE`. */
function groupOf(text: string): number {
  const address = addressOf(text);
  if (isMulticast(address)) return address;
  throw new PacketError('BAD_VALUE', `${text} is no multicast group such as 239.1.1.1`);
}
