/** Wireshark as the judge: `tshark` on frames given as bytes. Skipped loudly where it is missing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeUnless } from './needed.js';

/** `describe`, for tests that need the tool. */
export function describeWith(tool: 'tshark' | 'tcpdump') {
  const installed = spawnSync(tool, ['--version']).status === 0;
  return describeUnless(installed ? undefined : `${tool} is missing: it judges nothing`);
}

/** `describe`, for tests that need tshark. */
export const describeWithTshark = describeWith('tshark');

/** How the corpus' oracle was made: every layer as it is on the wire, every checksum verified. */
const JUDGED = [
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'sctp.checksum:crc-32c',
];
const AS_ON_THE_WIRE = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
];

/** The preferences of the corpus' oracle, which are our defaults, as arguments. */
export const ORACLE_OPTIONS = optionsOf([...JUDGED, ...AS_ON_THE_WIRE]);

function optionsOf(preferences: readonly string[]): string[] {
  return preferences.flatMap((preference) => ['-o', preference]);
}

/** An environment in which tshark reads nobody's preferences. */
export function plainEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WIRESHARK_CONFIG_DIR: folder,
    HOME: folder,
    TZ: 'UTC',
    LC_ALL: 'C',
  };
}

/** A frame and, where the capture was cut, its length on the wire. */
export interface JudgedFrame {
  readonly bytes: Uint8Array;
  readonly wireLength?: number;
  /** Nanoseconds after the first, for what is judged by time. */
  readonly time?: number;
}

/** A pcap file of these frames, written by hand: our own writer is judged elsewhere. */
function pcapOf(frames: readonly JudgedFrame[], linkType: number): Uint8Array {
  const size = frames.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  // With nanoseconds.
  view.setUint32(0, 0xa1b23c4d);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 262_144);
  view.setUint32(20, linkType);
  let at = 24;
  for (const { bytes, wireLength = bytes.length, time = 0 } of frames) {
    view.setUint32(at, 1_700_000_000 + Math.floor(time / 1e9));
    view.setUint32(at + 4, time % 1e9);
    view.setUint32(at + 8, bytes.length);
    view.setUint32(at + 12, wireLength);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

function run(args: readonly string[], folder: string): string {
  const env = plainEnvironment(folder);
  const result = spawnSync('tshark', args, { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
  if (result.status !== 0) throw new Error(`tshark: ${result.stderr}`);
  return result.stdout;
}

function inFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The values of each field in each frame, as tshark prints them; `analyse`: conversations too. */
export function tsharkFields(
  frames: readonly JudgedFrame[],
  fields: readonly string[],
  linkType = 1,
  { analyse = false } = {},
): Map<string, string[]>[] {
  const judged = tsharkCapture(pcapOf(frames, linkType), fields, { analyse });
  if (judged.length !== frames.length) {
    throw new Error(`tshark answered ${judged.length} lines for ${frames.length} frames`);
  }
  return judged;
}

/** The same of every frame of a capture file, given as its bytes. */
export function tsharkCapture(
  file: Uint8Array,
  fields: readonly string[],
  { analyse = false } = {},
): Map<string, string[]>[] {
  const out = inFolder((folder) => {
    const path = join(folder, 'judged');
    writeFileSync(path, file);
    const form = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|', '-E', 'separator=/t'];
    const asked = fields.flatMap((field) => ['-e', field]);
    const options = analyse ? optionsOf(JUDGED) : ORACLE_OPTIONS;
    return run(['-n', '-r', path, ...options, ...form, ...asked], folder);
  });
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const cells = line.split('\t');
      return new Map(
        fields.map((field, i) => [
          field,
          (cells[i] ?? '') === '' ? [] : (cells[i]?.split('|') ?? []),
        ]),
      );
    });
}

/** Wireshark's type of every field name that it knows, such as `FT_UINT16`. */
export function tsharkFieldTypes(): Map<string, string> {
  const types = new Map<string, string>();
  for (const line of inFolder((folder) => run(['-G', 'fields'], folder)).split('\n')) {
    const [kind, , name, type] = line.split('\t');
    if (kind === 'F' && name !== undefined && type !== undefined) types.set(name, type);
  }
  return types;
}
