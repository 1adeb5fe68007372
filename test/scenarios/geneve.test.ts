import { expect, it } from 'vitest';
import { geneveScenario } from '../../src/scenarios/geneve.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';
import { plain, tunnelled } from '../support/tunnels.js';

const OPTIONS = [
  { kind: 'securityPolicyId', value: 'policy-xyz-123' },
  { kind: 'telemetry', value: 'latency=5ms, hop=3' },
  { kind: 'sourceIdentity', value: 'workload=frontend-abc' },
];

it("carries the guide's three options from end point to end point", () => {
  const { steps } = playSteps(geneveScenario);
  const outer = { kind: 'geneve', vni: 5000, src: '10.0.0.1', dst: '10.0.0.2' } as const;
  const withOptions = (way: string) =>
    frame(way, (packet) => {
      const geneve = packet.layer('geneve');
      const same = JSON.stringify(geneve?.options) === JSON.stringify(OPTIONS);
      return same && geneve?.critical === false && packet.layer('udp')?.dstPort === 6081;
    });
  expectSteps(steps, [
    ['A frame of VM1', plain('VM1 → VTEP1', '192.168.10.5', '192.168.10.6')],
    ['Add identity', note('VTEP1', 'Add identity to Geneve')],
    ['GENEVE ENCAPSULATION', note('VTEP1,VTEP2', 'GENEVE ENCAPSULATION')],
    ['The options', withOptions('VTEP1 → R1')],
    ['Routed', withOptions('R1 → R2')],
    ['Only IP traffic', note('R1,R2', 'sees only IP traffic')],
    ['Routed', tunnelled('R2 → VTEP2', outer)],
    ['DECAPSULATION', note('VTEP2', 'DECAPSULATION')],
    ['The frame', plain('VTEP2 → VM2', '192.168.10.5', '192.168.10.6')],
  ]);
  const first = steps.find(tunnelled('VTEP1 → R1', outer));
  const bytes = first?.kind === 'frame' ? first.crossing.bytes : new Uint8Array(0);
  // Behind Ethernet, IPv4 and UDP: 18 words of options, then class 0x0102, type 1, 4 words of data.
  expect([...bytes.subarray(42, 44)]).toEqual([18, 0]);
  expect([...bytes.subarray(50, 54)]).toEqual([0x01, 0x02, 1, 4]);
});
