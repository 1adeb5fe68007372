/** What the tests with real end points stand on: it does as they think, and leaves nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeInNamespace, missing, Namespace, until, untilSaid } from './support/namespace.js';

/** The state of a process, `Z` of one that has ended and is not yet waited for; undefined: gone. */
function stateOf(pid: number): string | undefined {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? /^State:\s(\w)/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
}

describeInNamespace({ devices: ['vxlan'], tools: [] })('a namespace', () => {
  it('keeps its devices to itself, and is closed with all that runs and lies in it', async () => {
    const namespace = await Namespace.open();
    const shell = namespace.start(['sh', '-c', 'sleep 1000 & echo child $!; wait']);
    let said = '';
    shell.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await untilSaid(shell, 'stdout', 'child');
    const pids = [shell.pid as number, Number(/child (\d+)/.exec(said)?.[1])];
    expect(pids.map(stateOf)).not.toContain(undefined);
    await namespace.script('ip link add framewright0 type veth peer name framewright1; echo >file');
    expect(await namespace.run(['ip', 'link', 'show', 'framewright0'])).toContain('framewright0');
    expect(spawnSync('ip', ['link', 'show', 'framewright0']).status).not.toBe(0);
    expect(existsSync(join(namespace.folder, 'file'))).toBe(true);
    await namespace.close();
    expect(existsSync(namespace.folder)).toBe(false);
    await until(
      'their end',
      async () => pids.map(stateOf),
      (states) => states.every((state) => state === undefined || state === 'Z'),
    );
  });

  it('tells what a command said that fails', async () => {
    const namespace = await Namespace.open();
    try {
      await expect(namespace.script('echo before; cat /nowhere; echo after')).rejects.toThrow(
        /^ended with 1: sh -ec .*\nbefore\ncat: \/nowhere: No such file/,
      );
      const failing = namespace.start(['sh', '-c', 'echo no >&2; exit 3']);
      await expect(untilSaid(failing, 'stderr', 'yes')).rejects.toThrow(
        'ended with 3, and said: no',
      );
    } finally {
      await namespace.close();
    }
  });
});

it('says which tools are missing', () => {
  expect(missing({ devices: [], tools: ['no-such-tool', 'nor-this'] })).toMatch(
    /^not installed: .*no-such-tool, nor-this \(/,
  );
});
