import { expect, it } from 'vitest';
import { genevePolicy } from '../../src/scenarios/geneve-policy.js';
import {
  datagram,
  expectSteps,
  frame,
  linesOf,
  note,
  playSteps,
  type RunStep,
} from '../support/steps.js';
import { plain, tunnelled } from '../support/tunnels.js';

/** A Geneve packet of VNI 5000 with these two options and no other. */
const stickers = (way: string, identity: string, policy: string) => (step: RunStep) =>
  tunnelled(way, { kind: 'geneve', src: '10.0.0.1', dst: '10.0.0.2', last: 'udp' })(step) &&
  frame(way, (packet) => {
    const wanted = [
      { kind: 'securityPolicyId', value: policy },
      { kind: 'sourceIdentity', value: identity },
    ];
    return JSON.stringify(packet.layer('geneve')?.options) === JSON.stringify(wanted);
  })(step);
const [FRONTEND, GUEST, BACKEND] = ['192.168.10.5', '192.168.10.7', '192.168.10.6'] as const;
const letter = (way: string, src: string, text: string) =>
  datagram(way, `${src}:49152`, `${BACKEND}:7000`, text);

it("goes the way of the guide's diagram where the policy allows it", () => {
  const { steps } = playSteps(genevePolicy);
  const policy = 'allow-frontend-to-backend';
  expectSteps(steps, [
    ['Packet to VM2', letter('VM1 → Node1', FRONTEND, 'from the frontend')],
    [
      'SDN: Lookup policy, add identity',
      note('Node1', 'SDN: Lookup policy\nAdd identity to Geneve'),
    ],
    ['GENEVE ENCAPSULATION', note('Node1,Node2', 'GENEVE ENCAPSULATION')],
    [
      'Geneve packet, VNI 5000, TLV: identity, policy',
      stickers('Node1 → R1', 'frontend-workload', policy),
    ],
    ['Routed', stickers('R2 → Node2', 'frontend-workload', policy)],
    ['SDN: Read TLV, verify policy', note('Node2', 'SDN: Read TLV\nVerify policy ✅\nDecapsulate')],
    ['Packet delivered', letter('Node2 → VM2', FRONTEND, 'from the frontend')],
    ['Policy enforced', note('VM1,VM2', 'Policy enforced\nvia Geneve metadata')],
  ]);
});

it('does not open what the policy denies', () => {
  const { lab, steps } = playSteps(genevePolicy);
  expectSteps(steps, [
    ['A guest', letter('VM3 → Node1', GUEST, 'from a guest')],
    ['With its policy', stickers('R2 → Node2', 'guest-workload', 'deny-all')],
    ['Denied', note('Node2', 'Verify policy ❌\nDrop, not opened')],
  ]);
  expect(steps.some(plain('Node2 → VM2', GUEST, BACKEND))).toBe(false);
  expect(linesOf(lab, 'Node2# counters of geneve')).toContain('denied 1');
});
