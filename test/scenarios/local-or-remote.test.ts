import { expect, it } from 'vitest';
import { localOrRemote } from '../../src/scenarios/local-or-remote.js';
import { arp, echo, expectSteps, frame, note, playSteps, type RunStep } from '../support/steps.js';

const A = '192.168.1.100';
const asks = (dst: string) => arp('A → SW', 1, A, dst);
/** The ping of Host A for that destination, to that MAC address. */
const ping = (way: string, mac: string, dst: string) => (step: RunStep) =>
  echo(way, 8, A, dst)(step) && frame(way, (packet) => packet.layer('ethernet')?.dst === mac)(step);

it('asks for the neighbour itself, and for the router when the destination is remote', () => {
  const { steps } = playSteps(localOrRemote);
  expectSteps(steps, [
    ['on my street', note('A', 'On my street')],
    ['who has the destination?', asks('192.168.1.20')],
    ['to the destination', ping('A → SW', 'ba:bb:bb:bb:bb:bb', '192.168.1.20')],
    ['the neighbour answers', echo('SW → A', 0, '192.168.1.20', A)],
    ['not on my street', note('A', 'send to the gateway')],
    ['who has the gateway?', asks('192.168.1.1')],
    ['to the gateway, for the destination', ping('A → SW', '00:11:22:33:44:55', '10.0.5.100')],
    ['the router sends it on', ping('R → D', 'de:dd:dd:dd:dd:dd', '10.0.5.100')],
    ['Host D answers', echo('D → R', 0, '10.0.5.100', A)],
    ['and is heard', echo('SW → A', 0, '10.0.5.100', A)],
  ]);
  // Nobody in the street is asked for what is outside it, and the router has no part in what is not.
  expect(steps.some(asks('10.0.5.100'))).toBe(false);
  expect(steps.some(echo('SW → R', 8, A, '192.168.1.20'))).toBe(false);
});
