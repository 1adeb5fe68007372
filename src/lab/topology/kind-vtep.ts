/** Tunnel end points of a topology: hosts whose VMs are on overlays. */
import { PacketError } from '../../bytes/error.js';
import { Vtep } from '../vtep.js';
import { type Kind, kindOf } from './kind.js';
import { firstInterfaces, furnish, hostOptions, STACK_FIELDS } from './kind-host.js';
import { FLAG, list, object, optional, record, required, word } from './shape.js';
import { DURATION, IPV4, MAC, MTU, PORT, TTL } from './values.js';

const MAX_VNI = 0xffffff;

const TUNNEL = object('a tunnel', {
  kind: required(word('vxlan', 'geneve'), 'RFC 7348 or RFC 8926'),
  local: required(IPV4, 'the address that tunnels come from, one of its own'),
  port: optional(PORT, 'UDP port (absent: 4789, 6081 for Geneve)'),
  ttl: optional(TTL, 'of outer packets (absent: 64)'),
  df: optional(word('set', 'unset', 'inherit'), 'DF of outer packets (absent: unset)'),
  checksum: optional(FLAG, 'whether the outer UDP checksum is computed (absent: false)'),
});

const SEGMENT = object('a segment', {
  remotes: optional(list(IPV4), 'end points to flood to; its own address is passed over'),
  group: optional(IPV4, 'or a multicast group'),
  learning: optional(FLAG, 'whether addresses are learned from the tunnel (absent: true)'),
  ageing: optional(DURATION, 'after which they are forgotten (absent: 5min)'),
  mtu: optional(MTU, "bytes of an inner packet (absent: what the underlay's leaves)"),
  fdb: optional(
    record('MAC', IPV4, (text) => MAC.isRight(text), MAC.expected),
    'where MAC addresses are, as `bridge fdb add` says it',
  ),
  neighbours: optional(
    record('ADDRESS', MAC, (text) => IPV4.isRight(text), IPV4.expected),
    'addresses for which it answers ARP itself',
  ),
});

/** A tunnel end point. */
export const VTEP: Kind = kindOf(
  'vtep',
  'a host with VMs on overlays, VXLAN or Geneve; a VM of VNI 5000 is linked to its port vni5000',
  {
    tunnel: required(TUNNEL, 'how it tunnels'),
    segments: required(record('VNI', SEGMENT, isVni, `a VNI from 0 to ${MAX_VNI}`), 'its VNIs'),
    ...STACK_FIELDS,
  },
  ({ lab, portMakers }, name, said, place) => {
    const { tunnel, segments } = said;
    const interfaces = firstInterfaces(said);
    const options = { ...hostOptions(said), interfaces, tunnel };
    const made = place.try(() => new Vtep(lab, name, options));
    if (made === undefined) return undefined;
    furnish(made, said, place, interfaces);
    for (const [vni, { fdb = [], neighbours = [], ...segment } = {}] of segments) {
      const at = place.at('segments', vni);
      const added = at.try(() => made.addSegment(Number(vni), segment));
      for (const [mac, to] of fdb)
        at.at('fdb', mac).try(() => added?.tunnel.addEntry(mac, to ?? ''));
      for (const [address, mac] of neighbours) {
        at.at('neighbours', address).try(() => added?.tunnel.addNeighbour(address, mac ?? ''));
      }
    }
    portMakers.set(made, (port) => made.addVmPort(vniOf(name, port)));
    return made;
  },
);

function isVni(text: string): boolean {
  return /^\d{1,8}$/.test(text) && Number(text) <= MAX_VNI;
}

function vniOf(name: string, port: string): number {
  const [, vni] = /^vni(\d+)$/.exec(port) ?? [];
  if (vni !== undefined) return Number(vni);
  throw new PacketError(
    'BAD_VALUE',
    `${name} has no port ${port}; a VM goes to one such as vni5000`,
  );
}
