/** An IPv4 stack as Linux has one: in, up, through and out, with a hook at each turn. */
import { parseIpv4 } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import type { Ipv4Prefix } from '../../bytes/ipv4-prefix.js';
import { ETHERNET_HEADER_BYTES } from '../../headers/ethernet.js';
import { IPV4_HEADER_BYTES } from '../../headers/ipv4-wire.js';
import { ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import { SECOND } from '../clock.js';
import type { Device } from '../device.js';
import { type Frame, HEADROOM } from '../frame.js';
import type { Lab } from '../lab.js';
import type { Port } from '../port.js';
import { checkNumber, numbers, TTL } from '../range.js';
import { type IpCounters, newIpCounters } from './counters.js';
import { forward } from './forward.js';
import { fragment } from './fragment.js';
import { HOOK, type Hook, HookList, type PacketHooks } from './hooks.js';
import { Icmp } from './icmp.js';
import { IpInterface } from './interface.js';
import { LocalDelivery } from './local-delivery.js';
import { addLoopback } from './loopback.js';
import { isMartian } from './martian.js';
import type { NeighbourOptions } from './neighbours.js';
import {
  allowFragments,
  dontFragment,
  dstOf,
  findPacket,
  isMulticast,
  type PacketFields,
  srcOf,
  writePacket,
} from './packet.js';
import { PathMtus } from './path-mtu.js';
import { type RouteOptions, routeTo } from './route-to.js';
import { type Route, RouteTable } from './routes.js';
import type { SendOptions, SendResult } from './send-options.js';
import { checkStackOptions, type IpStackOptions } from './stack-options.js';
import type { Transport } from './transport.js';

const NO_OPTIONS: SendOptions = {};
const TOS = numbers(0, 255);
/** Linux's priorities are ints. */
const PRIORITY = numbers(-0x8000_0000, 0x7fff_ffff);
const PROTOCOL = numbers(0, 255);

/** The IPv4 stack of a host or router. */
export class IpStack {
  readonly device: Device;
  readonly lab: Lab;
  readonly routes: RouteTable;
  readonly icmp: Icmp;
  readonly delivery: LocalDelivery;
  readonly interfaces: IpInterface[];
  readonly counters: IpCounters;
  /** Whether packets for others are forwarded. */
  forwarding: boolean;
  readonly ttl: number;
  private hooks: HookList | undefined;
  // Addresses are signed here: a Map allocates for a key that is no small integer (Node 20).
  private readonly local: Map<number, IpInterface>;
  private readonly neighbourOptions: NeighbourOptions;
  private readonly pathMtus: PathMtus;
  private readonly loopback: IpInterface;
  private readonly fields: PacketFields;
  private id: number;

  constructor(device: Device, options: IpStackOptions = {}) {
    const { forwarding = false, ttl = 64, neighbours = {}, icmpRateLimit = SECOND } = options;
    const { lab, name } = device;
    checkStackOptions(name, options);
    this.device = device;
    this.lab = lab;
    this.forwarding = forwarding;
    this.ttl = ttl;
    this.hooks = undefined;
    this.routes = new RouteTable();
    this.interfaces = [];
    this.local = new Map();
    this.neighbourOptions = neighbours;
    this.pathMtus = new PathMtus(lab.clock);
    this.counters = newIpCounters();
    this.id = lab.random.stream(`ip id ${device.name}`).below(0x10000);
    this.fields = { src: 0, dst: 0, protocol: 0, ttl, tos: 0, id: 0, dontFragment: false };
    this.icmp = new Icmp(this, icmpRateLimit);
    this.delivery = new LocalDelivery(this);
    this.setTransport(IP_PROTOCOL.ICMP, this.icmp);
    this.loopback = new IpInterface(this, addLoopback(device), {});
  }

  /** Gives a port to the stack. Addresses come after. */
  attach(port: Port): IpInterface {
    const made = new IpInterface(this, port, this.neighbourOptions);
    this.interfaces.push(made);
    return made;
  }

  /** The interface of that port. Throws `BAD_VALUE` where the stack does not have it. */
  interfaceOf(port: Port): IpInterface {
    const found = this.interfaces.find((one) => one.port === port);
    if (found !== undefined) return found;
    throw new PacketError('BAD_VALUE', `${port.title} is no port of the IP stack`);
  }

  /**
   * Has every packet looked at. Those of a lower `priority` look first: netfilter's filter has 0, IPVS
   * comes behind it with 100 (Linux `nf_ip_hook_priorities`). Throws `OUT_OF_RANGE` for what is no
   * whole number of 32 bits.
   */
  addHooks(hooks: PacketHooks, priority = 0): void {
    checkNumber(this.device.name, 'a priority', priority, PRIORITY);
    this.hooks ??= new HookList();
    this.hooks.add(hooks, priority);
  }

  /** Has a hook look at a packet, as `PacketHooks.run`. False: the packet is gone. */
  passes(hook: Hook, frame: Frame, input: Port | undefined, output: Port | undefined): boolean {
    const { hooks } = this;
    return hooks === undefined || hooks.run(hook, frame, input, output);
  }

  /** Has packets of a protocol, 0–255, handed to `transport`. Throws `OUT_OF_RANGE`. */
  setTransport(protocol: number, transport: Transport): void {
    checkNumber(this.device.name, 'a protocol', protocol, PROTOCOL);
    this.delivery.setTransport(protocol, transport);
  }

  /**
   * Adds a route: `addRoute('10.0.5.0/24', { via: '10.0.2.254' })`, `default` for 0.0.0.0/0. With
   * `dev` the gateway is taken for a neighbour there (`onlink`). Throws `BAD_VALUE` where the gateway
   * is no neighbour else, or is this stack itself, and for a `src` that it does not have,
   * `OUT_OF_RANGE` for a metric that is no word of 32 bits.
   */
  addRoute(to: string, options: RouteOptions): Route {
    const { via, src } = options;
    const gateway = via === undefined ? 0 : addressOf(via);
    const route = routeTo(this, to, options, gateway, src === undefined ? 0 : addressOf(src));
    this.routes.add(route);
    return route;
  }

  /** Called by an interface that was given an address. */
  addLocal(prefix: Ipv4Prefix, out: IpInterface): void {
    this.local.set(prefix.address | 0, out);
    // A second address in a network has the first one's route.
    if (prefix.length === 32 || !out.isPrimary(prefix)) return;
    const origin = { source: prefix.address, kernel: true, sourceSaid: true };
    this.routes.add({ ...prefix, out, gateway: 0, metric: 0, ...origin });
  }

  /** Whether an address is one of this stack's own. */
  isLocal(address: number): boolean {
    return this.local.has(address | 0) || address >>> 24 === 127;
  }

  /** An address of its own; 0: it has none. */
  get anyAddress(): number {
    for (const address of this.local.keys()) return address >>> 0;
    return 0;
  }

  /** A packet came in. `group`: its frame was for several. */
  receive(input: IpInterface, frame: Frame, group: boolean): void {
    const { counters } = this;
    counters.inReceives++;
    if (!findPacket(frame, frame.start + ETHERNET_HEADER_BYTES)) {
      counters.inHdrErrors++;
      input.port.drop(frame);
      return;
    }
    if (!this.passes(HOOK.PREROUTING, frame, input.port, undefined)) return;
    this.route(input, frame, group);
  }

  /**
   * Decides where a packet goes that came in and has been through PREROUTING: to this host, on to
   * another, nowhere. For whoever took a packet there and hands on what became of it.
   */
  route(input: IpInterface, frame: Frame, group = false): void {
    const { counters } = this;
    const dst = dstOf(frame);
    if (input !== this.loopback && isMartian(this, input, srcOf(frame), dst)) {
      counters.inAddrErrors++;
      input.port.drop(frame);
    } else if (this.isLocal(dst) || this.isForAll(dst, input)) this.delivery.deliver(frame, input);
    else if (this.forwarding && !group && !isMulticast(dst)) forward(this, frame, input);
    else {
      counters.inAddrErrors++;
      input.port.drop(frame);
    }
  }

  private isForAll(dst: number, input: IpInterface): boolean {
    if (isMulticast(dst)) return input.hears(dst);
    // Of whichever network, as Linux's table `local`; and as `bc_forwarding` 0 (RFC 2644) it goes no
    // further than to here.
    for (const one of this.interfaces) if (one.isBroadcast(dst)) return true;
    return dst === 0xffffffff;
  }

  /** A packet to write: `bytes` of payload behind an IPv4 header without options. */
  newPacket(bytes: number): Frame {
    const frame = this.lab.frames.acquire(bytes + IPV4_HEADER_BYTES);
    frame.network = HEADROOM;
    return frame;
  }

  /** The address that packets to `dst` come from; 0: there is no route. */
  sourceFor(dst: number): number {
    if (this.isLocal(dst)) return dst;
    return this.routes.lookup(dst)?.source ?? 0;
  }

  /** Bytes of the largest packet to `dst`, as far as known: of the interface or of the path. */
  mtuTo(dst: number): number {
    if (this.isLocal(dst)) return this.loopback.port.mtu;
    return this.pathMtus.to(dst, this.routes.lookup(dst)?.out.port.mtu ?? 1500);
  }

  /** A router says that packets to `dst` of more than `mtu` bytes do not get through (RFC 1191). */
  learnPathMtu(dst: number, mtu: number): void {
    if (!this.isLocal(dst)) this.pathMtus.learn(dst, mtu, this.mtuTo(dst));
  }

  /** Whether a router has said so little that packets to `dst` are to be cut: `PathMtus.isLocked`. */
  isMtuLocked(dst: number): boolean {
    return this.pathMtus.isLocked(dst);
  }

  /**
   * Sends the payload that lies from `frame.network` + 20 to the frame's end: writes the IPv4 header
   * in front. The frame is then no longer the caller's, whatever the answer. Throws `OUT_OF_RANGE` for
   * a TTL or TOS that is none.
   */
  send(
    frame: Frame,
    protocol: number,
    dst: number,
    options = NO_OPTIONS,
    src = options.src ?? this.sourceFor(dst),
  ): SendResult {
    const { fields } = this;
    if (src === 0) {
      this.counters.outNoRoutes++;
      frame.release();
      return 'no route';
    }
    const { ttl, tos, label, dontFragment: df = 'want' } = options;
    if (ttl !== undefined) checkNumber(this.device.name, 'a TTL', ttl, TTL);
    if (tos !== undefined) checkNumber(this.device.name, 'a TOS', tos, TOS);
    if (label !== undefined) frame.label = label;
    fields.src = src;
    fields.dst = dst;
    fields.protocol = protocol;
    fields.ttl = ttl ?? this.ttl;
    fields.tos = tos ?? 0;
    fields.dontFragment = df === 'want' ? !this.isMtuLocked(dst) : df;
    fields.id = this.nextId();
    writePacket(frame, fields);
    return this.sendPacket(frame, df === 'want');
  }

  /** An identification for a packet that may be cut. */
  nextId(): number {
    this.id = (this.id + 1) & 0xffff;
    return this.id;
  }

  /**
   * Sends the whole packet at `frame.network`, header included. `mayCut`: DF says only what its sender
   * would like, and is taken off where the packet is too long for the path.
   */
  sendPacket(frame: Frame, mayCut = false): SendResult {
    const { counters } = this;
    counters.outRequests++;
    // Without hooks nobody asks by which port it leaves.
    if (this.hooks !== undefined) {
      const out = this.portTo(dstOf(frame));
      if (!this.passes(HOOK.OUTPUT, frame, undefined, out)) return 'sent';
    }
    const dst = dstOf(frame);
    if (this.isLocal(dst)) {
      const { port } = this.loopback;
      if (this.passes(HOOK.POSTROUTING, frame, undefined, port)) port.send(frame);
      return 'sent';
    }
    const route = this.routes.lookup(dst);
    if (route === undefined) {
      counters.outNoRoutes++;
      frame.release();
      return 'no route';
    }
    const mtu = this.pathMtus.to(dst, route.out.port.mtu);
    if (frame.end - frame.network > mtu && dontFragment(frame)) {
      if (!mayCut) {
        counters.fragFails++;
        frame.release();
        return 'too long';
      }
      allowFragments(frame);
    }
    this.finish(frame, route, mtu);
    return 'sent';
  }

  /** The port by which packets to `dst` leave; undefined: there is no route. */
  portTo(dst: number): Port | undefined {
    return this.isLocal(dst) ? this.loopback.port : this.routes.lookup(dst)?.out.port;
  }

  /**
   * Hands a packet that netfilter or IPVS has redirected to where it now leads; `to`: to whom it is
   * sent, where that is not the destination that stands in it.
   */
  reroute(frame: Frame, to = dstOf(frame)): void {
    const route = this.routes.lookup(to);
    if (route === undefined) {
      this.counters.outNoRoutes++;
      frame.release();
    } else this.finish(frame, route, route.out.port.mtu, to);
  }

  /** Through POSTROUTING, in pieces where it is longer than `mtu`, and out (Linux `ip_output`). */
  finish(frame: Frame, { out, gateway }: Route, mtu: number, to = dstOf(frame)): void {
    if (!this.passes(HOOK.POSTROUTING, frame, undefined, out.port)) return;
    const nextHop = gateway === 0 ? to : gateway;
    if (frame.end - frame.network <= mtu) {
      out.output(frame, nextHop);
      return;
    }
    this.counters.fragOks++;
    for (const piece of fragment(this.lab.frames, frame, mtu)) {
      this.counters.fragCreates++;
      out.output(piece, nextHop);
    }
  }

  /** A packet waited for a neighbour that does not answer. */
  unreachable(frame: Frame): void {
    this.counters.outDiscards++;
    this.icmp.error(frame, ICMP_TYPE.destinationUnreachable, 1);
  }
}

/** Reads an IPv4 address. Throws `BAD_VALUE`. */
export function addressOf(text: string): number {
  const address = parseIpv4(text);
  if (address >= 0) return address;
  throw new PacketError('BAD_VALUE', `${text} is no IPv4 address`);
}
