/** The command in this process. */
import { vi } from 'vitest';
import { main } from '../../src/cli/main.js';

export interface Said {
  readonly code: number;
  readonly err: string;
  readonly out: string;
}

/** Runs the command here: what it says, and its exit code. */
export async function runHere(args: readonly string[]): Promise<Said> {
  const said = { err: '', out: '' };
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.err += typeof text === 'string' ? text : new TextDecoder().decode(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
    said.out += typeof text === 'string' ? text : new TextDecoder().decode(text);
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  });
  // Each run listens for the end of standard output, which here is always the same.
  vi.spyOn(process.stdout, 'on').mockReturnValue(process.stdout);
  const { exitCode } = process;
  try {
    return { code: await main(args), ...said };
  } finally {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
  }
}
