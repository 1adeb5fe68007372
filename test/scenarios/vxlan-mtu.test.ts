import { expect, it } from 'vitest';
import { vxlanMtu } from '../../src/scenarios/vxlan-mtu.js';
import { expectSteps, type FrameStep, frame, linesOf, note, playSteps } from '../support/steps.js';
import { tooLong, tunnelled } from '../support/tunnels.js';

const TEST = 'ping -M do -s 1472';

it('fails and works as the guide says', () => {
  const { steps } = playSteps(vxlanMtu);
  const length = (way: string, vni: number, bytes: number) =>
    frame(
      way,
      (packet) => packet.layer('vxlan')?.vni === vni && packet.layer('ipv4')?.length === bytes,
    );
  /** The rest of a packet that was cut: 1,550 bytes, 1,500 of them in the first piece. */
  const piece = (way: string) =>
    frame(way, (packet) => {
      const ip = packet.layer('ipv4');
      return ip?.fragmentOffset === 1480 / 8 && !ip.moreFragments && ip.length === 20 + 50;
    });
  const withDf = (way: string, set: boolean) =>
    frame(way, (packet) => packet.layer('ipv4')?.dontFragment === set);
  expectSteps(steps, [
    ['1. overlay MTU 1450', note('VTEP1,VTEP2', 'Overlay MTU 1450, underlay MTU 1500')],
    [TEST, note('VM1-5000', TEST)],
    ['fails at once', note('VM1-5000', 'message too long, mtu=1450')],
    ['1422 bytes fill the underlay', length('VTEP1 → R1', 5000, 1500)],
    ['and work', note('VM1-5000', '1430 bytes from')],
    ['2. a VM that believes in 1500', note('VTEP1,VTEP2', 'VMs have MTU 1500, the tunnel 1450')],
    ['DF is set, as ping does', withDf('VM1-5001 → VTEP1', true)],
    ['small ones work', note('VM1-5001', '64 bytes from')],
    [TEST, frame('VM1-5001 → VTEP1', (packet) => packet.layer('ipv4')?.length === 1500)],
    ['gets no answer', note('VM1-5001', 'no answer')],
    ['3. the end point tells', note('VTEP1', 'Too long for the tunnel: 1450 bytes fit')],
    ['by ICMP', tooLong('VTEP1 → VM1-5002', '192.168.12.5', '192.168.12.6', 1450)],
    ['and ping says it', note('VM1-5002', 'Frag needed and DF set (mtu = 1450)')],
    ['4. DF is not set', note('VM1-5003', 'ping -M dont -s 1472 192.168.13.6')],
    ['inside', withDf('VM1-5003 → VTEP1', false)],
    ['cut in two', length('VTEP1 → R1', 5003, 1500)],
    ['the second piece', piece('VTEP1 → R1')],
    ['both are carried on', length('R2 → VTEP2', 5003, 1500)],
    ['as they are', piece('R2 → VTEP2')],
    ['put together again', withDf('VTEP2 → VM2-5003', false)],
    ['works', note('VM1-5003', '1480 bytes from')],
    ['5. underlay MTU 1550', note('VTEP1,VTEP2', 'Underlay MTU 1550')],
    [TEST, length('VTEP1 → R1', 5004, 1550)],
    ['works', note('VM1-5004', '1480 bytes from')],
  ]);
});

it('has no tunnel device that Linux would not make: with `dev`, 50 bytes must be left for headers', () => {
  const { lab } = playSteps(vxlanMtu);
  const link = (vni: number): string =>
    linesOf(lab, `VTEP1# ip -d link show dev vxlan${vni}`).join('\n');
  for (const [vni, mtu, dev] of [
    [5000, 1450, true],
    [5001, 1450, true],
    [5002, 1500, false],
    [5003, 1500, false],
    [5004, 1500, true],
  ] as const) {
    expect(link(vni)).toMatch(new RegExp(` mtu ${mtu}\\b`));
    expect(link(vni).includes(' dev eth0 '), `${vni}`).toBe(dev);
  }
});

it("has the VMs on their side of the network in its diagram, as the guide's", () => {
  const { story } = playSteps(vxlanMtu);
  const order = story.diagram().flatMap((line) => /participant ([\w-]+)/.exec(line)?.[1] ?? []);
  expect(order.map((name) => name.replace(/^(VM\d).*/, '$1'))).toEqual([
    ...Array<string>(5).fill('VM1'),
    'VTEP1',
    'R1',
    'R2',
    'VTEP2',
    ...Array<string>(4).fill('VM2'),
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
