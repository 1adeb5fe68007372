import { expect, it } from 'vitest';
import { genevePolicy } from '../../src/scenarios/geneve-policy.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';
import { plain } from '../support/tunnels.js';

const withPolicy = (way: string, policy: string) =>
  frame(way, (packet) =>
    JSON.stringify(packet.layer('geneve')?.options ?? []).includes(`"value":"${policy}"`),
  );

it("goes the way of the guide's diagram where the policy allows it", () => {
  const { steps } = playSteps(genevePolicy);
  const policy = 'allow-frontend-to-backend';
  expectSteps(steps, [
    ['Packet to VM2', plain('VM1 → Node1', '192.168.10.5', '192.168.10.6')],
    [
      'SDN: Lookup policy, add identity',
      note('Node1', 'SDN: Lookup policy\nAdd identity to Geneve'),
    ],
    ['GENEVE ENCAPSULATION', note('Node1,Node2', 'GENEVE ENCAPSULATION')],
    ['Geneve packet, VNI 5000, TLV: identity, policy', withPolicy('Node1 → R1', policy)],
    ['Routed', withPolicy('R2 → Node2', policy)],
    ['SDN: Read TLV, verify policy', note('Node2', 'SDN: Read TLV\nVerify policy ✅\nDecapsulate')],
    ['Packet delivered', plain('Node2 → VM2', '192.168.10.5', '192.168.10.6')],
    ['Policy enforced', note('VM1,VM2', 'Policy enforced\nvia Geneve metadata')],
  ]);
});

it('does not open what the policy denies', () => {
  const { steps } = playSteps(genevePolicy);
  expectSteps(steps, [
    ['A guest', plain('VM3 → Node1', '192.168.10.7', '192.168.10.6')],
    ['With its policy', withPolicy('R2 → Node2', 'deny-all')],
    ['Denied', note('Node2', 'Verify policy ❌\nDrop, not opened')],
  ]);
  expect(steps.some(plain('Node2 → VM2', '192.168.10.7', '192.168.10.6'))).toBe(false);
});
