import { expect, it } from 'vitest';
import { bridgeNetfilter } from '../../src/scenarios/bridge-netfilter.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

const letter = (way: string, src: string, dst: string) =>
  frame(way, (packet) => {
    const ip = packet.layer('ipv4');
    return packet.layer('udp') !== undefined && ip?.src === src && ip.dst === dst;
  });

it('shows what the bridge keeps from iptables, and what it shows to it', () => {
  const { steps } = playSteps(bridgeNetfilter);
  expectSteps(steps, [
    ['0', note('NODE', 'bridge-nf-call-iptables = 0')],
    ['a request to the service', letter('A → NODE', '10.244.1.5', '10.96.0.100')],
    ['is sent to Pod B', letter('NODE → B', '10.244.1.5', '10.244.1.6')],
    ['the answer crosses the bridge', letter('B → NODE', '10.244.1.6', '10.244.1.5')],
    ['as it is', letter('NODE → A', '10.244.1.6', '10.244.1.5')],
    ['and is not believed', note('A', 'An answer from 10.244.1.6: I asked 10.96.0.100. Ignore')],
    ['1', note('NODE', 'bridge-nf-call-iptables = 1')],
    ['a request', letter('A → NODE', '10.244.1.5', '10.96.0.100')],
    ['is translated on the bridge', note('NODE', '10.96.0.100:80 → 10.244.1.6:8080')],
    ['to Pod B', letter('NODE → B', '10.244.1.5', '10.244.1.6')],
    ['the answer', letter('B → NODE', '10.244.1.6', '10.244.1.5')],
    ['gets the service’s address back', letter('NODE → A', '10.96.0.100', '10.244.1.5')],
    ['and is believed', note('A', 'An answer from 10.96.0.100: thank you')],
    ['a rule for what is bridged', note('NODE', '--physdev-is-bridged -j DROP')],
    ['a letter to the neighbour', letter('A → NODE', '10.244.1.5', '10.244.1.6')],
    ['is dropped', note('NODE', 'FORWARD filter: DROP')],
    ['0 again', note('NODE', 'bridge-nf-call-iptables = 0')],
    ['and the rule sees nothing', letter('NODE → B', '10.244.1.5', '10.244.1.6')],
  ]);
  const dropped = steps.findIndex(note('NODE', 'FORWARD filter: DROP'));
  const again = steps.findIndex(
    (step, i) => i > dropped && note('NODE', 'bridge-nf-call-iptables = 0')(step),
  );
  expect(steps.slice(dropped, again).some(letter('NODE → B', '10.244.1.5', '10.244.1.6'))).toBe(
    false,
  );
});
