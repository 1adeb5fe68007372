import { expect, it } from 'vitest';
import { macLearning } from '../../src/scenarios/mac-learning.js';
import { echo, expectSteps, frame, note, playSteps, type RunStep } from '../support/steps.js';

const A = 'aa:aa:aa:aa:aa:aa';
const B = 'ba:bb:bb:bb:bb:bb';

/** The ping of Host A (`src` is its MAC address), or the answer of Host B. */
const between = (way: string, src: string, dst: string) => (step: RunStep) => {
  const [a, b] = ['192.168.1.10', '192.168.1.20'] as const;
  const isPing = src === A ? echo(way, 8, a, b) : echo(way, 0, b, a);
  return (
    isPing(step) &&
    frame(way, (packet) => {
      const ethernet = packet.layer('ethernet');
      return ethernet?.src === src && ethernet.dst === dst;
    })(step)
  );
};

it("goes the way of the guide's diagram, step by step", () => {
  const { lab, steps, story } = playSteps(macLearning);
  expectSteps(steps, [
    ['MAC table: empty', note('SW', 'MAC table: empty')],
    ['Frame from AA:AA to BA:BB', between('A → SW', A, B)],
    ['Learn AA:AA on Port 1', note('SW', 'Learn: AA:AA:AA:AA:AA:AA on Port 1')],
    ['Frame (flooded)', between('SW → B', A, B)],
    ['Reply from BA:BB to AA:AA', between('B → SW', B, A)],
    [
      'Learn BA:BB on Port 2, forward to Port 1',
      note('SW', 'Learn: BA:BB:BB:BB:BB:BB on Port 2\nForward to Port 1'),
    ],
    ['Frame delivered', between('SW → A', B, A)],
    ['Future traffic is unicast', note('SW', 'is unicast, not flooded')],
    ['A frame again', between('A → SW', A, B)],
    ['Forward to Port 2', note('SW', 'Forward to Port 2')],
    ['Delivered to B alone', between('SW → B', A, B)],
    ['The second reply', between('B → SW', B, A)],
    ['Forward to Port 1', note('SW', 'Forward to Port 1')],
    ['Delivered to A alone', between('SW → A', B, A)],
  ]);
  const flooded = steps.find(note('SW', 'Learn: AA:AA'));
  expect(flooded).toMatchObject({
    text: 'Learn: AA:AA:AA:AA:AA:AA on Port 1\nUnknown destination → FLOOD',
  });
  // The flooded frame is the only one that C ever gets.
  expect(steps.filter(frame('SW → C')).length).toBe(1);
  expect(story.diagram()).toContain('    SW->>B: Frame (flooded)');
  expect(lab.tables().find(({ title }) => title.startsWith('SW# bridge fdb'))?.lines).toEqual(
    expect.arrayContaining([`${A} dev 1 master br0`, `${B} dev 2 master br0`]),
  );
});
