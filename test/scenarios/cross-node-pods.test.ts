import { expect, it } from 'vitest';
import { crossNodePods } from '../../src/scenarios/cross-node-pods.js';
import { echo, expectSteps, firstOf, frame, note, playSteps } from '../support/steps.js';
import { tunnelled } from '../support/tunnels.js';

const [POD1, POD2] = ['10.244.1.5', '10.244.2.10'] as const;
const FORTH = { innerSrc: POD1, innerDst: POD2, last: 'icmp' };

it("goes the way of the guide's diagram, step by step", () => {
  const { steps, lab } = playSteps(crossNodePods);
  const outer = { src: '10.0.0.1', dst: '10.0.0.2', ...FORTH };
  expectSteps(steps, [
    ['Packet to Pod2', echo('Pod1 → Node1', 8, POD1, POD2)],
    ['Route lookup', note('Node1', 'lookup route\nNext hop: 10.244.2.0')],
    ['OVERLAY ENCAPSULATION', note('Node1,Node2', 'ENCAPSULATION')],
    ['Outer: Node1 → Node2, inner: Pod1 → Pod2', tunnelled('Node1 → R1', outer)],
    ['Routed', tunnelled('R2 → Node2', outer)],
    ['Decapsulate', note('Node2', 'DECAPSULATION')],
    ['Directly connected', note('Node2', 'Directly connected')],
    ['Packet delivered', echo('Node2 → Pod2', 8, POD1, POD2)],
    ['Answer', echo('Pod2 → Node2', 0, POD2, POD1)],
    ['And back', echo('Node1 → Pod1', 0, POD2, POD1)],
    ['Pods on same network', note('Pod1,Pod2', 'Pods on same network')],
  ]);
  // Routed by both nodes: that is no frame of a pod's which crosses, but a packet.
  const ttl = (way: string): number | undefined => {
    const step = steps.find(frame(way, (packet) => packet.layer('icmp') !== undefined));
    return step?.kind === 'frame' ? step.packet.all('ipv4').at(-1)?.ttl : undefined;
  };
  expect(['Pod1 → Node1', 'Node1 → R1', 'Node2 → Pod2'].map(ttl)).toEqual([64, 63, 62]);
  // The frame inside is one node's tunnel to the other's: no pod's MAC address leaves its node.
  const tunnelMac = (name: string) => lab.devices.get(name)?.port('vxlan5000').macText;
  const inside = firstOf(steps, 'outer', tunnelled('Node1 → R1', outer)).packet.all('ethernet')[1];
  expect(inside).toMatchObject({ src: tunnelMac('Node1'), dst: tunnelMac('Node2') });
  const routes = lab.tables().find(({ title }) => title === 'Node1# ip route');
  expect(routes?.lines).toContain('10.244.2.0/24 via 10.244.2.0 dev vxlan5000');
});
