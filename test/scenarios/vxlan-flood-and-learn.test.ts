import { expect, it } from 'vitest';
import { vxlanFloodAndLearn } from '../../src/scenarios/vxlan-flood-and-learn.js';
import {
  arp,
  type Expected,
  echo,
  expectSteps,
  frame,
  frames,
  note,
  playSteps,
} from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const joins = (way: string): Expected => [
  `${way}: join`,
  frame(way, (packet) => {
    const [record] = packet.layer('igmp')?.message.records ?? [];
    const ip = packet.layer('ipv4');
    return (
      record?.group === '239.1.1.1' &&
      // From now on nobody's packets are left out (RFC 3376 §4.2.12): that is to join.
      record.type === 4 &&
      ip?.dst === '224.0.0.22' &&
      ip.src === `10.0.0.${way.slice(4, 5)}` &&
      ip.ttl === 1 &&
      packet.layer('ethernet')?.dst === '01:00:5e:00:00:16'
    );
  }),
];
const GROUP = { src: '10.0.0.1', dst: '239.1.1.1', last: 'arp' };

it('joins a group, floods to it, learns, and floods no more', () => {
  const { steps } = playSteps(vxlanFloodAndLearn);
  expectSteps(steps, [
    joins('VTEP1 → SW'),
    joins('VTEP2 → SW'),
    joins('VTEP3 → SW'),
    ['Who has 192.168.10.6?', arp('VM1 → VTEP1', 1, '192.168.10.5', '192.168.10.6')],
    ['To the group', note('VTEP1', 'Broadcast → FLOOD to group 239.1.1.1')],
    ['Once', tunnelled('VTEP1 → SW', GROUP)],
    ['The switch floods it to VTEP2', tunnelled('SW → VTEP2', GROUP)],
    ['and VTEP3', tunnelled('SW → VTEP3', GROUP)],
    ['VTEP2 learns', note('VTEP2', 'Learn: VM1 behind VTEP1')],
    ['VTEP3 learns', note('VTEP3', 'Learn: VM1 behind VTEP1')],
    ['VM2 answers', arp('VM2 → VTEP2', 2, '192.168.10.6', '192.168.10.5')],
    ['To VTEP1 alone', note('VTEP2', 'Lookup: VM1 → VTEP1')],
    ['Unicast', tunnelled('VTEP2 → SW', { src: '10.0.0.2', dst: '10.0.0.1', last: 'arp' })],
    ['VTEP1 learns', note('VTEP1', 'Learn: VM2 behind VTEP2')],
    ['From then on', tunnelled('VTEP1 → SW', { dst: '10.0.0.2', last: 'icmp' })],
    ['Reply', echo('VTEP1 → VM1', 0, '192.168.10.6', '192.168.10.5')],
    ['Future traffic is unicast', note('VM1,VM2', 'unicast')],
    ['Again', tunnelled('VTEP1 → SW', { dst: '10.0.0.2', last: 'icmp' })],
  ]);
  // Each says twice that it joins, in case the first report is lost (RFC 3376 §8.1).
  for (const n of [1, 2, 3]) {
    const [, is] = joins(`VTEP${n} → SW`);
    expect(frames(steps).filter(is)).toHaveLength(2);
  }
  // The group is sent to once: what comes later goes to VTEP2 alone, and VTEP3 hears nothing of it.
  const flooded = (way: string) =>
    frames(steps).filter(
      ({ way: own, packet }) =>
        own === way &&
        packet.layer('vxlan')?.vni === 5000 &&
        packet.layer('ipv4')?.dst === '239.1.1.1',
    );
  expect(flooded('VTEP1 → SW')).toHaveLength(1);
  const group = flooded('VTEP1 → SW')[0]?.packet.layer('ethernet');
  expect(group?.dst).toBe('01:00:5e:01:01:01');
  const toVtep3 = frames(steps).filter(
    ({ way, packet }) => way === 'SW → VTEP3' && packet.layer('vxlan')?.vni === 5000,
  );
  expect(toVtep3).toHaveLength(1);
});

it('sends a copy to each end point of a list where there is no multicast', () => {
  const { steps } = playSteps(vxlanFloodAndLearn);
  const copy = (dst: string) => ({ vni: 5001, src: '10.0.0.1', dst, last: 'arp' });
  expectSteps(steps, [
    ['Who has 192.168.11.6?', arp('VM4 → VTEP1', 1, '192.168.11.5', '192.168.11.6')],
    ['To the list', note('VTEP1', 'FLOOD to VTEP2, VTEP3\nVNI: 5001')],
    ['A copy to VTEP2', tunnelled('VTEP1 → SW', copy('10.0.0.2'))],
    ['A copy to VTEP3', tunnelled('VTEP1 → SW', copy('10.0.0.3'))],
    ['Reply', echo('VTEP1 → VM4', 0, '192.168.11.6', '192.168.11.5')],
  ]);
  // A copy is one to each of the others, and none to itself.
  const copies = frames(steps).filter(tunnelled('VTEP1 → SW', { vni: 5001, last: 'arp' }));
  expect(copies.map(({ packet }) => packet.layer('ipv4')?.dst)).toEqual(['10.0.0.2', '10.0.0.3']);
});
