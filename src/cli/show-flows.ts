/** Flows as a table for people, and as JSON objects. */
import { timeText } from '../capture/frame.js';
import { communityId } from '../packet/community-id.js';
import { flowHash } from '../packet/flow-hash.js';
import type { FlowLevel, FlowSymmetry } from '../packet/flow-level.js';
import type { Flow, FlowTime } from '../packet/flow-table.js';
import { Toeplitz } from '../packet/toeplitz.js';
import { secondsText } from './times.js';

/** What is known of a file beside its flows. */
export interface FlowFile {
  readonly name: string;
  /** Time of the first frame; undefined where no frame has a time. */
  begin: FlowTime | undefined;
  /** Digits of the times: 6 or 9. */
  timeDigits: number;
}

/** The hashes that a table shows on demand, by the names of their options. */
export const HASHES = ['community-id', 'hash', 'toeplitz'] as const;

/** How to show flows. */
export interface FlowView {
  readonly symmetry: FlowSymmetry;
  readonly hashes: readonly (typeof HASHES)[number][];
  /** Whether to tell the file's name: there are several. */
  readonly named: boolean;
}

/** IANA's short names of protocols that one meets; any other is its number. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPv4',
  6: 'TCP',
  17: 'UDP',
  33: 'DCCP',
  41: 'IPv6',
  46: 'RSVP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  88: 'EIGRP',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
  136: 'UDPLite',
};

type Cells = readonly string[];
/** Columns that are read from the left; numbers stand at the right. */
const LEFT: readonly string[] = ['protocol', 'source', 'destination', 'community-id', 'ended'];

/** Makes the lines of a file's flows. */
export type ShowFlows = (flows: readonly Flow[], file: FlowFile) => Iterable<string>;

/** A line of heads and a line a flow, each column aligned. */
export function flowTable(view: FlowView): ShowFlows {
  const hashOf = hashers(view.symmetry);
  let before = '';
  return (flows, file) => {
    const tunnelled = flows.some(({ level }) => level.vni >= 0);
    const heads = headsOf(view, tunnelled);
    const rows = flows.map((flow) => {
      const cells = { ...cellsOf(flow, file) };
      for (const name of view.hashes) cells[name] = hashOf(name, flow.level);
      return heads.map((head) => cells[head] ?? '');
    });
    const title = view.named ? [`${before}${file.name}:\n`] : [];
    before = '\n';
    return [...title, ...aligned(heads, rows)];
  };
}

function headsOf({ symmetry, hashes }: FlowView, tunnelled: boolean): string[] {
  const ways = ['packets→', 'bytes→', 'packets←', 'bytes←'];
  return [
    'flow',
    'level',
    ...(tunnelled ? ['vni'] : []),
    'protocol',
    'source',
    'destination',
    'packets',
    'bytes',
    ...(symmetry === 'symmetric' ? ways : []),
    'first',
    'last',
    'duration',
    'ended',
    ...hashes,
  ];
}

function cellsOf(flow: Flow, { begin, timeDigits }: FlowFile): Record<string, string> {
  const { tuple, level, forward, backward, first, last } = flow;
  const since = (time: FlowTime | undefined, from: FlowTime | undefined): string =>
    time === undefined || from === undefined ? '' : text(time, from, timeDigits);
  return {
    flow: String(flow.number),
    level: String(level.depth),
    vni: level.vni < 0 ? '' : String(level.vni),
    protocol: protocolText(flow),
    source: endText(tuple.src, tuple.srcPort),
    destination: endText(tuple.dst, tuple.dstPort),
    packets: String(flow.packets),
    bytes: String(flow.bytes),
    'packets→': String(forward.packets),
    'bytes→': String(forward.bytes),
    'packets←': String(backward.packets),
    'bytes←': String(backward.bytes),
    first: since(first, begin),
    last: since(last, begin),
    duration: since(last, first),
    ended: flow.ended ?? '',
  };
}

/** `TCP`, or for ICMP with what tells its flows apart: `ICMP 8`, `ICMP 3/1`. */
function protocolText({ tuple: { protocol, icmpType, icmpCode } }: Flow): string {
  const name = PROTOCOLS[protocol] ?? String(protocol);
  if (icmpType === undefined) return name;
  return icmpCode === undefined ? `${name} ${icmpType}` : `${name} ${icmpType}/${icmpCode}`;
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`, or the address alone. */
function endText(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function aligned(heads: Cells, rows: readonly Cells[]): string[] {
  const widths = heads.map((head) => head.length);
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      if (cell.length > (widths[i] as number)) widths[i] = cell.length;
    }
  }
  const line = (cells: Cells): string => {
    const padded = cells.map((cell, i) => {
      const width = widths[i] as number;
      return LEFT.includes(heads[i] as string) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `${padded.join('  ').trimEnd()}\n`;
  };
  return [heads, ...rows].map(line);
}

/** A JSON object a flow. */
export function flowLines(view: FlowView): ShowFlows {
  const hashOf = hashers(view.symmetry);
  return function* (flows, file) {
    for (const flow of flows) yield `${JSON.stringify(jsonOf(flow, file, view, hashOf))}\n`;
  };
}

function jsonOf(
  flow: Flow,
  { name, timeDigits }: FlowFile,
  { named, symmetry }: FlowView,
  hashOf: HashOf,
): object {
  const { tuple, level, first, last } = flow;
  const time = (at: FlowTime | undefined): string | null =>
    at === undefined ? null : timeText({ ...at, timeDigits });
  return {
    ...(named ? { file: name } : {}),
    number: flow.number,
    level: level.depth,
    ...(level.vni < 0 ? {} : { vni: level.vni }),
    ...tuple,
    packets: flow.packets,
    bytes: flow.bytes,
    ...(symmetry === 'symmetric' ? { forward: flow.forward, backward: flow.backward } : {}),
    first: time(first),
    last: time(last),
    duration: first === undefined || last === undefined ? null : text(last, first, timeDigits),
    ...(flow.ended === undefined ? {} : { ended: flow.ended }),
    communityId: hashOf('community-id', level),
    hash: hashOf('hash', level),
    toeplitz: hashOf('toeplitz', level),
  };
}

function text(time: FlowTime, since: FlowTime, timeDigits: number): string {
  return secondsText({ ...time, timeDigits }, { ...since, timeDigits }, timeDigits);
}

type HashOf = (name: (typeof HASHES)[number], level: FlowLevel) => string;

/** The hashes as text: the numbers as eight hex digits. */
function hashers(symmetry: FlowSymmetry): HashOf {
  const toeplitz = new Toeplitz();
  const hex = (hash: number): string => hash.toString(16).padStart(8, '0');
  return (name, level) => {
    switch (name) {
      case 'community-id':
        return communityId(level);
      case 'hash':
        return hex(flowHash(level, 0, symmetry));
      case 'toeplitz':
        return hex(toeplitz.hash(level));
    }
  };
}
