import { expect, it } from 'vitest';
import { vxlanController } from '../../src/scenarios/vxlan-controller.js';
import { expectSteps, type FrameStep, frame, note, playSteps } from '../support/steps.js';
import { plain, tunnelled } from '../support/tunnels.js';

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
  const { steps } = playSteps(vxlanController);
  const vtep2 = '10.0.0.2';
  expectSteps(steps, [
    ['VM1 comes up', message('SW → Controller', { op: 'register', ip: '192.168.10.5' })],
    ['Registered', message('SW → VTEP1', { op: 'ok' })],
    ['VM2 comes up', message('SW → Controller', { op: 'register', vtep: vtep2 })],
    ['Who has 192.168.10.6?', frame('VM1 → VTEP1', (packet) => packet.layer('arp') !== undefined)],
    ['VTEP1 asks', note('VTEP1', 'Who has 192.168.10.6? → ask the controller')],
    ['Query', message('SW → Controller', { op: 'query', vni: 5000, ip: '192.168.10.6' })],
    ['Answer', message('SW → VTEP1', { op: 'answer', vtep: vtep2, ip: '192.168.10.6' })],
    ['Mapping', note('VTEP1', 'VM2 → VTEP2')],
    ['ARP suppression', note('VTEP1', 'ARP suppression: 192.168.10.6')],
    ['In place of VM2', frame('VTEP1 → VM1', (packet) => packet.layer('arp')?.operation === 2)],
    ['Unicast', tunnelled('VTEP1 → SW', { dst: vtep2, last: 'icmp' })],
    ['Reply', plain('VTEP1 → VM1', '192.168.10.6', '192.168.10.5')],
    ['Nobody', message('SW → Controller', { op: 'query', ip: '192.168.10.99' })],
    ['Miss', message('SW → VTEP1', { op: 'miss' })],
    ['Dropped', note('VTEP1', 'The controller does not know it: drop')],
  ]);
  const flooded = steps.filter(
    (step): step is FrameStep =>
      step.kind === 'frame' &&
      step.packet.layer('vxlan') !== undefined &&
      step.packet.layer('arp') !== undefined,
  );
  expect(flooded).toEqual([]);
});
