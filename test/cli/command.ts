/** The built command as a child process. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `npm test` builds it; `FRAMEWRIGHT_CLI` names another build. */
export const cli: string = process.env['FRAMEWRIGHT_CLI'] ?? join(root, 'dist', 'cli.js');

/** Throws, in clear words, where the command is not built or older than its source. */
export function requireBuild(): void {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build first`);
  if (process.env['FRAMEWRIGHT_CLI'] !== undefined) return;
  const built = statSync(cli).mtimeMs;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const newer = sources.filter(
    (file) => file.endsWith('.ts') && statSync(join(root, 'src', file)).mtimeMs > built,
  );
  if (newer.length > 0) {
    throw new Error(`dist is older than src/${newer[0]}: run npm run build first`);
  }
}

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly bytes: Uint8Array;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command to its end. */
export function run(args: readonly string[], { input, cwd, env }: RunOptions = {}): Result {
  const result = spawnSync(process.execPath, [cli, ...args], {
    input: input ?? '',
    cwd,
    env: { ...process.env, TZ: 'UTC', ...env },
    maxBuffer: 2 ** 28,
  });
  return {
    code: result.status,
    out: result.stdout.toString(),
    err: result.stderr.toString(),
    bytes: result.stdout,
  };
}

/** Starts the command, to talk to it while it runs. */
export function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [cli, ...args]);
}

/** A line of shell in which `framewright` is the command. */
export function shell(line: string, cwd: string): Result {
  const command = `framewright() { "${process.execPath}" "${cli}" "$@"; }; ${line}`;
  const result = spawnSync('bash', ['-c', command], { cwd, maxBuffer: 2 ** 28 });
  return {
    code: result.status,
    out: result.stdout.toString(),
    err: result.stderr.toString(),
    bytes: result.stdout,
  };
}

/** Every error is told in words: a line that begins with our name, and no stack. */
export function expectError(
  result: { code: number | null; err: string },
  code: 1 | 2,
  words: RegExp,
) {
  expect(result.err).toMatch(words);
  expect(result.err).toMatch(/^framewright: /);
  expect(result.err).not.toMatch(/^ {4}at |node:internal|defect/m);
  expect(result.code).toBe(code);
}
