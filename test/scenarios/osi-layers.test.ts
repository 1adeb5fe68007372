import { expect, it } from 'vitest';
import { osiLayers } from '../../src/scenarios/osi-layers.js';
import { frames, playSteps } from '../support/steps.js';

it('is one frame, and what is said of its seven layers is what is in it, from the cable up', () => {
  const { steps } = playSteps(osiLayers);
  const [question, ...others] = frames(steps);
  if (question === undefined) expect.fail('there is no frame');
  expect(others).toEqual([]);
  const { packet, crossing } = question;
  expect(packet.layers.map((one) => one.descriptor.name)).toEqual([
    'ethernet',
    'ipv4',
    'udp',
    'dns',
  ]);
  expect(packet.problems).toEqual([]);
  expect(packet.layer('ethernet')).toMatchObject({
    src: '52:54:00:00:00:0a',
    dst: '52:54:00:00:00:35',
  });
  expect(packet.layer('ipv4')).toMatchObject({ src: '192.168.1.10', dst: '192.168.1.53' });
  expect(packet.layer('udp')).toMatchObject({ srcPort: 49152, dstPort: 53 });
  expect(packet.layer('dns')).toMatchObject({
    id: 0x1234,
    response: false,
    recursionDesired: true,
    questions: [{ name: 'www.example.com', type: 'A', class: 'IN' }],
  });
  expect(crossing.bytes.length * 8).toBe(600);

  const notes = steps.flatMap((step) => (step.kind === 'note' ? [step] : []));
  expect(notes.map(({ text }) => text)).toEqual([
    'Layer 1: Physical — 600 bits on a cable, 64 of preamble before and 32 of checksum behind',
    'Layer 2: Data Link — Ethernet, MAC 52:54:00:00:00:0a → 52:54:00:00:00:35',
    'Layer 3: Network — IP 192.168.1.10 → 192.168.1.53',
    'Layer 4: Transport — UDP, port 49152 → 53',
    'Layer 5: Session — none of its own; transaction 0x1234 pairs question and answer',
    'Layer 6: Presentation — the name as labels, in ASCII',
    'Layer 7: Application — DNS: what is the address of www.example.com?',
  ]);
  // It is the server that opens it, and what it says are comments of the frame.
  expect(new Set(notes.map(({ who }) => who))).toEqual(new Set(['Server']));
  expect(crossing.comments.slice(1)).toEqual(notes.map(({ text }) => `Server: ${text}`));
});
