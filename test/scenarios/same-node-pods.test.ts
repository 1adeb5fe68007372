import { expect, it } from 'vitest';
import { sameNodePods } from '../../src/scenarios/same-node-pods.js';
import { arp, expectSteps, frame, note, playSteps, textIn } from '../support/steps.js';

it('delivers over the bridge of the node, step by step', () => {
  const { lab, steps } = playSteps(sameNodePods);
  const letter = (way: string) =>
    frame(way, (packet) => {
      const ip = packet.layer('ipv4');
      return (
        ip?.src === '10.244.1.5' &&
        ip.dst === '10.244.1.6' &&
        ip.ttl === 64 &&
        packet.layer('udp')?.dstPort === 8080 &&
        textIn(packet) === 'Dear neighbor' &&
        packet.layer('ethernet')?.src === '02:00:00:00:01:05' &&
        packet.layer('ethernet')?.dst === '02:00:00:00:01:06'
      );
    });
  const [one, two] = ['10.244.1.5', '10.244.1.6'] as const;
  expectSteps(steps, [
    ['Pod 1 asks for Pod 2', arp('Pod1 → Node', 1, one, two)],
    ['The bridge learns and floods', note('Node', 'on veth-Pod1\nBroadcast → FLOOD')],
    ['Pod 2 is asked', arp('Node → Pod2', 1, one, two)],
    ['Pod 2 answers', arp('Pod2 → Node', 2, two, one)],
    ['To Pod 1 alone', note('Node', 'Forward to veth-Pod1')],
    ['Pod 1 hears it', arp('Node → Pod1', 2, two, one)],
    ['A letter', letter('Pod1 → Node')],
    ['into the mailroom', note('Node', 'Forward to veth-Pod2')],
    ['The same frame, the same TTL', letter('Node → Pod2')],
    ['Pod 2 has it', note('Pod2', 'A letter from my neighbor')],
    ['No postal service', note('Pod1,Pod2', 'No need for the postal service')],
  ]);
  expect(steps.some((step) => step.kind === 'frame' && step.way.includes('Network'))).toBe(false);
  const tables = lab.tables().filter(({ title }) => title.startsWith('Node#'));
  expect(tables.find(({ title }) => title === 'Node# ip netns list')?.lines).toEqual([
    'Pod1',
    'Pod2',
  ]);
  expect(tables.find(({ title }) => title === 'Node# bridge fdb show br cni0')?.lines).toEqual(
    expect.arrayContaining([
      '02:00:00:00:01:05 dev veth-Pod1 master cni0',
      '02:00:00:00:01:06 dev veth-Pod2 master cni0',
    ]),
  );
});
