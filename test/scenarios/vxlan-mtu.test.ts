import { expect, it } from 'vitest';
import { vxlanMtu } from '../../src/scenarios/vxlan-mtu.js';
import { expectSteps, type FrameStep, frame, note, playSteps } from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const TEST = 'ping -M do -s 1472';

it('fails and works as the guide says', () => {
  const { steps } = playSteps(vxlanMtu);
  const length = (way: string, vni: number, bytes: number) =>
    frame(
      way,
      (packet) => packet.layer('vxlan')?.vni === vni && packet.layer('ipv4')?.length === bytes,
    );
  expectSteps(steps, [
    ['1. overlay MTU 1450', note('VTEP1,VTEP2', 'Overlay MTU 1450, underlay MTU 1500')],
    [TEST, note('VM1-5000', TEST)],
    ['fails at once', note('VM1-5000', 'message too long, mtu=1450')],
    ['1422 bytes fill the underlay', length('VTEP1 → R1', 5000, 1500)],
    ['and work', note('VM1-5000', '1430 bytes from')],
    ['2. a VM that believes in 1500', note('VTEP1,VTEP2', 'VMs have MTU 1500, the tunnel 1450')],
    ['small ones work', note('VM1-5001', '64 bytes from')],
    [TEST, frame('VM1-5001 → VTEP1', (packet) => packet.layer('ipv4')?.length === 1500)],
    ['gets no answer', note('VM1-5001', 'no answer')],
    ['3. the end point tells', note('VTEP1', 'Too long for the tunnel: 1450 bytes fit')],
    [
      'by ICMP',
      frame('VTEP1 → VM1-5002', (packet) => {
        const icmp = packet.layer('icmp');
        return icmp?.type === 3 && icmp.code === 4 && icmp.message.mtu === 1450;
      }),
    ],
    ['and ping says it', note('VM1-5002', 'Frag needed and DF set (mtu = 1450)')],
    ['4. cut in two', length('VTEP1 → R1', 5003, 1500)],
    [
      'the second piece',
      frame('VTEP1 → R1', (packet) => packet.layer('ipv4')?.fragmentOffset === 1480 / 8),
    ],
    ['works', note('VM1-5003', '1480 bytes from')],
    ['5. underlay MTU 1550', note('VTEP1,VTEP2', 'Underlay MTU 1550')],
    [TEST, length('VTEP1 → R1', 5004, 1550)],
    ['works', note('VM1-5004', '1480 bytes from')],
  ]);
});

it('sends nothing of what it says that it drops', () => {
  const { steps } = playSteps(vxlanMtu);
  const outer = steps.filter((step): step is FrameStep => step.kind === 'frame');
  expect(outer.some(tunnelled('VTEP1 → R1', { vni: 5002 }))).toBe(false);
  const large = outer.filter(
    ({ packet }) =>
      packet.layer('vxlan')?.vni === 5001 && (packet.layer('ipv4')?.length ?? 0) > 200,
  );
  expect(large).toEqual([]);
});
