import { expect, it } from 'vitest';
import { vlan } from '../../src/scenarios/vlan.js';
import { vlanLimit } from '../../src/scenarios/vlan-limit.js';
import { echo, expectSteps, type FrameStep, frame, note, playSteps } from '../support/steps.js';

/** A frame with that tag (undefined: without one). */
const tagged = (way: string, vid: number | undefined, inside: 'arp' | 'icmp') =>
  frame(way, (packet) => {
    const tag = packet.layer('dot1q');
    const carried = packet.layer(inside) !== undefined;
    return carried && tag?.vid === vid && (tag === undefined || tag.priority === 0);
  });

it("vlan goes the way of the guide's diagram, step by step", () => {
  const { steps } = playSteps(vlan);
  expectSteps(steps, [
    ['Port 1 & 2: VLAN 10, Port 3: VLAN 20', note('A,C', 'Port 1 & 2: VLAN 10\nPort 3: VLAN 20')],
    ['Frame with VLAN 10 tag', tagged('A → SW', 10, 'arp')],
    ['Read 802.1Q tag', note('SW', 'Read 802.1Q tag\nVLAN ID = 10')],
    ['Forward frame (VLAN 10)', tagged('SW → B', undefined, 'arp')],
    ['With its tag over the trunk', tagged('SW → SW2', 10, 'arp')],
    ['A packet with VLAN 10 tag', tagged('A → SW', 10, 'icmp')],
    ['Forward to B', tagged('SW → B', undefined, 'icmp')],
    ['B answers', echo('B → SW', 0, '192.168.10.6', '192.168.10.5')],
    ['with a tag for A', tagged('SW → A', 10, 'icmp')],
    ['Frame NOT sent to C', note('SW,C', 'Frame NOT sent to C')],
    ['Broadcast isolation!', note('A,C', "C never sees A's traffic")],
    ['C speaks without a tag', tagged('C → SW', undefined, 'arp')],
    ['VLAN 20 on the trunk', tagged('SW → SW2', 20, 'icmp')],
    ['D gets it without', tagged('SW2 → D', undefined, 'icmp')],
    ['And answers, over the trunk', tagged('SW2 → SW', 20, 'icmp')],
    ['to C', echo('SW → C', 0, '192.168.20.6', '192.168.20.5')],
  ]);
  const broadcast = steps.find(note('SW', 'Read 802.1Q tag'));
  expect(broadcast).toMatchObject({ text: expect.stringMatching(/Forward to VLAN 10 ports$/) });
  // Nobody in VLAN 20 gets an address of VLAN 10, nor the other way round.
  const frames = steps.filter((step): step is FrameStep => step.kind === 'frame');
  const strays = frames.filter(({ way, packet }) => {
    const { ip, arp } = { ip: packet.layer('ipv4'), arp: packet.layer('arp') };
    const src = String(ip?.src ?? arp?.senderProtocol);
    const to = way.split(' → ')[1] as string;
    return src.startsWith('192.168.10.') ? 'CD'.includes(to) : 'AB'.includes(to);
  });
  expect(strays).toEqual([]);
});

it('vlan-limit shows the first and the last VLAN, and what becomes of 0 and 4095', () => {
  const { lab, steps } = playSteps(vlanLimit);
  const odd = (way: string, vid: number | undefined) =>
    frame(
      way,
      (packet) =>
        packet.layer('dot1q')?.vid === vid &&
        packet.layer('arp') === undefined &&
        packet.layer('icmp') === undefined,
    );
  expectSteps(steps, [
    ['VLAN 1 works', tagged('SW → B', 1, 'icmp')],
    ['there and back', tagged('SW → A', 1, 'icmp')],
    ['VLAN 4094 works', tagged('SW → B', 4094, 'icmp')],
    ['there and back', tagged('SW → A', 4094, 'icmp')],
    ['no interface with id 0', note('A', 'a VLAN id is 1–4094, not 0')],
    ['a frame with id 0', odd('A → SW', 0)],
    ['is one without a VLAN', note('SW', 'VLAN ID = 0: a priority alone\nPort 1 is in VLAN 2')],
    ['and loses its tag', odd('SW → B', undefined)],
    ['no interface with id 4095', note('A', 'a VLAN id is 1–4094, not 4095: 4095 is reserved')],
    ['a frame with id 4095', odd('A → SW', 4095)],
    ['is dropped', note('SW', 'Port 1 is not in VLAN 4095: drop')],
    ['4,094 and 16,777,216', note('A,B', '4,094 VLANs\nA VNI: 24 bits: 16,777,216')],
  ]);
  expect(steps.some(odd('SW → B', 4095))).toBe(false);
  expect(2 ** 12 - 2).toBe(4094);
  const table = lab.tables().find(({ title }) => title.startsWith('SW# bridge -compressvlans'));
  expect(table?.lines).toContain('1                 1');
  expect(table?.lines).toContain('                  3-4094');
});
