import { expect, it } from 'vitest';
import { routing } from '../../src/scenarios/routing.js';
import { arp, expectSteps, frame, note, playSteps, textIn } from '../support/steps.js';

const hop = (way: string, src: string, dst: string, ttl: number) =>
  frame(way, (packet) => {
    const ethernet = packet.layer('ethernet');
    const ip = packet.layer('ipv4');
    return (
      ethernet?.src === src &&
      ethernet.dst === dst &&
      ip?.src === '192.168.1.50' &&
      ip.dst === '10.0.5.100' &&
      ip.ttl === ttl &&
      packet.layer('udp')?.dstPort === 7000 &&
      textIn(packet) === 'To: 456 Oak Ave, Los Angeles' &&
      // TTL is another at each hop, and so is the checksum: it must be right.
      packet.problems.length === 0
    );
  });

it("goes the way of the guide's diagram, step by step", () => {
  const { steps, story } = playSteps(routing);
  expectSteps(steps, [
    ['Destination: 10.0.5.100, send to gateway', note('A', 'Send to gateway')],
    ['HOP 1: Host A → Router 1', hop('A → R1', 'aa:aa:aa:aa:aa:aa', '02:00:00:00:01:01', 64)],
    ['Strip frame, lookup route, next hop', note('R1', 'Strip frame, lookup route\nNext hop')],
    ['who is the next hop?', arp('R1 → R2', 1, '10.0.2.1', '10.0.2.254')],
    ['HOP 2: Router 1 → Router 2', hop('R1 → R2', '02:00:00:00:01:02', '02:00:00:00:02:01', 63)],
    ['Directly connected', note('R2', 'Directly connected')],
    ['who is Host B?', arp('R2 → B', 1, '10.0.5.1', '10.0.5.100')],
    ['HOP 3: Router 2 → Host B', hop('R2 → B', '02:00:00:00:02:02', 'ba:bb:bb:bb:bb:bb', 62)],
    ['IP addresses never change', note('A,B', 'IP addresses never change!')],
  ]);
  const arrows = story.diagram().filter((line) => line.includes('HOP'));
  expect(arrows).toEqual([
    '    A->>R1: HOP 1: Host A → Router 1<br/>Frame<br/>MAC: AA:AA → R1:01<br/>IP: 192.168.1.50 → 10.0.5.100<br/>TTL: 64',
    '    R1->>R2: HOP 2: Router 1 → Router 2<br/>Frame<br/>MAC: R1:02 → R2:01<br/>IP: 192.168.1.50 → 10.0.5.100<br/>TTL: 63',
    '    R2->>B: HOP 3: Router 2 → Host B<br/>Frame<br/>MAC: R2:02 → BA:BB<br/>IP: 192.168.1.50 → 10.0.5.100<br/>TTL: 62',
  ]);
});
