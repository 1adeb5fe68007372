import { expect, it } from 'vitest';
import { ttlExpiry } from '../../src/scenarios/ttl-expiry.js';
import {
  echo,
  expectSteps,
  frame,
  frames,
  note,
  playSteps,
  type RunStep,
} from '../support/steps.js';

const [A, B] = ['192.168.1.50', '10.0.5.100'] as const;
const request = (way: string, ttl: number) => (step: RunStep) =>
  echo(way, 8, A, B)(step) && frame(way, (p) => p.layer('ipv4')?.ttl === ttl)(step);
const probe = (way: string, ttl: number) =>
  frame(way, (p) => {
    const [ip] = p.all('ipv4');
    return ip?.src === A && ip.dst === B && ip.ttl === ttl && p.layer('icmp') === undefined;
  });
/** An ICMP error to Host A, which quotes one of its probes: with the TTL that it arrived with, 1. */
const error = (way: string, from: string, type: number, code: number) =>
  frame(way, (p) => {
    const [outer, quoted] = p.all('ipv4');
    const icmp = p.layer('icmp');
    return (
      icmp?.type === type &&
      icmp.code === code &&
      outer?.src === from &&
      outer.dst === A &&
      quoted?.src === A &&
      quoted.dst === B &&
      quoted.ttl === 1 &&
      (p.layer('udp')?.dstPort ?? 0) >= 33434 &&
      p.problems.every(({ severity }) => severity !== 'error')
    );
  });
const exceeded = (way: string, from: string) => error(way, from, 11, 0);

it("counts down as in the guide's example, and finds each router by traceroute", () => {
  const { steps } = playSteps(ttlExpiry);
  expectSteps(steps, [
    ['Host A (TTL=64)', request('A → R1', 64)],
    ['Router 1 (TTL=63)', request('R1 → R2', 63)],
    ['Router 2 (TTL=62)', request('R2 → R3', 62)],
    ['Router 3 (TTL=61)', request('R3 → B', 61)],
    ['Host B answers', echo('B → R3', 0, B, A)],
    ['and is heard', echo('R1 → A', 0, B, A)],
    ['TTL=1', probe('A → R1', 1)],
    ['TTL=1 dies at Router 1', note('R1', 'reached 0')],
    ['Router 1 tells', exceeded('R1 → A', '192.168.1.1')],
    ['TTL=2 dies at Router 2', note('R2', 'reached 0')],
    ['Router 2 tells', exceeded('R1 → A', '10.0.1.2')],
    ['TTL=3 dies at Router 3', note('R3', 'reached 0')],
    ['Router 3 tells', exceeded('R1 → A', '10.0.2.2')],
    ['TTL=4 arrives', probe('R3 → B', 1)],
    ['Host B: port unreachable', error('B → R3', B, 3, 3)],
    ['and Host A hears it', error('R1 → A', B, 3, 3)],
  ]);
  // What has died goes no further.
  expect(frames(steps).filter(frame('R3 → B'))).toHaveLength(3);
  const last = steps.at(-1);
  expect(last?.kind === 'note' && last.text.split('\n').map((line) => line.split('  ')[1])).toEqual(
    [undefined, '192.168.1.1', '10.0.1.2', '10.0.2.2', '10.0.5.100'],
  );
});
