/** A bridge's tables, as `bridge` of iproute2 prints them. */
import type { Table } from '../device.js';
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

function printEntry(bridge: Bridge, entry: FdbEntry): string {
  const vlan = vlanOf(entry);
  const where = `dev ${entry.port.port.name}${vlan === 0 ? '' : ` vlan ${vlan}`}`;
  return `${macTextOf(entry)} ${where} master ${bridge.name}${STATES[entry.kind]}`;
}

function printLink({ bridge, port, hairpin, isolated, learning }: BridgePort): string[] {
  const { mtu, up, name } = port;
  const onOff = (value: boolean): string => (value ? 'on' : 'off');
  const flags = up ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'BROADCAST,MULTICAST';
  const state = up ? 'forwarding' : 'disabled';
  return [
    `${name}: <${flags}> mtu ${mtu} master ${bridge.name} state ${state}`,
    `    hairpin ${onOff(hairpin)} learning ${onOff(learning)} isolated ${onOff(isolated)}`,
  ];
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
