/** A lab that runs in a namespace, joined by socat to the far end of its veth pair, `v1`. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cli, requireBuild } from '../../cli/command.js';
import { type Namespace, until, untilSaid } from './namespace.js';

export interface AttachedLab {
  readonly lab: ChildProcessWithoutNullStreams;
  /** Its exit code and signal, when it has ended. */
  readonly ended: Promise<unknown>;
}

/**
 * Runs `framewright lab` on a file whose link `uplink` leads outside, and waits until `address` in
 * it answers a ping of the kernel. Its capture is `lab.pcapng`.
 */
export async function attachLab(
  namespace: Namespace,
  file: string,
  address: string,
  options: readonly string[] = [],
): Promise<AttachedLab> {
  requireBuild();
  const attach = ['--attach', 'uplink=udp:9001', '-o', 'lab.pcapng', ...options];
  const lab = namespace.start([process.execPath, cli, 'lab', file, ...attach]);
  const ended = once(lab, 'close');
  await untilSaid(lab, 'stderr', 'uplink is udp 127.0.0.1:9001');
  namespace.start(['socat', '-b', '65536', 'INTERFACE:v1', 'UDP4:127.0.0.1:9001']);
  await until(
    `a first answer of ${address}`,
    () => namespace.script(`ping -c 1 -W 1 ${address} || true`),
    (text) => text.includes('1 received'),
  );
  return { lab, ended };
}
