import { expect, it } from 'vitest';
import { bridgeNetfilter } from '../../src/scenarios/bridge-netfilter.js';
import { datagram, expectSteps, frames, note, playSteps } from '../support/steps.js';

const [SERVICE, POD_B] = ['10.96.0.100:80', '10.244.1.6:8080'] as const;
/** The request of Pod A's port, and the answer to it. */
const request = (way: string, port: number, dst: string) =>
  datagram(way, `10.244.1.5:${port}`, dst, 'Request');
const answer = (way: string, src: string, port: number) =>
  datagram(way, src, `10.244.1.5:${port}`, 'Answer');

it('shows what the bridge keeps from iptables, and what it shows to it', () => {
  const { steps } = playSteps(bridgeNetfilter);
  expectSteps(steps, [
    ['0', note('NODE', 'bridge-nf-call-iptables = 0')],
    ['a request to the service', request('A → NODE', 49152, SERVICE)],
    ['is sent to Pod B', request('NODE → B', 49152, POD_B)],
    ['the answer crosses the bridge', answer('B → NODE', POD_B, 49152)],
    ['as it is', answer('NODE → A', POD_B, 49152)],
    ['and is not believed', note('A', 'An answer from 10.244.1.6: I asked 10.96.0.100. Ignore')],
    ['1', note('NODE', 'bridge-nf-call-iptables = 1')],
    ['a request', request('A → NODE', 49153, SERVICE)],
    ['is translated on the bridge', note('NODE', '10.96.0.100:80 → 10.244.1.6:8080')],
    ['to Pod B', request('NODE → B', 49153, POD_B)],
    ['the answer', answer('B → NODE', POD_B, 49153)],
    ['gets the service’s address back', answer('NODE → A', SERVICE, 49153)],
    ['and is believed', note('A', 'An answer from 10.96.0.100: thank you')],
    ['a rule for what is bridged', note('NODE', '--physdev-is-bridged -j DROP')],
    ['a letter to the neighbour', request('A → NODE', 49154, POD_B)],
    ['is dropped', note('NODE', 'FORWARD filter: DROP')],
    ['0 again', note('NODE', 'bridge-nf-call-iptables = 0')],
    ['a letter again', request('A → NODE', 49155, POD_B)],
    ['and the rule sees nothing', request('NODE → B', 49155, POD_B)],
    ['Pod B answers', answer('NODE → A', POD_B, 49155)],
    ['and is believed', note('A', 'An answer from 10.244.1.6: thank you')],
  ]);
  // What is dropped goes no further; and where iptables sees nothing, it says nothing.
  expect(steps.some(request('NODE → B', 49154, POD_B))).toBe(false);
  const again = steps.findLastIndex(note('NODE', 'bridge-nf-call-iptables = 0'));
  expect(steps.slice(again).some(note('NODE', 'FORWARD'))).toBe(false);
  expect(frames(steps).flatMap(({ packet }) => packet.problems)).toEqual([]);
});
