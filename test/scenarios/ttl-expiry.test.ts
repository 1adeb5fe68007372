import { expect, it } from 'vitest';
import { ttlExpiry } from '../../src/scenarios/ttl-expiry.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

const request = (way: string, ttl: number) =>
  frame(way, (p) => p.layer('icmp')?.type === 8 && p.layer('ipv4')?.ttl === ttl);
const exceeded = (way: string, from: string) =>
  frame(way, (p) => p.layer('icmp')?.type === 11 && p.layer('ipv4')?.src === from);

it("counts down as in the guide's example, and finds each router by traceroute", () => {
  const { steps } = playSteps(ttlExpiry);
  expectSteps(steps, [
    ['Host A (TTL=64)', request('A → R1', 64)],
    ['Router 1 (TTL=63)', request('R1 → R2', 63)],
    ['Router 2 (TTL=62)', request('R2 → R3', 62)],
    ['Router 3 (TTL=61)', request('R3 → B', 61)],
    ['TTL=1 dies at Router 1', note('R1', 'reached 0')],
    ['Router 1 tells', exceeded('R1 → A', '192.168.1.1')],
    ['TTL=2 dies at Router 2', note('R2', 'reached 0')],
    ['Router 2 tells', exceeded('R1 → A', '10.0.1.2')],
    ['TTL=3 dies at Router 3', note('R3', 'reached 0')],
    ['Router 3 tells', exceeded('R1 → A', '10.0.2.2')],
    ['TTL=4 arrives', frame('R3 → B', (p) => p.layer('udp') !== undefined)],
    ['Host B: port unreachable', frame('B → R3', (p) => p.layer('icmp')?.code === 3)],
  ]);
  const last = steps.at(-1);
  expect(last?.kind === 'note' && last.text.split('\n').map((line) => line.split('  ')[1])).toEqual(
    [undefined, '192.168.1.1', '10.0.1.2', '10.0.2.2', '10.0.5.100'],
  );
});
