/** Targets that decide, and those that only say something: ACCEPT, DROP, RETURN, REJECT, LOG, NOTRACK. */
import { IP_PROTOCOL } from '../../headers/numbers.js';
import { HOOK } from '../ip/hooks.js';
import { quoted } from './conditions-meta.js';
import { UNTRACKED } from './connection.js';
import { type Inspection, VERDICT } from './inspection.js';
import { REJECT_CODES, type RejectKind } from './reject.js';
import type { TargetKind } from './targets.js';
import { wrong } from './values.js';

const MAX_PREFIX = 29;

function verdict(name: string, answer: number): TargetKind {
  return {
    name,
    tables: undefined,
    hooks: undefined,
    options: {},
    compile: () => ({ run: () => answer, saved: '', listed: '' }),
  };
}

const reject: TargetKind = {
  name: 'REJECT',
  tables: ['filter'],
  hooks: [HOOK.INPUT, HOOK.FORWARD, HOOK.OUTPUT],
  options: { 'reject-with': true },
  compile({ options, protocol }) {
    const text = options['reject-with'] ?? 'icmp-port-unreachable';
    const asked = { flag: '--reject-with', text };
    const name = SHORT[text] ?? text;
    if (name !== 'tcp-reset' && !(name in REJECT_CODES)) {
      wrong(asked, `one of ${Object.keys(REJECT_CODES).join(', ')}, tcp-reset`);
    }
    if (name === 'tcp-reset' && protocol !== IP_PROTOCOL.TCP)
      wrong(asked, 'the rule to say -p tcp');
    return {
      run(packet) {
        packet.services.reject(packet, name as RejectKind);
        return VERDICT.STOLEN;
      },
      saved: `--reject-with ${name}`,
      listed: `reject-with ${name}`,
    };
  },
};

/** iptables' shorter names. */
const SHORT: Readonly<Record<string, string>> = {
  'net-unreach': 'icmp-net-unreachable',
  'host-unreach': 'icmp-host-unreachable',
  'proto-unreach': 'icmp-proto-unreachable',
  'port-unreach': 'icmp-port-unreachable',
  'net-prohib': 'icmp-net-prohibited',
  'host-prohib': 'icmp-host-prohibited',
  'admin-prohib': 'icmp-admin-prohibited',
  'tcp-rst': 'tcp-reset',
};

const log: TargetKind = {
  name: 'LOG',
  tables: undefined,
  hooks: undefined,
  options: { 'log-prefix': true },
  compile({ options }) {
    const prefix = options['log-prefix'] ?? '';
    if (prefix.length > MAX_PREFIX) {
      wrong({ flag: '--log-prefix', text: prefix }, `at most ${MAX_PREFIX} characters`);
    }
    return {
      run(packet) {
        packet.services.log(packet, prefix);
        return VERDICT.CONTINUE;
      },
      saved: prefix === '' ? '' : `--log-prefix ${quoted(prefix)}`,
      listed: `LOG flags 0 level 4${prefix === '' ? '' : ` prefix "${prefix}"`}`,
    };
  },
};

function untrack({ frame }: Inspection): number {
  frame.connection ??= UNTRACKED;
  return VERDICT.CONTINUE;
}

const notrack: TargetKind = {
  name: 'NOTRACK',
  tables: ['raw'],
  hooks: undefined,
  options: {},
  compile: () => ({ run: untrack, saved: '', listed: 'NOTRACK' }),
};

/** What newer rules say for NOTRACK. */
const connection: TargetKind = {
  name: 'CT',
  tables: ['raw'],
  hooks: undefined,
  options: { notrack: false },
  compile({ options }) {
    if (options['notrack'] === undefined) wrong({ flag: '-j', text: 'CT' }, '--notrack with it');
    return { run: untrack, saved: '--notrack', listed: 'CT notrack' };
  },
};

/** The lab has no security contexts: it is a label that says that it was here. */
const secmark: TargetKind = {
  name: 'SECMARK',
  tables: ['mangle', 'security'],
  hooks: undefined,
  options: { selctx: true },
  compile({ options }) {
    const context = options['selctx'];
    if (context === undefined) wrong({ flag: '-j', text: 'SECMARK' }, '--selctx with it');
    return {
      run(packet) {
        packet.services.log(packet, `SECMARK ${context}`);
        return VERDICT.CONTINUE;
      },
      saved: `--selctx ${context}`,
      listed: `SECMARK selctx ${context}`,
    };
  },
};

export const FILTER_TARGETS: readonly TargetKind[] = [
  verdict('ACCEPT', VERDICT.ACCEPT),
  verdict('DROP', VERDICT.DROP),
  verdict('RETURN', VERDICT.RETURN),
  reject,
  log,
  notrack,
  connection,
  secmark,
];
