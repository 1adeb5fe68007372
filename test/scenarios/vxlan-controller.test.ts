import { expect, it } from 'vitest';
import { vxlanController } from '../../src/scenarios/vxlan-controller.js';
import {
  arp,
  echo,
  expectSteps,
  firstOf,
  frame,
  frames,
  linesOf,
  note,
  playSteps,
} from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const MESSAGE = 42;

/** A message of the controller's on that way, by its JSON. */
const message = (way: string, part: Readonly<Record<string, unknown>>) =>
  frame(way, (packet, { bytes }) => {
    const udp = packet.layer('udp');
    if (udp?.dstPort !== 49200 || packet.layer('vxlan') !== undefined) return false;
    const read = JSON.parse(new TextDecoder().decode(bytes.subarray(MESSAGE))) as Record<
      string,
      unknown
    >;
    return Object.entries(part).every(([name, value]) => read[name] === value);
  });

it('registers VMs, asks for unknown ones, and answers ARP', () => {
  const { lab, steps } = playSteps(vxlanController);
  const [mac1, mac2] = ['VM1', 'VM2'].map((name) => lab.devices.get(name)?.port('eth0').macText);
  const vtep2 = '10.0.0.2';
  expectSteps(steps, [
    [
      'VM1 comes up',
      message('SW → Controller', {
        op: 'register',
        vni: 5000,
        mac: mac1,
        ip: '192.168.10.5',
        vtep: '10.0.0.1',
      }),
    ],
    ['Registered', message('SW → VTEP1', { op: 'ok' })],
    [
      'VM2 comes up',
      message('SW → Controller', {
        op: 'register',
        vni: 5000,
        mac: mac2,
        ip: '192.168.10.6',
        vtep: vtep2,
      }),
    ],
    ['Who has 192.168.10.6?', arp('VM1 → VTEP1', 1, '192.168.10.5', '192.168.10.6')],
    ['VTEP1 asks', note('VTEP1', 'Who has 192.168.10.6? → ask the controller')],
    ['Query', message('SW → Controller', { op: 'query', vni: 5000, ip: '192.168.10.6' })],
    [
      'Answer',
      message('SW → VTEP1', {
        op: 'answer',
        vni: 5000,
        mac: mac2,
        ip: '192.168.10.6',
        vtep: vtep2,
      }),
    ],
    ['Mapping', note('VTEP1', 'VM2 → VTEP2')],
    ['ARP suppression', note('VTEP1', 'ARP suppression: 192.168.10.6')],
    ['In place of VM2', arp('VTEP1 → VM1', 2, '192.168.10.6', '192.168.10.5')],
    ['Unicast', tunnelled('VTEP1 → SW', { dst: vtep2, last: 'icmp' })],
    ['Reply', echo('VTEP1 → VM1', 0, '192.168.10.6', '192.168.10.5')],
    ['Nobody', message('SW → Controller', { op: 'query', ip: '192.168.10.99' })],
    ['Miss', message('SW → VTEP1', { op: 'miss' })],
    ['Dropped', note('VTEP1', 'The controller does not know it: drop')],
  ]);
  // It answers with the MAC address of VM2, and nothing is flooded. VM2 hears no ARP of VM1's.
  const answer = firstOf(steps, 'answer', arp('VTEP1 → VM1', 2, '192.168.10.6', '192.168.10.5'));
  expect(answer.packet.layer('arp')?.senderHardware).toBe(mac2);
  const inTunnels = frames(steps).filter(({ packet }) => packet.layer('vxlan') !== undefined);
  expect(inTunnels.filter(({ packet }) => packet.layer('arp') !== undefined)).toEqual([]);
  expect(frames(steps).some(arp('VTEP2 → VM2', 1, '192.168.10.5', '192.168.10.6'))).toBe(false);
  // Who is known is not asked for again, by neither.
  const pinged = steps.findIndex(echo('VTEP1 → VM1', 0, '192.168.10.6', '192.168.10.5'));
  const asked = frames(steps.slice(pinged)).filter(message('SW → Controller', { op: 'query' }));
  expect(asked.every(message('SW → Controller', { ip: '192.168.10.99' }))).toBe(true);
  expect(linesOf(lab, 'Controller# controller')).toEqual([
    `vni 5000 mac ${mac1} ip 192.168.10.5 vtep 10.0.0.1`,
    `vni 5000 mac ${mac2} ip 192.168.10.6 vtep 10.0.0.2`,
  ]);
});
