/** IPVS: a host or router that stands for many servers (Linux `net/netfilter/ipvs`). */
import { PacketError } from '../../bytes/error.js';
import { icmpQuotes } from '../../headers/icmp-wire.js';
import { ICMP_TYPE, IP_PROTOCOL, TCP_FLAG } from '../../headers/numbers.js';
import { FLAGS as TCP_FLAGS } from '../../headers/tcp-wire.js';
import type { Table } from '../device.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import { Defragmenter } from '../ip/defragmenter.js';
import { HOOK, type Hook, type PacketHooks } from '../ip/hooks.js';
import { sealIcmp } from '../ip/icmp.js';
import {
  dontFragment,
  isFragment,
  protocolOf,
  setTtl,
  srcOf,
  transportOf,
  ttlOf,
} from '../ip/packet.js';
import { reassemblyTimedOut } from '../ip/reassembly-timeout.js';
import { UNTRACKED } from '../netfilter/connection.js';
import { DESTINATION, SOURCE, translate } from '../netfilter/translate.js';
import { IpvsConnection } from './connection.js';
import { Connections } from './connections.js';
import { type Ends, endKey, readEnds } from './ends.js';
import { ipvsTables } from './print.js';
import { endName, type RealServer, type ServiceOptions, VirtualService } from './service.js';

/** Behind netfilter's tables. */
const PRIORITY = 100;
const PORT_UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const ICMP_BYTES = 8;

/**
 * Virtual services of a host or router. Their addresses must be its own: kube-proxy puts them on an
 * interface `kube-ipvs0`. What comes for a service is caught at INPUT (at OUTPUT where the host
 * itself asks), given to a real server, and sent on through POSTROUTING. Answers come back through
 * here, since the servers' way to the client leads through this host, and leave with the virtual
 * address again.
 *
 * Netfilter's own tracking lets go of such packets, and translates them no further
 * (`net.ipv4.vs.conntrack` 0).
 */
export class Ipvs implements PacketHooks {
  readonly host: Host;
  readonly services: VirtualService[];
  readonly connections: Connections;
  private readonly byEnd: Map<number, VirtualService>;
  private readonly defragmenter: Defragmenter;
  private readonly ends: Ends;

  /** Puts it into a host, whose tables then show it. */
  constructor(host: Host) {
    this.host = host;
    this.services = [];
    this.connections = new Connections();
    this.byEnd = new Map();
    this.defragmenter = new Defragmenter(host.lab, (first) => reassemblyTimedOut(host.ip, first));
    this.ends = { src: 0, srcPort: 0, dst: 0, dstPort: 0, udp: false, transport: 0 };
    host.ip.addHooks(this, PRIORITY);
    host.addTables(() => this.tables());
  }

  /**
   * Adds a virtual service: `ipvsadm -A -t 10.96.0.100:80 -s rr`. Throws `BAD_VALUE` where there is
   * one already or the address is not the host's, `BAD_OPTION` for a scheduler that is none.
   */
  addService(options: ServiceOptions): VirtualService {
    const service = new VirtualService(options);
    const key = endKey(service.address, service.port, service.protocol === 'udp');
    if (this.byEnd.has(key)) {
      throw new PacketError('BAD_VALUE', `${this.host.name}: ${service.name} is there already`);
    }
    if (!this.host.ip.isLocal(service.address)) {
      throw new PacketError(
        'BAD_VALUE',
        `${this.host.name}: ${options.address} is no address of its own: add it to an interface first`,
      );
    }
    this.services.push(service);
    this.byEnd.set(key, service);
    return service;
  }

  /** As `ipvsadm -Ln` and `ipvsadm -Lnc` print them. */
  tables(): Table[] {
    return ipvsTables(this);
  }

  run(hook: Hook, frame: Frame): boolean {
    if (hook === HOOK.PREROUTING || hook === HOOK.POSTROUTING) return true;
    if (isFragment(frame)) return hook !== HOOK.FORWARD || this.gather(frame);
    if (protocolOf(frame) === IP_PROTOCOL.ICMP) return this.error(hook, frame);
    const { ends } = this;
    if (!readEnds(frame.view, frame.network, frame.end, ends)) return true;
    const reply = this.connections.ofReply(ends);
    if (reply !== undefined && reply.server.forward === 'masq') {
      this.reply(reply, frame);
      return true;
    }
    return hook === HOOK.FORWARD || this.request(hook, frame);
  }

  /** Fragments of an answer are put together before they are translated. */
  private gather(frame: Frame): boolean {
    const src = srcOf(frame);
    const ours = this.services.some(({ servers }) => servers.some((one) => one.address === src));
    if (!ours) return true;
    const whole = this.defragmenter.add(frame);
    if (whole !== undefined && this.run(HOOK.FORWARD, whole)) this.host.ip.reroute(whole);
    return false;
  }

