/** Matches on ports, TCP flags and ICMP types: iptables' `tcp`, `udp`, `multiport` and `icmp`. */
import { IP_PROTOCOL, TCP_FLAG } from '../../headers/numbers.js';
import { FLAGS, TCP_HEADER_BYTES } from '../../headers/tcp-wire.js';
import type { Asked, Condition, ConditionKind } from './conditions.js';
import type { Inspection } from './inspection.js';
import { hex, portRange, portRangeText, wrong } from './values.js';

const { ICMP, TCP, UDP } = IP_PROTOCOL;
const MAX_PORTS = 15;
/** The flags that `--tcp-flags` knows, in the order in which iptables prints them. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

/** iptables' names of ICMP types, with the code where they have one. */
const ICMP_NAMES: Readonly<Record<string, string>> = {
  'echo-reply': '0',
  'destination-unreachable': '3',
  'network-unreachable': '3/0',
  'host-unreachable': '3/1',
  'protocol-unreachable': '3/2',
  'port-unreachable': '3/3',
  'fragmentation-needed': '3/4',
  'source-quench': '4',
  redirect: '5',
  'echo-request': '8',
  'time-exceeded': '11',
  'ttl-zero-during-transit': '11/0',
  'ttl-zero-during-reassembly': '11/1',
  'parameter-problem': '12',
  'timestamp-request': '13',
  'timestamp-reply': '14',
};

const sign = (not: boolean): string => (not ? '! ' : '');

function needsPorts(asked: Asked, protocol: number): void {
  if (protocol === TCP || protocol === UDP) return;
  wrong(asked, 'the rule to say -p tcp or -p udp: only these have ports');
}

function port(
  field: 'sourcePort' | 'destinationPort',
  flags: readonly string[],
  short: string,
  portOf: (packet: Inspection) => number,
): ConditionKind {
  return {
    field,
    flags,
    module: undefined,
    words: 1,
    negatable: true,
    compile(asked, _all, protocol) {
      needsPorts(asked, protocol);
      const range = portRange(asked);
      const [first, last] = range;
      const { not } = asked;
      return {
        matches(packet) {
          const value = portOf(packet);
          return value >= 0 && (value >= first && value <= last) !== not;
        },
        saved: `${sign(not)}${flags[0]} ${portRangeText(range)}`,
        listed: `${short}${first === last ? '' : 's'}:${not ? '!' : ''}${portRangeText(range)}`,
      };
    },
  };
}

function ports(
  field: 'sourcePorts' | 'destinationPorts' | 'ports',
  flags: readonly string[],
): ConditionKind {
  const source = field !== 'destinationPorts';
  const destination = field !== 'sourcePorts';
  return {
    field,
    flags,
    module: 'multiport',
    words: 1,
    negatable: true,
    compile(asked, _all, protocol): Condition {
      needsPorts(asked, protocol);
      const { flag, not } = asked;
      const ranges = asked.text.split(',').map((text) => portRange({ flag, text }));
      const count = ranges.reduce((sum, [first, last]) => sum + (first === last ? 1 : 2), 0);
      if (count > MAX_PORTS) wrong(asked, `at most ${MAX_PORTS} ports, a range counting for two`);
      const has = (value: number): boolean => {
        for (const [first, last] of ranges) if (value >= first && value <= last) return true;
        return false;
      };
      const text = ranges.map((range) => portRangeText(range)).join(',');
      return {
        matches: ({ srcPort, dstPort }) =>
          srcPort >= 0 && ((source && has(srcPort)) || (destination && has(dstPort))) !== not,
        saved: `${sign(not)}${flags[0]} ${text}`,
        listed: `multiport ${flags[0]?.slice(2)} ${sign(not)}${text}`,
      };
    },
  };
}

const tcpFlags: ConditionKind = {
  field: 'tcpFlags',
  flags: ['--tcp-flags'],
  module: 'tcp',
  words: 2,
  negatable: true,
  compile(asked, _all, protocol) {
    if (protocol !== TCP) wrong(asked, 'the rule to say -p tcp');
    const words = asked.text.split(/\s+/);
    if (words.length !== 2) wrong(asked, 'two words: the flags to look at, and those that are set');
    const [mask, set] = words.map((word) => flagsOf(asked, word)) as [number, number];
    const { not } = asked;
    return {
      matches({ transport, frame }) {
        if (transport < 0 || transport + TCP_HEADER_BYTES > frame.end) return false;
        return ((frame.view.getUint16(transport + FLAGS.offset) & mask) === set) !== not;
      },
      saved: `${sign(not)}--tcp-flags ${flagsText(mask)} ${flagsText(set)}`,
      listed: `flags:${not ? '!' : ''}${hex(mask, 2)}/${hex(set, 2)}`,
    };
  },
};

function flagsOf(asked: Asked, word: string): number {
  if (word === 'NONE') return 0;
  if (word === 'ALL') return 0x3f;
  return word.split(',').reduce((sum, name) => {
    const known = FLAG_NAMES.find((one) => one === name);
    if (known === undefined) {
      wrong({ ...asked, text: word }, `flags of ${FLAG_NAMES.join(',')}, ALL or NONE`);
    }
    return sum | TCP_FLAG[known];
  }, 0);
}

function flagsText(flags: number): string {
  return FLAG_NAMES.filter((name) => (flags & TCP_FLAG[name]) !== 0).join(',') || 'NONE';
}

const icmpType: ConditionKind = {
  field: 'icmpType',
  flags: ['--icmp-type'],
  module: 'icmp',
  words: 1,
  negatable: true,
  compile(asked, _all, protocol) {
    if (protocol !== ICMP) wrong(asked, 'the rule to say -p icmp');
    const text = ICMP_NAMES[asked.text] ?? asked.text;
    const found = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text);
    const type = Number(found?.[1] ?? 256);
    const code = found?.[2] === undefined ? -1 : Number(found[2]);
    if (type > 255 || code > 255) wrong(asked, 'an ICMP type such as 8, 3/4 or echo-request');
    const { not } = asked;
    const canonical = code < 0 ? String(type) : `${type}/${code}`;
    return {
      matches({ transport, frame }) {
        if (transport < 0 || transport + 2 > frame.end) return false;
        const is =
          frame.view.getUint8(transport) === type &&
          (code < 0 || frame.view.getUint8(transport + 1) === code);
        return is !== not;
      },
      saved: `${sign(not)}--icmp-type ${canonical}`,
      listed: `${not ? '!' : ''}icmptype ${type}${code < 0 ? '' : ` code ${code}`}`,
    };
  },
};

/** In the order in which they are asked. */
export const TRANSPORT_CONDITIONS: readonly ConditionKind[] = [
  port('sourcePort', ['--sport', '--source-port'], 'spt', ({ srcPort }) => srcPort),
  port('destinationPort', ['--dport', '--destination-port'], 'dpt', ({ dstPort }) => dstPort),
  tcpFlags,
  icmpType,
  ports('sourcePorts', ['--sports', '--source-ports']),
  ports('destinationPorts', ['--dports', '--destination-ports']),
  ports('ports', ['--ports']),
];

/** A connection's first segment: what `--syn` means. */
export const SYN_FLAGS = 'FIN,SYN,RST,ACK SYN';
