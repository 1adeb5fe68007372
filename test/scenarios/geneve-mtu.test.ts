import { expect, it } from 'vitest';
import { geneveMtu } from '../../src/scenarios/geneve-mtu.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';
import { tooLong } from '../support/tunnels.js';

const OPTIONS = [
  { kind: 'securityPolicyId', value: 'policy-xyz-123' },
  { kind: 'telemetry', value: 'latency=5ms, hop=3' },
  { kind: 'sourceIdentity', value: 'workload=frontend-abc, namespace=production, node=1' },
];

it('fails with an underlay MTU of 1600, and works with 1650', () => {
  const { steps } = playSteps(geneveMtu);
  const large = (way: string) =>
    frame(way, (packet) => {
      const geneve = packet.layer('geneve');
      // 8 bytes, and 100 of options.
      const header = geneve === undefined ? 0 : geneve.headerEnd - geneve.offset;
      const same = JSON.stringify(geneve?.options) === JSON.stringify(OPTIONS);
      const [outer, inner] = packet.all('ipv4');
      return same && header === 108 && outer?.length === 1650 && inner?.length === 1500;
    });
  expectSteps(steps, [
    ['1600', note('VTEP1,VTEP2', 'Underlay MTU 1600, 100 bytes of options')],
    ['1500 bytes', frame('VM1 → VTEP1', (packet) => packet.layer('ipv4')?.length === 1500)],
    ['Too long', note('VTEP1', 'Too long for the tunnel: 1450 bytes fit')],
    ['ICMP', tooLong('VTEP1 → VM1', '192.168.10.5', '192.168.10.6', 1450)],
    ['ping says so', note('VM1', 'Frag needed and DF set (mtu = 1450)')],
    ['1650', note('VTEP1,VTEP2', 'Underlay MTU 1650')],
    ['1650 bytes outside', large('VTEP1 → R1')],
    ['and back', large('VTEP2 → R2')],
    ['works', note('VM1', '1480 bytes from 192.168.10.6')],
  ]);
  // With 1600 nothing goes out.
  const told = steps.findIndex(note('VM1', 'Frag needed'));
  expect(steps.slice(0, told).some(frame('VTEP1 → R1'))).toBe(false);
});
