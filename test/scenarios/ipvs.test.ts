import { expect, it } from 'vitest';
import { ipvs } from '../../src/scenarios/ipvs.js';
import {
  endsOf,
  expectSteps,
  type FrameStep,
  frame,
  frames,
  note,
  playSteps,
  type RunStep,
  textIn,
} from '../support/steps.js';

const CLIENT = '192.168.1.10';
const VIP = '10.96.0.100:80';
const SYN = 2;
const SYN_ACK = 18;

/** A segment from one end to another; `flags` are looked at where they are given. */
const segment = (way: string, src: string, dst: string, flags?: number) =>
  frame(way, (packet) => {
    const tcp = packet.layer('tcp');
    const [from, to] = endsOf(packet);
    return (
      tcp !== undefined &&
      from === src &&
      to === dst &&
      (flags === undefined || tcp.flags === flags)
    );
  });
const says = (way: string, src: string, dst: string, text: string) => (step: RunStep) =>
  segment(way, src, dst)(step) && frame(way, (packet) => textIn(packet) === text)(step);
const isArp = (packet: FrameStep['packet']): boolean => packet.layer('arp') !== undefined;

it('gives two connections to two servers, both under the virtual address', () => {
  const { lab, steps } = playSteps(ipvs);
  const [first, second] = [`${CLIENT}:50001`, `${CLIENT}:50002`] as const;
  const [pod1, pod2] = ['10.244.1.5:8080', '10.244.2.7:8080'] as const;
  expectSteps(steps, [
    ['A virtual address for a service', note('C,N1', `Service ${VIP}`)],
    ['The first connection', segment('C → N1', first, VIP, SYN)],
    ['Round robin', note('N1', `New connection from ${first}\nrr chooses ${pod1}`)],
    ['New destination', note('N1', `Destination ${VIP} → ${pod1}`)],
    ['to Pod 1', segment('N1 → Pod1', first, pod1, SYN)],
    ['Pod 1 answers', segment('Pod1 → N1', pod1, first, SYN_ACK)],
    ['New source', note('N1', `Source ${pod1} → ${VIP}`)],
    ['as if from the service', segment('N1 → C', VIP, first, SYN_ACK)],
    ['The answer', note('C', `${VIP} says: Pod 1 greets you`)],
    ['The second connection', segment('C → N1', second, VIP, SYN)],
    ["Pod 2's turn", note('N1', `New connection from ${second}\nrr chooses ${pod2}`)],
    ['over the other node', segment('N1 → N2', second, pod2, SYN)],
    ['to Pod 2', segment('N2 → Pod2', second, pod2, SYN)],
    ['Pod 2 answers', segment('Pod2 → N2', pod2, second, SYN_ACK)],
    ['back by the first node', segment('N2 → N1', pod2, second, SYN_ACK)],
    ['as if from the service', segment('N1 → C', VIP, second, SYN_ACK)],
    ['The answer', note('C', `${VIP} says: Pod 2 greets you`)],
  ]);
  for (const [client, pod, greeting] of [
    [first, pod1, 'Pod 1 greets you'],
    [second, pod2, 'Pod 2 greets you'],
  ] as const) {
    const node = pod === pod1 ? 'N1' : 'N2';
    const name = pod === pod1 ? 'Pod1' : 'Pod2';
    expectSteps(steps, [
      ['what the client says', says('C → N1', client, VIP, 'Hello')],
      ['is heard by the pod', says(`${node} → ${name}`, client, pod, 'Hello')],
      ['what the pod says', says(`${name} → ${node}`, pod, client, greeting)],
      ['is heard as if from the service', says('N1 → C', VIP, client, greeting)],
    ]);
  }
  // The client never sees a pod's address.
  const toClient = frames(steps).filter((step) => step.way === 'N1 → C' && !isArp(step.packet));
  expect(new Set(toClient.map(({ packet }) => packet.layer('ipv4')?.src))).toEqual(
    new Set(['10.96.0.100']),
  );
  const chosen = steps.filter(note('N1', 'New connection'));
  expect(chosen.length).toBe(2);
  expect(frames(steps).flatMap(({ packet }) => packet.problems)).toEqual([]);
  const table = (title: string): readonly string[] =>
    lab.tables().find((one) => one.title === `N1# ${title}`)?.lines ?? [];
  expect(table('ipvsadm -Ln').slice(3)).toEqual([
    'TCP  10.96.0.100:80 rr',
    '  -> 10.244.1.5:8080              Masq    1      0          1',
    '  -> 10.244.2.7:8080              Masq    1      0          1',
  ]);
  expect(table('ipvsadm -Lnc').slice(2)).toEqual([
    expect.stringMatching(
      /^TCP 0\d:\d\d {2}TIME_WAIT {3}192.168.1.10:50001 10.96.0.100:80 {5}10.244.1.5:8080$/,
    ),
    expect.stringMatching(
      /^TCP 0\d:\d\d {2}TIME_WAIT {3}192.168.1.10:50002 10.96.0.100:80 {5}10.244.2.7:8080$/,
    ),
  ]);
});
