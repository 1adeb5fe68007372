/** tshark and tcpdump as judges of whole files. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a tool on a file; `IN` among the arguments stands for it. */
export function run(
  file: Uint8Array,
  tool: string,
  args: readonly string[],
): { stdout: string; stderr: string; status: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
  try {
    const path = join(folder, 'judged.pcap');
    writeFileSync(path, file);
    const result = spawnSync(
      tool,
      args.map((a) => (a === 'IN' ? path : a)),
      { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
    );
    return { stdout: result.stdout, stderr: result.stderr, status: result.status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What tshark reads: length, captured length and time of each frame. Throws when it complains. */
export function tsharkFrames(
  file: Uint8Array,
): { wireLength: number; capturedLength: number; time: string }[] {
  const fields = ['frame.len', 'frame.cap_len', 'frame.time_epoch'];
  const { stdout, stderr, status } = run(file, 'tshark', [
    '-r',
    'IN',
    '-T',
    'fields',
    ...fields.flatMap((f) => ['-e', f]),
  ]);
  const complaint = stderr.replace(/^Running as user.*\n/m, '').trim();
  if (status !== 0 || complaint !== '') throw new Error(`tshark: ${complaint}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [wireLength, capturedLength, time] = line.split('\t');
      return {
        wireLength: Number(wireLength),
        capturedLength: Number(capturedLength),
        time: time ?? '',
      };
    });
}
