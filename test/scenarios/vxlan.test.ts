import { expect, it } from 'vitest';
import { vxlanScenario } from '../../src/scenarios/vxlan.js';
import {
  datagram,
  expectSteps,
  type FrameStep,
  firstOf,
  frame,
  note,
  playSteps,
} from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const INNER = { innerSrc: '192.168.10.5', innerDst: '192.168.10.6' };
const outer = { src: '10.0.0.1', dst: '10.0.0.2', vni: 5000, ...INNER };

const letter = (way: string) =>
  datagram(way, '192.168.10.5:49152', '192.168.10.6:7000', 'To: the apartment 192.168.10.6');

it("goes the way of the guide's diagram, step by step", () => {
  const { steps, story } = playSteps(vxlanScenario);
  expectSteps(steps, [
    ['VMs on same L2 segment', note('VM1,VM2', 'VMs on same L2 segment')],
    ['L2 Frame to VM2', letter('VM1 → VTEP1')],
    ['Lookup: VM2 → VTEP2, VNI: 5000', note('VTEP1', 'Lookup: VM2 → VTEP2\nVNI: 5000')],
    ['ENCAPSULATION', note('VTEP1,VTEP2', 'ENCAPSULATION')],
    ['UDP Packet, outer 10.0.0.1 → 10.0.0.2, VNI 5000', tunnelled('VTEP1 → R1', outer)],
    ['IP routing', tunnelled('R1 → R2', outer)],
    ['Physical network sees only IP traffic', note('R1,R2', 'sees only IP traffic')],
    ['Routed packet', tunnelled('R2 → VTEP2', outer)],
    ['DECAPSULATION, extract L2 frame', note('VTEP2', 'DECAPSULATION\nExtract L2 frame')],
    ['L2 Frame to VM2', letter('VTEP2 → VM2')],
    ['VM2 receives frame as if on same switch', note('VM1,VM2', 'as if on same switch')],
  ]);
  const inside = 'Outer: 10.0.0.1 → 10.0.0.2<br/>VNI: 5000<br/>Inner: L2 Frame';
  // It is called the same at every hop, but for who sends it.
  expect(story.diagram().filter((line) => line.includes('->>'))).toEqual([
    '    VM1->>VTEP1: L2 Frame to VM2',
    `    VTEP1->>R1: UDP Packet<br/>${inside}`,
    `    R1->>R2: Routed packet<br/>${inside}`,
    `    R2->>VTEP2: Routed packet<br/>${inside}`,
    '    VTEP2->>VM2: L2 Frame to VM2',
  ]);
});

it('delivers the frame to the byte, and only its envelope has lost TTL', () => {
  const { steps } = playSteps(vxlanScenario);
  const on = (way: string): FrameStep => firstOf(steps, way, frame(way));
  const sent = on('VM1 → VTEP1').crossing.bytes;
  expect(on('VTEP2 → VM2').crossing.bytes).toEqual(sent);
  const ways = ['VTEP1 → R1', 'R1 → R2', 'R2 → VTEP2'];
  expect(ways.map((way) => on(way).packet.layer('ipv4')?.ttl)).toEqual([64, 63, 62]);
  // What is inside crosses as it was sent: 50 bytes of headers, then the frame.
  for (const way of ways) expect(on(way).crossing.bytes.subarray(50)).toEqual(sent);
  expect(on('VTEP1 → R1').packet.layer('udp')).toMatchObject({ dstPort: 4789, checksum: 0 });
});
