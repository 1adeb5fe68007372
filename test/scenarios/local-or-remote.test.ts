import { it } from 'vitest';
import { localOrRemote } from '../../src/scenarios/local-or-remote.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

const asks = (dst: string) =>
  frame('A → SW', (p) => p.layer('arp')?.operation === 1 && p.layer('arp')?.targetProtocol === dst);
const ping = (way: string, mac: string, dst: string) =>
  frame(
    way,
    (p) =>
      p.layer('icmp')?.type === 8 &&
      p.layer('ethernet')?.dst === mac &&
      p.layer('ipv4')?.dst === dst,
  );

it('asks for the neighbour itself, and for the router when the destination is remote', () => {
  const { steps } = playSteps(localOrRemote);
  expectSteps(steps, [
    ['on my street', note('A', 'On my street')],
    ['who has the destination?', asks('192.168.1.20')],
    ['to the destination', ping('A → SW', 'ba:bb:bb:bb:bb:bb', '192.168.1.20')],
    ['not on my street', note('A', 'send to the gateway')],
    ['who has the gateway?', asks('192.168.1.1')],
    ['to the gateway, for the destination', ping('A → SW', '00:11:22:33:44:55', '10.0.5.100')],
    ['the router sends it on', ping('R → D', 'de:dd:dd:dd:dd:dd', '10.0.5.100')],
  ]);
});
