/** Targets that change header fields and marks: MARK, CONNMARK, TTL, TOS, DSCP. */

import { updateChecksum } from '../../bytes/checksum.js';
import { PacketError } from '../../bytes/error.js';
import { CHECKSUM } from '../../headers/ipv4-wire.js';
import type { Frame } from '../frame.js';
import { setTtl, ttlOf } from '../ip/packet.js';
import { dscpOf } from './conditions-meta.js';
import { Tracked } from './connection.js';
import { type Inspection, VERDICT } from './inspection.js';
import type { TargetGiven, TargetKind } from './targets.js';
import { hex, maskedOf, numberOf } from './values.js';

const ALL = 0xffffffff;
const ECN = 0x03;

/** Clears the bits of `mask`, and turns those of `value` around (Linux `xt_mark_tginfo2`). */
interface MarkChange {
  readonly value: number;
  readonly mask: number;
}

function change(now: number, { value, mask }: MarkChange): number {
  return ((now & ~mask) ^ value) >>> 0;
}

/** The one option of several that a target must have. */
function only(name: string, { options }: TargetGiven, flags: readonly string[]): [string, string] {
  const given = flags.filter((flag) => options[flag] !== undefined);
  const [flag] = given;
  if (flag === undefined || given.length > 1) {
    const names = flags.map((one) => `--${one}`).join(', ');
    throw new PacketError('BAD_OPTION', `-j ${name}: expected one of ${names}`);
  }
  return [flag, options[flag] as string];
}

const MARK_FLAGS = ['set-mark', 'set-xmark', 'and-mark', 'or-mark', 'xor-mark'] as const;

function markChange(flag: string, text: string): MarkChange {
  const given = { flag: `--${flag}`, text };
  if (flag === 'and-mark') return { value: 0, mask: ~numberOf(given) >>> 0 };
  if (flag === 'or-mark') return { value: numberOf(given), mask: numberOf(given) };
  if (flag === 'xor-mark') return { value: numberOf(given), mask: 0 };
  const [value, mask] = maskedOf(given);
  return { value, mask: flag === 'set-mark' ? (mask | value) >>> 0 : mask };
}

function markListed(name: string, { value, mask }: MarkChange): string {
  if (mask === ALL) return `${name} set ${hex(value)}`;
  if (value === 0) return `${name} and ${hex(~mask)}`;
  if (value === mask) return `${name} or ${hex(value)}`;
  if (mask === 0) return `${name} xor ${hex(value)}`;
  return `${name} xset ${hex(value)}/${hex(mask)}`;
}

const withValue = (flags: readonly string[]): Record<string, boolean> =>
  Object.fromEntries(flags.map((flag) => [flag, true]));

const mark: TargetKind = {
  name: 'MARK',
  tables: undefined,
  hooks: undefined,
  options: withValue(MARK_FLAGS),
  compile(given) {
    const [flag, text] = only('MARK', given, MARK_FLAGS);
    const to = markChange(flag, text);
    return {
      run({ frame }) {
        frame.mark = change(frame.mark, to);
        return VERDICT.CONTINUE;
      },
      saved: `--set-xmark ${hex(to.value)}/${hex(to.mask)}`,
      listed: markListed('MARK', to),
    };
  },
};

const CONNECTION_FLAGS = [...MARK_FLAGS, 'save-mark', 'restore-mark'] as const;

const connectionMark: TargetKind = {
  name: 'CONNMARK',
  tables: undefined,
  hooks: undefined,
  options: {
    ...withValue([...MARK_FLAGS, 'nfmask', 'ctmask']),
    'save-mark': false,
    'restore-mark': false,
  },
  compile(given) {
    const [flag, text] = only('CONNMARK', given, CONNECTION_FLAGS);
    if (flag === 'save-mark' || flag === 'restore-mark') return copyMark(flag, given);
    const to = markChange(flag, text);
    return {
      run: (packet) => withConnection(packet, (one) => (one.mark = change(one.mark, to))),
      saved: `--set-xmark ${hex(to.value)}/${hex(to.mask)}`,
      listed: markListed('CONNMARK', to),
    };
  },
};

