import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { topologyFormat } from '../../../src/lab/topology/format.js';
import { KINDS } from '../../../src/lab/topology/kinds.js';
import { STEPS } from '../../../src/lab/topology/steps.js';
import { loadTopology } from '../../../src/lab/topology/topology.js';

describe('the format of topologies', () => {
  it('is told by an example that runs as it says', () => {
    const source = new URL('../../../src/lab/topology/format.ts', import.meta.url);
    const [, example = ''] = /```yaml\n([\s\S]*?) \* ```/.exec(readFileSync(source, 'utf8')) ?? [];
    const topology = loadTopology(parseYaml(example.replace(/^ \* ?/gm, '')));
    topology.run();
    expect(topology.script.outcomes.length).toBeGreaterThan(3);
    expect(topology.script.failures).toEqual([]);
  });

  it('is printed with every kind of device and of step, each key with what it takes', () => {
    const lines = topologyFormat();
    const indented = (text: string, by: number): RegExp =>
      new RegExp(`^${' '.repeat(by)}${text}( |$)`);
    for (const { name } of KINDS) {
      expect(lines.filter((line) => indented(`kind: ${name}`, 4).test(line))).toHaveLength(1);
    }
    for (const { name } of STEPS) {
      expect(lines.filter((line) => indented(`- ${name}`, 2).test(line))).toHaveLength(1);
    }
    expect(lines).toContain(
      '  - ends (needed)                  what it joins; `outside` for what --attach gives: two ends such as [A:eth0, SW:1]',
    );
    expect(lines).toContain(
      '    latency                        time from end to end: a time such as 10ms (ns, us, ms, s, min, h), 1250h at most',
    );
  });
});
