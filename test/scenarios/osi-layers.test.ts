import { expect, it } from 'vitest';
import { osiLayers } from '../../src/scenarios/osi-layers.js';
import { playSteps } from '../support/steps.js';

it('is one frame, and its seven layers are named from the cable up', () => {
  const { steps } = playSteps(osiLayers);
  const frames = steps.filter((step) => step.kind === 'frame');
  expect(frames.map(({ packet }) => packet.layers.map((one) => one.descriptor.name))).toEqual([
    ['ethernet', 'ipv4', 'udp', 'dns'],
  ]);
  const notes = steps.flatMap((step) => (step.kind === 'note' ? [step.text] : []));
  const names = [
    'Physical',
    'Data Link',
    'Network',
    'Transport',
    'Session',
    'Presentation',
    'Application',
  ];
  expect(notes.map((text) => text.split(' — ')[0])).toEqual(
    names.map((name, i) => `Layer ${i + 1}: ${name}`),
  );
  // What the frame is, and what is said of it, are its comments.
  expect(frames[0]?.crossing.comments).toHaveLength(1 + 7);
});