  /** A packet that may be for a service; its ends have been read. */
  private request(hook: Hook, frame: Frame): boolean {
    const { ends } = this;
    const service = this.byEnd.get(endKey(ends.dst, ends.dstPort, ends.udp));
    if (service === undefined) return true;
    const flags = ends.udp ? 0 : frame.view.getUint16(ends.transport + TCP_FLAGS.offset);
    let connection = this.connections.ofRequest(ends);
    if (connection === undefined) {
      // What begins no connection and is of none is answered by the host itself: by a reset.
      if (!ends.udp && (flags & (TCP_FLAG.SYN | TCP_FLAG.ACK)) !== TCP_FLAG.SYN) return true;
      connection = this.connect(service, frame);
    }
    if (connection === undefined) {
      this.host.ip.icmp.error(frame, ICMP_TYPE.destinationUnreachable, PORT_UNREACHABLE);
      return false;
    }
    if (connection.server.removed) {
      frame.release();
      return false;
    }
    if (!ends.udp) connection.segment(flags, true);
    connection.touch();
    return this.forward(hook, frame, connection);
  }

  private connect(service: VirtualService, frame: Frame): IpvsConnection | undefined {
    const { host, ends, connections } = this;
    const server = service.schedule(ends.src, ends.dst);
    if (host.noting) {
      const chosen = server === undefined ? 'nobody: there is no server' : server.name;
      host.note(
        `New connection from ${endName(ends.src, ends.srcPort)}\n${service.schedulerName} chooses ${chosen}`,
        frame,
      );
    }
    if (server === undefined) return undefined;
    const { clock } = host.lab;
    const made = new IpvsConnection(clock, service, server, ends.src, ends.srcPort, (one) =>
      connections.remove(one),
    );
    connections.add(made);
    return made;
  }

  /** To the real server. True: it goes on as it is now. */
  private forward(hook: Hook, frame: Frame, { service, server }: IpvsConnection): boolean {
    const { host } = this;
    const { ip } = host;
    const local = ip.isLocal(server.address);
    const passes = hook === HOOK.INPUT && !local;
    frame.connection = UNTRACKED;
    if (passes && !this.mayPass(frame, server)) return false;
    if (server.forward === 'dr') {
      if (local) return true;
      if (host.noting) host.note(`Send as it is to ${server.name} (direct routing)`, frame);
      ip.reroute(frame, server.address);
      return false;
    }
    if (host.noting) {
      host.note(`Destination ${endName(service.address, service.port)} → ${server.name}`, frame);
    }
    translate(frame.view, frame.network, frame.end, DESTINATION, server.address, server.port);
    if (!passes) return true;
    setTtl(frame, ttlOf(frame) - 1);
    ip.reroute(frame);
    return false;
  }

  /** What a router looks at. False: it has been answered. */
  private mayPass(frame: Frame, { address }: RealServer): boolean {
    const { icmp } = this.host.ip;
    if (ttlOf(frame) <= 1) {
      icmp.error(frame, ICMP_TYPE.timeExceeded, 0);
      return false;
    }
    const mtu = this.host.ip.mtuTo(address);
    if (frame.end - frame.network <= mtu || !dontFragment(frame)) return true;
    icmp.error(frame, ICMP_TYPE.destinationUnreachable, FRAGMENTATION_NEEDED, mtu);
    return false;
  }

  /** From the real server: it gets the virtual address back. */
  private reply(connection: IpvsConnection, frame: Frame): void {
    const { host, ends } = this;
    const { service, server } = connection;
    if (!ends.udp) {
      connection.segment(frame.view.getUint16(ends.transport + TCP_FLAGS.offset), false);
    }
    connection.touch();
    frame.connection = UNTRACKED;
    if (host.noting) {
      host.note(`Source ${server.name} → ${endName(service.address, service.port)}`, frame);
    }
    translate(frame.view, frame.network, frame.end, SOURCE, service.address, service.port);
  }

  /** An ICMP error about a packet of a connection: what it quotes is translated too. */
  private error(hook: Hook, frame: Frame): boolean {
    const { view, network, end } = frame;
    const at = transportOf(frame);
    const quoted = at + ICMP_BYTES;
    if (quoted + 20 > end || !icmpQuotes(view.getUint8(at))) return true;
    if (!readEnds(view, quoted, end, this.ends)) return true;
    const { ends } = this;
    // What it quotes went the other way: a request on its way to the server, or an answer of ours.
    mirror(ends);
    const toClient = this.connections.ofReply(ends);
    const toServer = this.connections.ofRequest(ends);
    if (toClient?.server.forward === 'masq') {
      const { address, port } = toClient.service;
      translate(view, quoted, end, DESTINATION, address, port);
      translate(view, network, end, SOURCE, address, 0);
      sealIcmp(view, at, end);
      return true;
    }
    if (toServer?.server.forward !== 'masq' || hook !== HOOK.INPUT) return true;
    const { address, port } = toServer.server;
    translate(view, quoted, end, SOURCE, address, port);
    translate(view, network, end, DESTINATION, address, 0);
    sealIcmp(view, at, end);
    if (this.host.ip.isLocal(address)) return true;
    this.host.ip.reroute(frame);
    return false;
  }
}

/** Turns ends round. */
function mirror(ends: Ends): void {
  const { src, srcPort } = ends;
  ends.src = ends.dst;
  ends.srcPort = ends.dstPort;
  ends.dst = src;
  ends.dstPort = srcPort;
}
