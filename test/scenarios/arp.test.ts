import { expect, it } from 'vitest';
import { arpScenario } from '../../src/scenarios/arp.js';
import { endsOf, expectSteps, frame, note, playSteps, textIn } from '../support/steps.js';

const A_MAC = 'aa:aa:aa:aa:aa:aa';
const B_MAC = 'ba:bb:bb:bb:bb:bb';
/** The request of Host A, or the answer of Host B: every field. */
const arp = (way: string, operation: number, dst: string) =>
  frame(way, (packet) => {
    const { ethernet, arp: found } = {
      ethernet: packet.layer('ethernet'),
      arp: packet.layer('arp'),
    };
    const a = ['192.168.1.10', A_MAC];
    const [sender, target] =
      operation === 1 ? [a, ['192.168.1.20', '00:00:00:00:00:00']] : [['192.168.1.20', B_MAC], a];
    return (
      ethernet?.dst === dst &&
      ethernet.src === sender[1] &&
      found?.operation === operation &&
      found.senderProtocol === sender[0] &&
      found.senderHardware === sender[1] &&
      found.targetProtocol === target[0] &&
      found.targetHardware === target[1]
    );
  });
const ALL = 'ff:ff:ff:ff:ff:ff';
const letter = (way: string) =>
  frame(way, (packet) => {
    const [src, dst] = endsOf(packet);
    return (
      packet.layer('ethernet')?.dst === B_MAC &&
      src.startsWith('192.168.1.10:') &&
      dst === '192.168.1.20:7000' &&
      textIn(packet) === 'A letter for 192.168.1.20'
    );
  });

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
