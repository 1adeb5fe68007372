import { it } from 'vitest';
import { vxlanFloodAndLearn } from '../../src/scenarios/vxlan-flood-and-learn.js';
import { type Expected, expectSteps, frame, note, playSteps } from '../support/steps.js';
import { plain, tunnelled } from '../support/tunnels.js';

const joins = (way: string): Expected => [
  `${way}: join`,
  frame(way, (packet) => {
    const [record] = packet.layer('igmp')?.message.records ?? [];
    return record?.group === '239.1.1.1' && packet.layer('ipv4')?.dst === '224.0.0.22';
  }),
];
const GROUP = { src: '10.0.0.1', dst: '239.1.1.1', last: 'arp' };

it('joins a group, floods to it, learns, and floods no more', () => {
  const { steps } = playSteps(vxlanFloodAndLearn);
  expectSteps(steps, [
    joins('VTEP1 → SW'),
    joins('VTEP2 → SW'),
    joins('VTEP3 → SW'),
    ['Who has 192.168.10.6?', frame('VM1 → VTEP1', (packet) => packet.layer('arp') !== undefined)],
    ['To the group', note('VTEP1', 'Broadcast → FLOOD to group 239.1.1.1')],
    ['Once', tunnelled('VTEP1 → SW', GROUP)],
    ['The switch floods it to VTEP2', tunnelled('SW → VTEP2', GROUP)],
    ['and VTEP3', tunnelled('SW → VTEP3', GROUP)],
    ['VTEP2 learns', note('VTEP2', 'Learn: VM1 behind VTEP1')],
    ['VTEP3 learns', note('VTEP3', 'Learn: VM1 behind VTEP1')],
    ['VM2 answers', frame('VM2 → VTEP2', (packet) => packet.layer('arp')?.operation === 2)],
    ['To VTEP1 alone', note('VTEP2', 'Lookup: VM1 → VTEP1')],
    ['Unicast', tunnelled('VTEP2 → SW', { src: '10.0.0.2', dst: '10.0.0.1', last: 'arp' })],
    ['VTEP1 learns', note('VTEP1', 'Learn: VM2 behind VTEP2')],
    ['From then on', tunnelled('VTEP1 → SW', { dst: '10.0.0.2', last: 'icmp' })],
    ['Reply', plain('VTEP1 → VM1', '192.168.10.6', '192.168.10.5')],
    ['Future traffic is unicast', note('VM1,VM2', 'unicast')],
    ['Again', tunnelled('VTEP1 → SW', { dst: '10.0.0.2', last: 'icmp' })],
  ]);
});

it('sends a copy to each end point of a list where there is no multicast', () => {
  const { steps } = playSteps(vxlanFloodAndLearn);
  const copy = (dst: string) => ({ vni: 5001, src: '10.0.0.1', dst, last: 'arp' });
  expectSteps(steps, [
    ['Who has 192.168.11.6?', frame('VM4 → VTEP1', (packet) => packet.layer('arp') !== undefined)],
    ['To the list', note('VTEP1', 'FLOOD to VTEP2, VTEP3\nVNI: 5001')],
    ['A copy to VTEP2', tunnelled('VTEP1 → SW', copy('10.0.0.2'))],
    ['A copy to VTEP3', tunnelled('VTEP1 → SW', copy('10.0.0.3'))],
    ['Reply', plain('VTEP1 → VM4', '192.168.11.6', '192.168.11.5')],
  ]);
});
