import { it } from 'vitest';
import { geneveMtu } from '../../src/scenarios/geneve-mtu.js';
import { expectSteps, frame, note, playSteps } from '../support/steps.js';

it('fails with an underlay MTU of 1600, and works with 1650', () => {
  const { steps } = playSteps(geneveMtu);
  const large = (way: string) =>
    frame(way, (packet) => {
      const geneve = packet.layer('geneve');
      // 8 bytes, and 100 of options.
      const header = geneve === undefined ? 0 : geneve.headerEnd - geneve.offset;
      return header === 108 && packet.layer('ipv4')?.length === 1650;
    });
  expectSteps(steps, [
    ['1600', note('VTEP1,VTEP2', 'Underlay MTU 1600, 100 bytes of options')],
    ['1500 bytes', frame('VM1 → VTEP1', (packet) => packet.layer('ipv4')?.length === 1500)],
    ['Too long', note('VTEP1', 'Too long for the tunnel: 1450 bytes fit')],
    ['ICMP', frame('VTEP1 → VM1', (packet) => packet.layer('icmp')?.message.mtu === 1450)],
    ['ping says so', note('VM1', 'Frag needed and DF set (mtu = 1450)')],
    ['1650', note('VTEP1,VTEP2', 'Underlay MTU 1650')],
    ['1650 bytes outside', large('VTEP1 → R1')],
    ['and back', large('VTEP2 → R2')],
    ['works', note('VM1', '1480 bytes from 192.168.10.6')],
  ]);
});
