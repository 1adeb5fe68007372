/** A bridge's tables, as `bridge` of iproute2 prints them. */
import type { Table } from '../device.js';
import { hasCarrier, linkFlags, linkName } from '../net-device.js';
import type { Port } from '../port.js';
import { MAX_VID } from '../vlan-tag.js';
import type { Bridge } from './bridge.js';
import { type FdbEntry, macTextOf, vlanOf } from './fdb.js';
import { type BridgePort, MEMBERSHIP } from './port.js';

const STATES = { dynamic: '', static: ' sticky static', local: ' permanent' } as const;
/** Width of the column of names. */
const NAMES = 18;

/** `bridge fdb show`, `bridge link`, and where VLANs are kept apart `bridge vlan show`. */
export function bridgeTables(bridge: Bridge): Table[] {
  const tables = [
    { title: `bridge fdb show br ${bridge.name}`, lines: printFdb(bridge) },
    {
      title: `bridge -d link show master ${bridge.name}`,
      lines: bridge.members.flatMap(printLink),
    },
  ];
  if (!bridge.vlanFiltering) return tables;
  const lines = [
    'port              vlan-id',
    ...[...bridge.members, bridge.own].flatMap(printVlans),
  ];
  return [...tables, { title: 'bridge -compressvlans vlan show', lines }];
}

function printFdb(bridge: Bridge): string[] {
  return bridge.fdb.all.map((entry) => printEntry(bridge, entry));
}

/** `bridge fdb show dev PORT`: what the bridge knows behind one of its ports. */
export function printFdbOf(member: BridgePort): string[] {
  const { bridge } = member;
  const entries = bridge.fdb.all.filter(({ port }) => port === member);
  return entries.map((entry) => printEntry(bridge, entry).replace(` dev ${member.port.name}`, ''));
}

function printEntry(bridge: Bridge, entry: FdbEntry): string {
  const vlan = vlanOf(entry);
  const where = `dev ${entry.port.port.name}${vlan === 0 ? '' : ` vlan ${vlan}`}`;
  return `${macTextOf(entry)} ${where} master ${bridge.name}${STATES[entry.kind]}`;
}

function printLink({ bridge, port, hairpin, isolated, learning }: BridgePort): string[] {
  return [
    `${port.index}: ${linkName(port)}: <${linkFlags(port)}> mtu ${port.mtu} master ${bridge.name} ${stateOf(port)}`,
    `    hairpin ${onOff(hairpin)} guard off root_block off fastleave off learning ${onOff(learning)} flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated ${onOff(isolated)} locked off`,
  ];
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

/** Priority and cost are those of a port of 10 Gbit/s, as Linux takes veth pairs and tunnels for. */
function stateOf(port: Port): string {
  return `state ${hasCarrier(port) ? 'forwarding' : 'disabled'} priority 32 cost 2`;
}

/**
 * What `ip -d link` says of a port of a bridge, some of it of protocols that the lab's bridges do not
 * speak. Timers have run out, as Linux's have 15 seconds after the port came up.
 */
export function bridgeSlave({ bridge, port, hairpin, isolated, learning }: BridgePort): string {
  const number = bridge.members.findIndex((one) => one.port === port) + 1;
  // Without zeros in front, as iproute2 has it here alone.
  const mac = bridge.self.macText.replace(/\b0(?=[\da-f])/g, '');
  const id = `8000.${mac}`;
  return [
    `bridge_slave ${stateOf(port)} hairpin ${onOff(hairpin)} guard off root_block off fastleave off`,
    `learning ${onOff(learning)} flood on port_id 0x80${hex(number).padStart(2, '0')} port_no 0x${hex(number)}`,
    `designated_port ${0x8000 + number} designated_cost 0 designated_bridge ${id} designated_root ${id}`,
    'hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00',
    'topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1',
    'mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off',
    'group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off',
    `isolated ${onOff(isolated)} locked off`,
  ].join(' ');
}

function hex(value: number): string {
  return value.toString(16);
}

/** Runs of VLANs of the same kind are a line each. */
function printVlans({ port, membership, pvid }: BridgePort): string[] {
  const lines: string[] = [];
  let first = 0;
  for (let vid = 1; vid <= MAX_VID; vid++) {
    const kind = membership[vid];
    if (kind === MEMBERSHIP.NONE) continue;
    if (first === 0) first = vid;
    if (kind === membership[vid + 1]) continue;
    const ids = first === vid ? `${vid}` : `${first}-${vid}`;
    const flags = vid === pvid ? ' PVID Egress Untagged' : '';
    lines.push(`${(lines.length === 0 ? port.name : '').padEnd(NAMES)}${ids}${flags}`);
    first = 0;
  }
  return lines.length > 0 ? lines : [`${port.name.padEnd(NAMES)}None`];
}
