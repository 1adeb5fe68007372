import { expect, it } from 'vitest';
import { geneveScenario } from '../../src/scenarios/geneve.js';
import { datagram, expectSteps, firstOf, frame, note, playSteps } from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const OPTIONS = [
  { kind: 'securityPolicyId', value: 'policy-xyz-123' },
  { kind: 'telemetry', value: 'latency=5ms, hop=3' },
  { kind: 'sourceIdentity', value: 'workload=frontend-abc' },
];

const letter = (way: string) =>
  datagram(way, '192.168.10.5:49152', '192.168.10.6:7000', 'To: the backend');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

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
    ['A frame of VM1', letter('VM1 → VTEP1')],
    ['Add identity', note('VTEP1', 'Add identity to Geneve')],
    ['GENEVE ENCAPSULATION', note('VTEP1,VTEP2', 'GENEVE ENCAPSULATION')],
    ['The options', withOptions('VTEP1 → R1')],
    ['Routed', withOptions('R1 → R2')],
    ['Only IP traffic', note('R1,R2', 'sees only IP traffic')],
    ['Routed', tunnelled('R2 → VTEP2', outer)],
    ['DECAPSULATION', note('VTEP2', 'DECAPSULATION')],
    ['The frame', letter('VTEP2 → VM2')],
  ]);
  const { bytes } = firstOf(steps, 'the options', tunnelled('VTEP1 → R1', outer)).crossing;
  // Behind Ethernet, IPv4 and UDP: 18 words of options, no flag, VNI 5000; then each option's class,
  // type and words of data, and the data, padded with zeros.
  expect(hex(bytes.subarray(42, 50))).toBe('12006558' + '00138800');
  const option = (head: string, text: string, padding: number): string =>
    head + hex(new TextEncoder().encode(text)) + '00'.repeat(padding);
  expect(hex(bytes.subarray(50, 50 + 72))).toBe(
    option('01020104', 'policy-xyz-123', 2) +
      option('01030205', 'latency=5ms, hop=3', 2) +
      option('01040306', 'workload=frontend-abc', 3),
  );
  // The frame crosses to the byte.
  const sent = firstOf(steps, 'sent', letter('VM1 → VTEP1')).crossing.bytes;
  expect(bytes.subarray(50 + 72)).toEqual(sent);
  expect(firstOf(steps, 'delivered', letter('VTEP2 → VM2')).crossing.bytes).toEqual(sent);
});
