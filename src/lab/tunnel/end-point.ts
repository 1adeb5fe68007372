/** A tunnel end point of a host: its UDP port, and the tunnels of all VNIs behind it. */

import { PacketError } from '../../bytes/error.js';
import { decapsulate } from '../../encap/decapsulate.js';
import { DECAPSULATION, Decapsulation, decapsulationProblem } from '../../encap/decapsulation.js';
import { DecapsulationRules } from '../../encap/decapsulation-rules.js';
import { ETHERNET_HEADER_BYTES } from '../../headers/ethernet.js';
import { ETHERTYPE, UDP_PORT } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import type { IpInterface } from '../ip/interface.js';
import { isMulticast } from '../ip/packet.js';
import { addressOf } from '../ip/stack.js';
import type { UdpListener } from '../ip/udp.js';
import { checkNumbers, PORT, type RangesOf, TTL } from '../range.js';
import type { VtepControl } from './control.js';
import { Remote, type TunnelKind } from './remote.js';
import { Tunnel } from './tunnel.js';
import { TUNNEL_RANGES, type TunnelOptions } from './tunnel-options.js';

/** What a tunnel end point can be told: what `ip link add … type vxlan` takes. */
export interface EndPointOptions {
  /** `vxlan` (RFC 7348) or `geneve` (RFC 8926). */
  readonly kind: TunnelKind;
  /** The host's address that tunnels come from and lead to: `10.0.0.1`. */
  readonly local: string;
  /** UDP port, 1–65535 (absent: 4789, 6081 for Geneve). */
  readonly port?: number;
  /** TTL of outer packets, 1–255 (absent: 64, and 1 to a multicast group, as Linux). */
  readonly ttl?: number;
  /** DF of outer packets; `inherit`: that of the packet inside (absent: `unset`, as Linux). */
  readonly df?: 'set' | 'unset' | 'inherit';
  /**
   * Whether the outer UDP checksum is computed; else it is 0 (absent: false). RFC 7348 §4.1 wants 0
   * of VXLAN. RFC 8926 §3.3 wants Geneve's computed over IPv4, and lets 0 be configured. Open vSwitch
   * sends 0 in both where nothing is said, Linux's own devices in Geneve (`noudpcsum`) and not in
   * VXLAN (`udpcsum`).
   */
  readonly checksum?: boolean;
  /** Whether frames with a VLAN tag are taken out of a tunnel (absent: false, RFC 7348 §6.1). */
  readonly innerVlan?: boolean;
  /** Critical Geneve options that are understood, `type` with its high bit (absent: none). */
  readonly knownOptions?: readonly { readonly class: number; readonly type: number }[];
}

/** What was dropped on the way in, and why. */
export interface EndPointCounters {
  /** Datagrams that came in. */
  received: number;
  /** The tunnel's header is not as it must be: flags, version, options, lengths. */
  badHeader: number;
  /** A VNI that this host has no tunnel for. */
  unknownVni: number;
  /** Congestion was marked on a packet that can't say so (RFC 6040 §4.2). */
  badEcn: number;
  /** The policy said no. */
  denied: number;
  /** A frame from an address that is known to be elsewhere, or is our own. */
  badSource: number;
}

const RANGES: RangesOf<EndPointOptions> = { port: PORT, ttl: TTL };

const { GOOD } = DECAPSULATION;
const HEADER_BYTES = ETHERNET_HEADER_BYTES;
/** Other end points that are kept whether or not a tunnel knows of them. */
const SPARE_REMOTES = 1024;
const ETHERNET = ETHERTYPE.ETHERNET;

/** A tunnel end point: all tunnels of one kind on one host. */
export class TunnelEndPoint implements UdpListener {
  readonly host: Host;
  readonly kind: TunnelKind;
  /** An unsigned word. */
  readonly local: number;
  readonly port: number;
  readonly df: 'set' | 'unset' | 'inherit';
  /** Who tells of what was not seen; set before tunnels are added. Undefined: they learn and flood. */
  control: VtepControl | undefined;
  readonly counters: EndPointCounters;
  /** By VNI. */
  readonly tunnels: Map<number, Tunnel>;
  /** The underlay's interface: that of the local address. */
  readonly underlay: IpInterface;
  private readonly rules: DecapsulationRules;
  private readonly record: Decapsulation;
  /** Others, by address, signed: a Map allocates for a key that is no small integer (Node 20). */
  readonly remotes: Map<number, Remote>;
  /** How many of them there may be before those are looked for that no tunnel knows of. */
  private enough: number;
  /** Undefined: the host's, and 1 to a group (`auto`). */
  readonly ttl: number | undefined;
  readonly checksum: 'zero' | 'computed';

