import { expect, it } from 'vitest';
import { vxlanMultiTenant } from '../../src/scenarios/vxlan-multi-tenant.js';
import { echo, expectSteps, type FrameStep, note, playSteps } from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const REQUEST = { innerSrc: '192.168.10.5', innerDst: '192.168.10.6', last: 'icmp' };
const REPLY = { innerSrc: '192.168.10.6', innerDst: '192.168.10.5', last: 'icmp' };

for (const [tenant, vni] of [
  ['A', 5000],
  ['B', 6000],
] as const) {
  it(`tenant ${tenant} pings its own VM, in VNI ${vni}`, () => {
    const { steps } = playSteps(vxlanMultiTenant);
    expectSteps(steps, [
      ['The tenant', note(`VM${tenant}1,VM${tenant}2`, `VNI ${vni}`)],
      ['ARP in its VNI', tunnelled('VTEP1 → R1', { vni, last: 'arp' })],
      ['The answer', tunnelled('R1 → VTEP1', { vni, last: 'arp' })],
      ['The request', tunnelled('VTEP1 → R1', { vni, ...REQUEST })],
      ['Delivered', echo(`VTEP2 → VM${tenant}2`, 8, '192.168.10.5', '192.168.10.6')],
      ['The reply', tunnelled('R1 → VTEP1', { vni, ...REPLY })],
      ['Delivered', echo(`VTEP1 → VM${tenant}1`, 0, '192.168.10.6', '192.168.10.5')],
      ['ping says so', note(`VM${tenant}1`, '64 bytes from 192.168.10.6')],
    ]);
  });
}

it('no frame goes from one tenant to the other', () => {
  const { steps, lab } = playSteps(vxlanMultiTenant);
  const frames = steps.filter((step): step is FrameStep => step.kind === 'frame');
  const macsOf = (tenant: string): Set<string> =>
    new Set(
      frames
        .filter(({ way }) => way.includes(`VM${tenant}`))
        .flatMap(({ packet }) => {
          const ethernet = packet.layer('ethernet');
          return [ethernet?.src ?? '', ethernet?.dst ?? ''];
        }),
    );
  const [a, b] = [macsOf('A'), macsOf('B')];
  expect([...a].filter((mac) => b.has(mac))).toEqual(['ff:ff:ff:ff:ff:ff']);
  const tables = new Map(lab.tables().map(({ title, lines }) => [title, lines]));
  const macs = (name: string): string[] =>
    ['1', '2'].map((n) => lab.devices.get(`VM${name}${n}`)?.port('eth0').macText ?? '');
  // What the tunnel knows; the other lines are the bridge's of the same port.
  const behind = (vni: number): readonly string[] | undefined =>
    tables
      .get(`VTEP1# bridge fdb show dev vxlan${vni}`)
      ?.filter((line) => !line.includes(` master br${vni}`));
  expect(behind(5000)).toEqual([
    '00:00:00:00:00:00 dst 10.0.0.2 self permanent',
    `${macs('A')[1]} dst 10.0.0.2 self`,
  ]);
  expect(behind(6000)).toEqual([
    '00:00:00:00:00:00 dst 10.0.0.2 self permanent',
    `${macs('B')[1]} dst 10.0.0.2 self`,
  ]);
});