/** From the packet to its connection, or back: the bits of a mask in each. */
function copyMark(flag: 'save-mark' | 'restore-mark', { options }: TargetGiven) {
  const maskOf = (name: string): number =>
    options[name] === undefined ? ALL : numberOf({ flag: `--${name}`, text: options[name] });
  const nfmask = maskOf('nfmask');
  const ctmask = maskOf('ctmask');
  const saving = flag === 'save-mark';
  const shown = saving
    ? ` nfmask ${hex(nfmask)} ctmask ~${hex(ctmask)}`
    : ` ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`;
  const usual = nfmask === ALL && ctmask === ALL;
  return {
    run: ({ frame }: Inspection): number =>
      withConnection({ frame }, (one) => {
        if (saving) one.mark = change(one.mark, { value: frame.mark & nfmask, mask: ctmask });
        else frame.mark = change(frame.mark, { value: one.mark & ctmask, mask: nfmask });
      }),
    saved: `--${flag} --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`,
    listed: `CONNMARK ${saving ? 'save' : 'restore'}${usual ? '' : shown}`,
  };
}

function withConnection(
  { frame }: Pick<Inspection, 'frame'>,
  act: (one: { mark: number }) => void,
): number {
  if (frame.connection instanceof Tracked) act(frame.connection.connection);
  return VERDICT.CONTINUE;
}

const TTL_FLAGS = ['ttl-set', 'ttl-inc', 'ttl-dec'] as const;

const ttl: TargetKind = {
  name: 'TTL',
  tables: ['mangle'],
  hooks: undefined,
  options: withValue(TTL_FLAGS),
  compile(given) {
    const [flag, text] = only('TTL', given, TTL_FLAGS);
    const value = numberOf({ flag: `--${flag}`, text }, 255, flag === 'ttl-set' ? 0 : 1);
    const words = { 'ttl-set': 'set to', 'ttl-inc': 'increment by', 'ttl-dec': 'decrement by' };
    return {
      run({ frame }) {
        const now = ttlOf(frame);
        let next = value;
        if (flag === 'ttl-inc') next = Math.min(255, now + value);
        if (flag === 'ttl-dec') next = Math.max(0, now - value);
        if (next !== now) setTtl(frame, next);
        return VERDICT.CONTINUE;
      },
      saved: `--${flag} ${value}`,
      listed: `TTL ${words[flag as keyof typeof words]} ${value}`,
    };
  },
};

/** Version and type of service are one word of the checksum. */
function setTos({ view, network }: Frame, value: number): void {
  const before = view.getUint16(network);
  const after = (before & 0xff00) | value;
  view.setUint16(network, after);
  const checksum = view.getUint16(network + CHECKSUM);
  view.setUint16(network + CHECKSUM, updateChecksum(checksum, before, after));
}

const tos: TargetKind = {
  name: 'TOS',
  tables: ['mangle'],
  hooks: undefined,
  options: { 'set-tos': true },
  compile(given) {
    const [flag, text] = only('TOS', given, ['set-tos']);
    const [value, mask] = maskedOf({ flag: `--${flag}`, text }, 0xff);
    return {
      run({ frame }) {
        const now = frame.view.getUint8(frame.network + 1);
        setTos(frame, ((now & ~mask) ^ value) & 0xff);
        return VERDICT.CONTINUE;
      },
      saved: `--set-tos ${hex(value, 2)}/${hex(mask, 2)}`,
      listed: `TOS set ${hex(value, 2)}/${hex(mask, 2)}`,
    };
  },
};

const DSCP_FLAGS = ['set-dscp', 'set-dscp-class'] as const;

const dscp: TargetKind = {
  name: 'DSCP',
  tables: ['mangle'],
  hooks: undefined,
  options: withValue(DSCP_FLAGS),
  compile(given) {
    const [flag, text] = only('DSCP', given, DSCP_FLAGS);
    const value = dscpOf({ flag: `--${flag}`, text });
    return {
      run({ frame }) {
        setTos(frame, (value << 2) | (frame.view.getUint8(frame.network + 1) & ECN));
        return VERDICT.CONTINUE;
      },
      saved: `--set-dscp ${hex(value, 2)}`,
      listed: `DSCP set ${hex(value, 2)}`,
    };
  },
};

export const MANGLE_TARGETS: readonly TargetKind[] = [mark, connectionMark, ttl, tos, dscp];