  /**
   * Throws `BAD_VALUE` for a local address that the host does not have or a UDP port that is taken,
   * `OUT_OF_RANGE` for numbers that do not fit, `BAD_OPTION` for a word that is none.
   */
  constructor(host: Host, options: EndPointOptions) {
    const { kind, ttl, df = 'unset', checksum = false, innerVlan = false } = options;
    const { port = kind === 'vxlan' ? UDP_PORT.VXLAN : UDP_PORT.GENEVE } = options;
    checkNumbers(`${host.name}: tunnel`, options, RANGES);
    checkWord(host, 'kind', kind, ['vxlan', 'geneve']);
    checkWord(host, 'df', df, ['set', 'unset', 'inherit']);
    this.host = host;
    this.kind = kind;
    this.local = addressOf(options.local);
    const underlay = host.ip.interfaces.find(({ addresses }) =>
      addresses.some(({ address }) => address === this.local),
    );
    if (underlay === undefined) {
      throw new PacketError('BAD_VALUE', `${host.name} does not have the address ${options.local}`);
    }
    this.underlay = underlay;
    this.port = port;
    this.df = df;
    this.control = undefined;
    this.counters = newCounters();
    this.tunnels = new Map();
    this.rules = new DecapsulationRules({
      vxlanPorts: kind === 'vxlan' ? [port] : [],
      genevePorts: kind === 'geneve' ? [port] : [],
      innerVlan,
      knownOptions: options.knownOptions ?? [],
    });
    this.record = new Decapsulation();
    this.remotes = new Map();
    this.enough = SPARE_REMOTES;
    this.ttl = ttl;
    this.checksum = checksum ? 'computed' : 'zero';
    host.udp.bind(port, this);
    host.addTables(() => [{ title: `counters of ${kind}`, lines: printCounters(this.counters) }]);
  }

  /**
   * Adds the tunnel of a VNI: `addTunnel('vxlan5000', { vni: 5000, remotes: ['10.0.0.2'] })`. Its
   * `port` is a port of the host's, to be given to a bridge or to the IP stack. Throws `BAD_VALUE`
   * for a name or a VNI that is taken and for addresses that are none, `OUT_OF_RANGE` for numbers
   * that do not fit, `BAD_OPTION` for a policy without Geneve.
   */
  addTunnel(name: string, options: TunnelOptions): Tunnel {
    const { vni } = options;
    checkNumbers(`${this.host.name}:${name}`, options, TUNNEL_RANGES);
    if (this.tunnels.has(vni)) {
      throw new PacketError('BAD_VALUE', `${this.host.name} has a tunnel of VNI ${vni} already`);
    }
    const made = new Tunnel(this, name, options);
    this.tunnels.set(vni, made);
    this.control?.added(made);
    return made;
  }

  /** The end point at that address, made when it is first asked for. */
  remote(address: number): Remote {
    const known = this.remotes.get(address | 0);
    if (known !== undefined) return known;
    const { kind, local, port, df, checksum } = this;
    const made = new Remote({
      ...{ kind, local, address, port, checksum },
      ttl: this.ttl ?? (isMulticast(address) ? 1 : this.host.ip.ttl),
      dontFragment: df === 'inherit' ? 'inner' : df === 'set',
    });
    this.remotes.set(address | 0, made);
    return made;
  }

  /**
   * The end point that a frame came from, which anybody may have written there. Where there are many,
   * those go first that no tunnel has in its table: there are as many again as they know of, or 1,024
   * more, at most.
   */
  sender(address: number): Remote {
    const { remotes } = this;
    if (remotes.size >= this.enough && !remotes.has(address | 0)) this.forgetUnused();
    return this.remote(address);
  }

  private forgetUnused(): void {
    const used = new Set<Remote>();
    for (const { table } of this.tunnels.values()) table.collect(used);
    for (const [key, remote] of this.remotes) if (!used.has(remote)) this.remotes.delete(key);
    // So the search pays: as many are made before the next one as it looks through.
    this.enough = used.size + Math.max(SPARE_REMOTES, used.size);
  }

  datagram(frame: Frame, _data: number, from: number): void {
    const { counters, record, host } = this;
    counters.received++;
    const at = frame.network - HEADER_BYTES;
    const code = decapsulate(frame.view, at, frame.end, record, this.rules);
    if (code !== GOOD || record.innerProtocol !== ETHERNET) {
      counters.badHeader++;
      if (host.noting) host.note(`Drop: ${problemOf(code)}`, frame);
      frame.release();
      return;
    }
    const tunnel = this.tunnels.get(record.vni);
    if (tunnel === undefined) {
      counters.unknownVni++;
      if (host.noting) host.note(`Drop: VNI ${record.vni} is not known here`, frame);
      frame.release();
      return;
    }
    tunnel.arrived(frame, record, from);
  }
}

function checkWord(host: Host, name: string, word: string, words: readonly string[]): void {
  if (words.includes(word)) return;
  throw new PacketError(
    'BAD_OPTION',
    `${host.name}: ${name} of a tunnel is ${JSON.stringify(word)}: expected ${words.join(', ')}`,
  );
}

function problemOf(code: number): string {
  return decapsulationProblem(code)?.message ?? 'the tunnel carries no Ethernet frame';
}

function newCounters(): EndPointCounters {
  return { received: 0, badHeader: 0, unknownVni: 0, badEcn: 0, denied: 0, badSource: 0 };
}

function printCounters(counters: EndPointCounters): string[] {
  return Object.entries(counters).map(([name, value]) => `${name} ${value}`);
}
