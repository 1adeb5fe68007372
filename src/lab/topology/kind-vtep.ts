/** Tunnel end points of a topology: hosts whose VMs are on overlays. */
import { PacketError } from '../../bytes/error.js';
import { Direction } from '../link.js';
import type { Port } from '../port.js';
import type { VtepControl } from '../tunnel/control.js';
import { ControllerClient } from '../tunnel/controller.js';
import { StoreClient } from '../tunnel/store.js';
import { Vtep } from '../vtep.js';
import { firstInterfaces, furnish, hostOptions } from './furnish.js';
import { type Kind, kindOf } from './kind.js';
import {
  FLAG,
  list,
  object,
  optional,
  record,
  required,
  type TypeOf,
  whole,
  word,
} from './shape.js';
import { STACK_FIELDS } from './stack-fields.js';
import { POLICY, policyOf } from './tunnel-policy.js';
import { DURATION, HOST_ADDRESS, IPV4, MAC, MTU, PORT, TTL } from './values.js';

const MAX_VNI = 0xffffff;

const TUNNEL = object('a tunnel', {
  kind: required(word('vxlan', 'geneve'), 'RFC 7348 or RFC 8926'),
  local: required(HOST_ADDRESS, 'the address that tunnels come from, one of its own'),
  port: optional(PORT, 'UDP port (absent: 4789, 6081 for Geneve)'),
  ttl: optional(TTL, 'of outer packets (absent: 64)'),
  df: optional(word('set', 'unset', 'inherit'), 'DF of outer packets (absent: unset)'),
  checksum: optional(FLAG, 'whether the outer UDP checksum is computed (absent: false)'),
  innerVlan: optional(FLAG, 'whether frames with a VLAN tag are let out (absent: false)'),
});

const CONTROL = object('a control plane', {
  controller: optional(HOST_ADDRESS, 'the address of a controller that is asked'),
  database: optional(HOST_ADDRESS, 'or of a database that is watched'),
});

const SEGMENT = object('a segment', {
  remotes: optional(
    list(HOST_ADDRESS),
    'end points to flood to; its own address is passed over (a group: see `group`)',
  ),
  group: optional(IPV4, 'or a multicast group'),
  learning: optional(FLAG, 'whether addresses are learned from the tunnel (absent: true)'),
  ageing: optional(DURATION, 'after which they are forgotten (absent: 5min)'),
  maxLearned: optional(whole(0, 16_777_216), 'how many are learned (absent: 16384; 0: no limit)'),
  dev: optional(
    FLAG,
    "whether it is bound to the underlay's interface (absent: where its MTU lets it)",
  ),
  mtu: optional(MTU, "bytes of an inner packet (absent: what the underlay's leaves)"),
  fdb: optional(
    record('MAC', HOST_ADDRESS, (text) => MAC.isRight(text), MAC.expected),
    'where MAC addresses are, as `bridge fdb add` says it',
  ),
  neighbours: optional(
    record('ADDRESS', MAC, (text) => HOST_ADDRESS.isRight(text), HOST_ADDRESS.expected),
    'addresses for which it answers ARP itself',
  ),
  policy: optional(POLICY, 'Geneve options that frames get, and which of them are let out'),
});

/** A tunnel end point. */
export const VTEP: Kind = kindOf(
  'vtep',
  'a host with VMs on overlays, VXLAN or Geneve; a VM of VNI 5000 is linked to its port vni5000',
  {
    tunnel: required(TUNNEL, 'how it tunnels'),
    control: optional(CONTROL, 'who tells it where VMs are (absent: it learns and floods)'),
    segments: required(record('VNI', SEGMENT, isVni, `a VNI from 0 to ${MAX_VNI}`), 'its VNIs'),
    ...STACK_FIELDS,
  },
  ({ lab, portMakers, starts }, name, said, place) => {
    const { tunnel, segments, control } = said;
    const interfaces = firstInterfaces(said);
    const options = { ...hostOptions(said), interfaces, tunnel };
    const made = place.try(() => new Vtep(lab, name, options));
    if (made === undefined) return undefined;
    furnish(made, said, place, interfaces);
    for (const [vni, { fdb = [], neighbours = [], policy: rules, ...segment } = {}] of segments) {
      const at = place.at('segments', vni);
      const policy = rules && at.at('policy').try(() => policyOf(rules, tunnel.kind));
      const added = at.try(() =>
        made.addSegment(Number(vni), policy === undefined ? segment : { ...segment, policy }),
      );
      for (const [mac, to] of fdb)
        at.at('fdb', mac).try(() => added?.tunnel.addEntry(mac, to ?? ''));
      for (const [address, mac] of neighbours) {
        at.at('neighbours', address).try(() => added?.tunnel.addNeighbour(address, mac ?? ''));
      }
    }
    const vms: { readonly vni: number; readonly port: Port }[] = [];
    portMakers.set(made, (text) => {
      const vni = vniOf(name, text);
      const port = made.addVmPort(vni);
      vms.push({ vni, port });
      return port;
    });
    if (control !== undefined) {
      const ask = place.at('control').try(() => controlOf(made, control));
      // Only now is there somebody to talk to, and a capture that hears it.
      if (ask !== undefined) starts.push(() => join(made, ask, vms));
    }
    return made;
  },
);

function controlOf(
  { endPoint }: Vtep,
  { controller, database }: TypeOf<typeof CONTROL>,
): VtepControl {
  if (controller !== undefined && database === undefined) {
    return new ControllerClient(endPoint, controller);
  }
  if (database !== undefined && controller === undefined)
    return new StoreClient(endPoint, database);
  throw new PacketError('BAD_VALUE', 'give either controller or database');
}

/** Tells the control plane what there is. */
function join(
  vtep: Vtep,
  control: VtepControl,
  vms: readonly { readonly vni: number; readonly port: Port }[],
): void {
  vtep.endPoint.control = control;
  for (const { tunnel } of vtep.segments.values()) control.added(tunnel);
  for (const { vni, port } of vms) {
    if (port.wire instanceof Direction) vtep.announce(vni, port.wire.to);
  }
}

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
