import { expect, it } from 'vitest';
import { vxlanDatabase } from '../../src/scenarios/vxlan-database.js';
import {
  arp,
  echo,
  expectSteps,
  type FrameStep,
  frame,
  note,
  playSteps,
} from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const stored = (way: string, text: string) =>
  frame(way, (packet, { bytes }) => {
    const isStore = [packet.layer('udp')?.srcPort, packet.layer('udp')?.dstPort].includes(49201);
    return isStore && new TextDecoder().decode(bytes).includes(text);
  });

it('writes VMs to the database, hears of those of others, and has nothing to ask', () => {
  const { steps, lab } = playSteps(vxlanDatabase);
  const [mac1, mac2] = ['VM1', 'VM2'].map((name) => lab.devices.get(name)?.port('eth0').macText);
  expectSteps(steps, [
    ['VTEP1 watches', stored('SW → DB', '"op":"watch","prefix":"/vxlan/5000/"')],
    ['VM1 is put', stored('SW → DB', `"op":"put","key":"/vxlan/5000/${mac1}"`)],
    ['VTEP2 hears of it', stored('SW → VTEP2', `/vxlan/5000/${mac1}`)],
    ['VM1 → VTEP1', note('VTEP2', 'VM1 → VTEP1')],
    ['VM2 is put', stored('SW → DB', `"op":"put","key":"/vxlan/5000/${mac2}"`)],
    ['VTEP1 hears of it', stored('SW → VTEP1', '10.0.0.2 192.168.10.6')],
    ['VM1 pings', note('VM1,VM2', 'nothing is left to ask')],
    ['VTEP1 answers ARP', note('VTEP1', 'ARP suppression: 192.168.10.6')],
    ['In place of VM2', arp('VTEP1 → VM1', 2, '192.168.10.6', '192.168.10.5')],
    ['Unicast', tunnelled('VTEP1 → SW', { dst: '10.0.0.2', last: 'icmp' })],
    ['Reply', echo('VTEP1 → VM1', 0, '192.168.10.6', '192.168.10.5')],
    ['Nobody', note('VTEP1', '192.168.10.99 is not in the database')],
  ]);
  const ping = steps.findIndex(note('VM1,VM2', 'nothing is left to ask'));
  const asked = steps
    .slice(ping)
    .filter((step): step is FrameStep => step.kind === 'frame' && stored(step.way, '')(step));
  expect(asked).toEqual([]);
  const store = lab.tables().find(({ title }) => title.startsWith('DB# get'));
  expect(store?.lines).toEqual([
    `/vxlan/5000/${mac1} 10.0.0.1 192.168.10.5`,
    `/vxlan/5000/${mac2} 10.0.0.2 192.168.10.6`,
  ]);
});
