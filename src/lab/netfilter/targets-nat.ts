/** Targets that translate addresses: DNAT, SNAT, MASQUERADE, REDIRECT. */
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { HOOK } from '../ip/hooks.js';
import { Tracked } from './connection.js';
import { type Inspection, VERDICT } from './inspection.js';
import type { NatRange, Rover } from './nat.js';
import type { TargetGiven, TargetKind } from './targets.js';
import { DESTINATION, type End, SOURCE } from './translate.js';
import { givenPorts, natRange, natRangeText, portRangeText, wrong } from './values.js';

const LOOPBACK = 0x7f000001;
const CHOICES = { random: false, persistent: false } as const;

/** Only TCP and UDP have ports. */
function checkPorts(range: NatRange, flag: string, text: string, protocol: number): void {
  if (range.ports === undefined) return;
  if (protocol === IP_PROTOCOL.TCP || protocol === IP_PROTOCOL.UDP) return;
  wrong({ flag, text }, 'the rule to say -p tcp or -p udp where there are ports');
}

function choices({ options }: TargetGiven): Pick<NatRange, 'random' | 'persistent'> {
  return {
    random: options['random'] !== undefined || options['random-fully'] !== undefined,
    persistent: options['persistent'] !== undefined,
  };
}

function choiceText({ options }: TargetGiven, before: string): string {
  return ['random', 'random-fully', 'persistent']
    .filter((name) => options[name] !== undefined)
    .map((name) => ` ${before}${name}`)
    .join('');
}

function setUp(packet: Inspection, end: End, range: NatRange, rover: Rover): number {
  const tracked = packet.frame.connection;
  if (!(tracked instanceof Tracked)) return VERDICT.ACCEPT;
  const done = packet.services.nat.setUp(tracked.connection, end, range, rover);
  return done ? VERDICT.ACCEPT : VERDICT.DROP;
}

function fixed(name: string, flag: string, end: End): TargetKind {
  return {
    name,
    tables: ['nat'],
    hooks: end === SOURCE ? [HOOK.POSTROUTING, HOOK.INPUT] : [HOOK.PREROUTING, HOOK.OUTPUT],
    options: { [flag]: true, ...CHOICES, ...(end === SOURCE ? { 'random-fully': false } : {}) },
    compile(given) {
      const text = given.options[flag];
      if (text === undefined) wrong({ flag: '-j', text: name }, `--${flag} with it`);
      const range = { ...natRange({ flag: `--${flag}`, text }), ...choices(given) };
      checkPorts(range, `--${flag}`, text, given.protocol);
      const rover = { last: -1 };
      const canonical = natRangeText(range);
      return {
        run: (packet) => setUp(packet, end, range, rover),
        saved: `--${flag} ${canonical}${choiceText(given, '--')}`,
        listed: `to:${canonical}${choiceText(given, '')}`,
      };
    },
  };
}

/** The options that a target without addresses of its own may have. */
function portsOf(given: TargetGiven): NatRange {
  const text = given.options['to-ports'];
  if (text === undefined) return choices(given);
  const range = { ...choices(given), ports: givenPorts({ flag: '--to-ports', text }) };
  checkPorts(range, '--to-ports', text, given.protocol);
  return range;
}

function portsText(given: TargetGiven, { ports }: NatRange): string {
  const text = ports === undefined ? '' : `--to-ports ${portRangeText(ports, '-')}`;
  return `${text}${choiceText(given, '--')}`.trim();
}

const masquerade: TargetKind = {
  name: 'MASQUERADE',
  tables: ['nat'],
  hooks: [HOOK.POSTROUTING],
  options: { 'to-ports': true, random: false, 'random-fully': false },
  compile(given) {
    const range = portsOf(given);
    const rover = { last: -1 };
    return {
      run(packet) {
        const address = packet.services.addressOf(packet.output, packet.dst);
        if (address === 0) return VERDICT.DROP;
        return setUp(packet, SOURCE, { ...range, addresses: [address, address] }, rover);
      },
      saved: portsText(given, range),
      listed:
        `${range.ports === undefined ? '' : `masq ports: ${portRangeText(range.ports, '-')}`}${choiceText(given, '')}`.trim(),
    };
  },
};

const redirect: TargetKind = {
  name: 'REDIRECT',
  tables: ['nat'],
  hooks: [HOOK.PREROUTING, HOOK.OUTPUT],
  options: { 'to-ports': true, random: false },
  compile(given) {
    const range = portsOf(given);
    const rover = { last: -1 };
    return {
      run(packet) {
        // What this host sends it gets itself; what comes in is for the interface that it came by.
        const address =
          packet.hook === HOOK.OUTPUT
            ? LOOPBACK
            : packet.services.addressOf(packet.input, packet.src);
        if (address === 0) return VERDICT.DROP;
        return setUp(packet, DESTINATION, { ...range, addresses: [address, address] }, rover);
      },
      saved: portsText(given, range),
      listed:
        `${range.ports === undefined ? '' : `redir ports ${portRangeText(range.ports, '-')}`}${choiceText(given, '')}`.trim(),
    };
  },
};

export const NAT_TARGETS: readonly TargetKind[] = [
  fixed('DNAT', 'to-destination', DESTINATION),
  fixed('SNAT', 'to-source', SOURCE),
  masquerade,
  redirect,
];
