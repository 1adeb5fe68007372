import { expect, it } from 'vitest';
import { subnet } from '../../src/scenarios/subnet.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

const ping = (way: string, dst: string) =>
  frame(way, (p) => p.layer('icmp')?.type === 8 && p.layer('ipv4')?.dst === dst);
const toAll = (way: string) =>
  frame(
    way,
    (p) =>
      p.layer('ipv4')?.dst === '192.168.1.255' && p.layer('ethernet')?.dst === 'ff:ff:ff:ff:ff:ff',
  );

it('reaches the first and the last host, everybody at once, and nobody outside', () => {
  const { steps } = playSteps(subnet);
  expectSteps(steps, [
    ['the first host', ping('SW → F', '192.168.1.1')],
    ['the last host', ping('SW → L', '192.168.1.254')],
    ['everybody: one frame', toAll('A → SW')],
    ['to the first', toAll('SW → F')],
    ['to the last', toAll('SW → L')],
    ['it is for the first', note('F', 'For everybody in 192.168.1.0/24')],
    ['and the last', note('L', 'For everybody in 192.168.1.0/24')],
    ['no way outside', note('A', 'Network is unreachable')],
  ]);
  const outside = steps.filter(
    (step) => step.kind === 'frame' && step.packet.layer('ipv4')?.dst === '192.168.2.1',
  );
  expect(outside).toEqual([]);
});
