/** What the README shows is run as it stands there, from the root of the repository. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(`${ROOT}/README.md`, 'utf8');

/** The code blocks of a language, with the heading that each stands under. */
function blocks(language: string): { heading: string; code: string }[] {
  const found: { heading: string; code: string }[] = [];
  let heading = '';
  for (const [, title, kind, code] of README.matchAll(/^## (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (kind === language) found.push({ heading, code: code ?? '' });
  }
  return found;
}

function run(
  command: string,
  args: readonly string[],
  input = '',
): { status: number | null; stderr: string } {
  return spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', input });
}

describe('the README', () => {
  beforeAll(() => {
    expect(run('node', ['fixtures/captures.mjs']).stderr).toBe('');
  });

  const examples = blocks('js');
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  for (const [i, { heading, code }] of examples.entries()) {
    it(`has an example that runs: ${heading}, ${i + 1}`, () => {
      const { status, stderr } = run('node', ['--input-type=module', '-'], code);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    });

    // `expression; // value` says what the expression is.
    const claims = [...code.matchAll(/^ *(packet\.\S+|parse\(.+\)\S*); \/\/ ('[^']*'|\d+)/gm)];
    for (const [, expression, value] of claims) {
      it(`is right that ${expression} is ${value}`, () => {
        const checked = code.replace(
          `${expression};`,
          `if ((${expression}) !== ${value}) throw new Error('it is ' + (${expression}));`,
        );
        const { stderr } = run('node', ['--input-type=module', '-'], checked);
        expect(stderr).toBe('');
      });
    }
  }

  const commands = blocks('sh')
    .flatMap(({ code }) => code.trim().split('\n'))
    .filter((line) => !line.startsWith('npm install'));
  for (const line of commands) {
    it(`has a command that runs: ${line.slice(0, 60)}`, () => {
      const { status, stderr } = run('bash', ['-o', 'pipefail', '-c', line]);
      // `check`, `encap` and `decap` say how much they have looked at.
      const said = stderr.replace(/^npm warn .*\n/gm, '').replace(/^\d+ frames?: .*\n/gm, '');
      expect(said).toBe('');
      expect(status).toBe(0);
    });
  }
});
