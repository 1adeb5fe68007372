import { expect, it } from 'vitest';
import { subnet } from '../../src/scenarios/subnet.js';
import {
  echo,
  endsOf,
  expectSteps,
  frame,
  frames,
  note,
  playSteps,
  textIn,
} from '../support/steps.js';

const A = '192.168.1.100';
const toAll = (way: string) =>
  frame(way, (packet) => {
    const [src, dst] = endsOf(packet);
    return (
      packet.layer('ethernet')?.dst === 'ff:ff:ff:ff:ff:ff' &&
      src.startsWith(`${A}:`) &&
      dst === '192.168.1.255:7000' &&
      textIn(packet) === 'To all'
    );
  });

it('reaches the first and the last host, everybody at once, and nobody outside', () => {
  const { steps } = playSteps(subnet);
  expectSteps(steps, [
    ['the first host', echo('SW → F', 8, A, '192.168.1.1')],
    ['answers', echo('SW → A', 0, '192.168.1.1', A)],
    ['the last host', echo('SW → L', 8, A, '192.168.1.254')],
    ['answers', echo('SW → A', 0, '192.168.1.254', A)],
    ['everybody: one frame', toAll('A → SW')],
    ['to the first', toAll('SW → F')],
    ['to the last', toAll('SW → L')],
    ['it is for the first', note('F', 'For everybody in 192.168.1.0/24')],
    ['and the last', note('L', 'For everybody in 192.168.1.0/24')],
    ['no way outside', note('A', 'Network is unreachable')],
  ]);
  // Outside: not even a question who that is. And nobody answers what was for all.
  const last = steps.findLastIndex(note('L', 'For everybody'));
  expect(frames(steps.slice(last))).toEqual([]);
  expect(frames(steps).filter(toAll('A → SW'))).toHaveLength(1);
});
