import { expect, it } from 'vitest';
import { arpScenario } from '../../src/scenarios/arp.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

const arp = (way: string, operation: number, dst: string) =>
  frame(way, (p) => p.layer('arp')?.operation === operation && p.layer('ethernet')?.dst === dst);
const ALL = 'ff:ff:ff:ff:ff:ff';
const letter = (way: string) =>
  frame(
    way,
    (p) => p.layer('udp') !== undefined && p.layer('ethernet')?.dst === 'ba:bb:bb:bb:bb:bb',
  );

it("goes the way of the guide's diagram, step by step", () => {
  const { lab, steps } = playSteps(arpScenario);
  expectSteps(steps, [
    ['Need MAC for 192.168.1.20', note('A', 'Need MAC for 192.168.1.20')],
    ['ARP Request (Broadcast)', arp('A → SW', 1, ALL)],
    ['to Host B', arp('SW → B', 1, ALL)],
    ['to Host C', arp('SW → C', 1, ALL)],
    ['Not me, ignore', note('C', 'Not me, ignore')],
    ["That's me!", note('B', "That's me!")],
    ['ARP Reply', arp('B → SW', 2, 'aa:aa:aa:aa:aa:aa')],
    ['Forwarded to A', arp('SW → A', 2, 'aa:aa:aa:aa:aa:aa')],
    ['Cache', note('A', 'Cache: 192.168.1.20 → BA:BB:BB:BB:BB:BB')],
    ['Send packet', letter('A → SW')],
    ['Delivered!', letter('SW → B')],
  ]);
  const texts = steps.flatMap((step) => (step.kind === 'frame' ? [step.crossing.text] : []));
  expect(texts).toEqual([
    'ARP Request (Broadcast)\n"Who has 192.168.1.20?"',
    'Broadcast',
    'Broadcast',
    'ARP Reply\n"192.168.1.20 = BA:BB:BB:BB:BB:BB"',
    'Forwarded to A',
    'Send packet\nDst MAC: BA:BB:BB:BB:BB:BB',
    'Delivered!',
  ]);
  // Host C heard the question and nothing more.
  const toC = steps.filter((step) => step.kind === 'frame' && step.way === 'SW → C');
  expect(toC).toHaveLength(1);
  const tables = lab.tables();
  expect(tables.find(({ title }) => title === 'A# ip neigh')?.lines).toEqual([
    '192.168.1.20 dev eth0 lladdr ba:bb:bb:bb:bb:bb REACHABLE',
  ]);
});
