import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { openCapture } from '../../../src/capture/reader.js';
import type { GeneveOption } from '../../../src/headers/geneve-options.js';
import { LabCapture, newCapture } from '../../../src/lab/capture.js';
import { problemText } from '../../../src/lab/topology/place.js';
import { checkTopology, loadTopology } from '../../../src/lab/topology/topology.js';
import { parse } from '../../../src/packet/parse.js';

const FRONTEND = '52:54:00:00:00:0a';
const GUEST = '52:54:00:00:00:0b';
const BACKEND = 'ba:bb:bb:bb:bb:bb';

/** A topology with one tunnel end point, whose policy is that. */
const withPolicy = (policy: unknown, kind = 'geneve') => ({
  devices: {
    V: {
      kind: 'vtep',
      interfaces: { eth0: { address: '10.0.0.1/24' } },
      tunnel: { kind, local: '10.0.0.1' },
      segments: { 5000: { policy } },
    },
  },
});

const mistakes = (policy: unknown, kind?: string): string[] =>
  checkTopology(withPolicy(policy, kind)).problems.map(problemText);

const linesOf = (policy: unknown): readonly string[] | undefined =>
  loadTopology(withPolicy(policy))
    .lab.tables()
    .find(({ title }) => title === 'V# policy of geneve5000')?.lines;

describe('the policy of a Geneve segment', () => {
  it('puts options on what a workload sends, and lets out what is allowed and nothing else', async () => {
    const file = new URL('../../../fixtures/labs/policy.yaml', import.meta.url);
    const topology = loadTopology(parseYaml(readFileSync(file, 'utf8')));
    const writer = newCapture();
    topology.lab.watch(new LabCapture(writer));
    topology.run();
    expect(topology.script.failures).toEqual([]);

    const options = new Map<string, readonly GeneveOption[]>();
    const tunnelled = { [FRONTEND]: 0, [GUEST]: 0, [BACKEND]: 0 };
    const delivered: (string | undefined)[] = [];
    for await (const frame of await openCapture(writer.bytes())) {
      const packet = parse(frame.data.slice());
      const [outer, inner] = packet.all('ethernet');
      if (frame.interface?.name === 'backend') delivered.push(outer?.src);
      const header = packet.layer('geneve');
      if (header === undefined) continue;
      const src = inner?.src as keyof typeof tunnelled;
      expect([frame.interface?.name, header.vni]).toEqual(['underlay', 5000]);
      expect(options.get(src) ?? header.options).toEqual(header.options);
      options.set(src, header.options);
      tunnelled[src]++;
    }
    expect(Object.fromEntries(options)).toEqual({
      [FRONTEND]: [
        { kind: 'securityPolicyId', value: 'allow-frontend-to-backend' },
        { kind: 'sourceIdentity', value: 'workload=frontend' },
      ],
      [GUEST]: [
        { kind: 'securityPolicyId', value: 'deny-all' },
        { kind: 'sourceIdentity', value: 'workload=guest' },
      ],
      [BACKEND]: [
        { kind: 'securityPolicyId', value: 'allow-backend-to-frontend' },
        { kind: 'telemetry', value: 'latency=5ms, hop=3' },
      ],
    });
    // The guest's ping and its datagram went into the tunnel, and no further than to its end.
    expect(tunnelled[GUEST]).toBe(2);
    expect(tunnelled[FRONTEND]).toBeGreaterThan(2);
    expect(delivered.filter((src) => src === FRONTEND)).toHaveLength(tunnelled[FRONTEND]);
    expect(delivered).not.toContain(GUEST);
    const { lines } = topology.lab
      .tables()
      .find(({ title }) => title === 'NODE2# counters of geneve') ?? { lines: [] };
    expect(lines).toContain('denied 2');
  });

  it('says all that a policy of the library can', () => {
    const workloads = {
      [FRONTEND]: { policy: 'web', telemetry: 'hop=3', identity: 'workload=frontend' },
      [GUEST]: { policy: 7 },
    };
    expect(
      linesOf({ workloads, verdicts: { web: 'allow', 7: 'deny' }, otherwise: 'allow' }),
    ).toEqual([
      `${FRONTEND} web hop=3 workload=frontend`,
      `${GUEST} 7`,
      '7 deny',
      'web allow',
      'others allow',
    ]);
    expect(linesOf({})).toEqual(['others deny']);
    expect(linesOf(null)).toEqual(['others deny']);
  });

  it('that is wrong is told at the field where it is wrong', () => {
    const long = 'x'.repeat(125);
    const at = 'devices.V.segments.5000.policy';
    const text = 'expected a text of 1–124 bytes';
    expect(
      mistakes({
        workloads: {
          VM1: {},
          '01:00:5e:00:00:01': {},
          [FRONTEND]: { policy: long, telemetry: '', identity: ['x'], polcy: 'x' },
          [GUEST]: { policy: 'é'.repeat(63), identity: 'x\0' },
          [BACKEND]: 'web',
        },
        verdicts: { web: 'alow', db: true, [long]: 'deny', '': 'deny' },
        otherwise: 'maybe',
        verdict: {},
      }),
    ).toEqual([
      `${at}.verdict: a policy has no verdict; did you mean verdicts?`,
      `${at}.workloads.VM1: expected a MAC address such as 02:00:00:00:00:01, its first byte even`,
      `${at}.workloads["01:00:5e:00:00:01"]: expected a MAC address such as 02:00:00:00:00:01, its first byte even`,
      `${at}.workloads["${FRONTEND}"].polcy: a workload has no polcy; did you mean policy?`,
      `${at}.workloads["${FRONTEND}"].policy: ${long}: ${text}`,
      `${at}.workloads["${FRONTEND}"].telemetry: "": ${text}`,
      `${at}.workloads["${FRONTEND}"].identity: ["x"]: ${text}`,
      `${at}.workloads["${GUEST}"].policy: "${'é'.repeat(56)}…: ${text}`,
      `${at}.workloads["${GUEST}"].identity: "x\\u0000": ${text}`,
      `${at}.workloads["${BACKEND}"]: web: expected an object (policy, telemetry, identity)`,
      `${at}.verdicts.web: alow is not known; did you mean allow?`,
      `${at}.verdicts.db: true is not known; there are allow, deny`,
      `${at}.verdicts.${long}: ${text}`,
      `${at}.verdicts[""]: ${text}`,
      `${at}.otherwise: maybe is not known; there are allow, deny`,
    ]);
  });

  it('that the library refuses is told there, too', () => {
    const at = 'devices.V.segments.5000.policy';
    const each = 'x'.repeat(124);
    const workloads = { [GUEST]: { policy: each, telemetry: each } };
    expect(mistakes({ workloads })).toEqual([
      `${at}.workloads["${GUEST}"]: geneve.options: 256 bytes of options, it is 0–252 in steps of four`,
    ]);
    expect(mistakes({ workloads: { [GUEST]: {}, [GUEST.toUpperCase()]: {} } })).toEqual([
      `${at}: the workload 52:54:00:00:00:0B is there twice`,
    ]);
    expect(mistakes({}, 'vxlan')).toEqual([
      `${at}: a policy needs Geneve's options, and this tunnel is vxlan`,
    ]);
  });
});
