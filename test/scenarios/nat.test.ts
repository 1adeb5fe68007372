import { expect, it } from 'vitest';
import { nat } from '../../src/scenarios/nat.js';
import {
  endsOf,
  expectSteps,
  frame,
  frames,
  linesOf,
  note,
  playSteps,
  textIn,
} from '../support/steps.js';

const FIN = 0x001;
const SYN = 0x002;
const PSH = 0x008;
const ACK = 0x010;
/** What Host A is called outside. */
const OUTSIDE = '203.0.113.50:40001';
const segment = (way: string, flags: number, src: string, dst: string) =>
  frame(way, (packet) => {
    const [from, to] = endsOf(packet);
    return ((packet.layer('tcp')?.flags ?? 0) & ~PSH) === flags && from === src && to === dst;
  });
const letter = (way: string, what: string, src: string, dst: string) =>
  frame(way, (packet) => {
    const [from, to] = endsOf(packet);
    return textIn(packet) === what && from === src && to === dst;
  });
const error = (way: string, dst: string, quoted: string) =>
  frame(way, (packet) => {
    const [outer, inner] = packet.all('ipv4');
    const udp = packet.layer('udp');
    const about = `${inner?.src}:${udp?.srcPort} → ${inner?.dst}:${udp?.dstPort}`;
    return packet.layer('icmp')?.type === 3 && outer?.dst === dst && about === quoted;
  });

it("goes the way of the guide's diagram, step by step", () => {
  const { steps, lab } = playSteps(nat);
  expectSteps(steps, [
    ['the first packet', segment('A → NAT', SYN, '192.168.1.10:54321', '93.184.216.34:80')],
    ['NAT Table', note('NAT', 'NAT Table:\n192.168.1.10:54321 ↔ 203.0.113.50:40001')],
    ['SYN outside', segment('NAT → WEB', SYN, '203.0.113.50:40001', '93.184.216.34:80')],
    ['Request', letter('A → NAT', 'Request', '192.168.1.10:54321', '93.184.216.34:80')],
    ['Request', letter('NAT → WEB', 'Request', '203.0.113.50:40001', '93.184.216.34:80')],
    ['Server sees', note('WEB', 'Server sees\n203.0.113.50 (not 192.168.1.10!)')],
    ['Response', letter('WEB → NAT', 'Response', '93.184.216.34:80', '203.0.113.50:40001')],
    ['FIN of the server', segment('WEB → NAT', FIN | ACK, '93.184.216.34:80', OUTSIDE)],
    ['Lookup', note('NAT', 'Lookup NAT table\nForward to 192.168.1.10:54321')],
    ['Response', letter('NAT → A', 'Response', '93.184.216.34:80', '192.168.1.10:54321')],
    ['FIN', segment('NAT → A', FIN | ACK, '93.184.216.34:80', '192.168.1.10:54321')],
    ['FIN of Host A', segment('NAT → WEB', FIN | ACK, OUTSIDE, '93.184.216.34:80')],
    ['the last ACK', segment('NAT → A', ACK, '93.184.216.34:80', '192.168.1.10:54321')],
    [
      'an error as the server sends it',
      error('WEB → NAT', '203.0.113.50', '203.0.113.50:40001 → 93.184.216.34:81'),
    ],
    [
      'the error as Host A gets it',
      error('NAT → A', '192.168.1.10', '192.168.1.10:54321 → 93.184.216.34:81'),
    ],
    ['the notes are thrown away', note('NAT', 'Two minutes later: the NAT table is empty')],
    ['another port', letter('NAT → WEB', 'Request', '203.0.113.50:40002', '93.184.216.34:80')],
  ]);
  expect(linesOf(lab, 'NAT# NAT Table')).toEqual(['192.168.1.10:54321 ↔ 203.0.113.50:40002']);
});

it('shows nobody outside a private address, not in the quote of an error either', () => {
  const outside = frames(playSteps(nat).steps).filter(({ way }) => way.includes('WEB'));
  const addresses = outside.flatMap(({ packet }) =>
    packet.all('ipv4').flatMap(({ src, dst }) => [src, dst]),
  );
  expect(new Set(addresses)).toEqual(new Set(['203.0.113.50', '93.184.216.34']));
});

it('leaves every checksum right, those of quotes too', () => {
  const { steps } = playSteps(nat);
  const packets = steps.flatMap((step) => (step.kind === 'frame' ? [step.packet] : []));
  expect(packets.length).toBeGreaterThan(12);
  const problems = packets.flatMap((packet) => packet.problems);
  expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
});
