/** How ARP works: a question to all, an answer from one. */
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import type { Crossing } from '../lab/recorder.js';
import { Switch } from '../lab/switch.js';
import { parse } from '../packet/parse.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

/** What a frame is called in the guide's diagram, where that is not what it is. */
function nameStep({ from, to, bytes }: Crossing): string | undefined {
  const packet = parse(bytes);
  const dst = packet.layer('ethernet')?.dst.toUpperCase();
  if (from.device.name === 'SW') {
    if (dst === 'FF:FF:FF:FF:FF:FF') return 'Broadcast';
    return to.device.name === 'A' ? 'Forwarded to A' : 'Delivered!';
  }
  return packet.layer('arp') === undefined ? `Send packet\nDst MAC: ${dst}` : undefined;
}

export const arpScenario: Scenario = {
  name: 'arp',
  title: 'Host A finds the MAC address of Host B, and Host C ignores the question',
  guide: 'How does ARP work?',
  about:
    'Host A wants to send to 192.168.1.20 and asks everybody who has it. Host B answers, Host C ' +
    'ignores the question, and the packet that waited goes out. The guide gives Host B the address ' +
    'BB:BB:BB:BB:BB:BB, whose first byte is odd: that is a group, which no host has and no switch ' +
    'learns. Here it is BA:BB:BB:BB:BB:BB.',
  label: nameStep,
  play(lab) {
    const host = (name: string, mac: string, address: string): Host =>
      new Host(lab, name, { title: `Host ${name}`, interfaces: { eth0: { mac, address } } });
    const a = host('A', 'aa:aa:aa:aa:aa:aa', '192.168.1.10/24');
    const sw = new Switch(lab, 'SW', { title: 'Switch', ports: 3 });
    const b = host('B', 'ba:bb:bb:bb:bb:bb', '192.168.1.20/24');
    const c = host('C', 'cc:cc:cc:cc:cc:cc', '192.168.1.30/24');
    for (const [i, one] of [a, b, c].entries()) {
      // Host B's cable is the longest: Host C has ignored the question when Host B answers it.
      const latency = (one === b ? 6 : 5) * MICROSECOND;
      lab.connect(one.port('eth0'), sw.port(`${i + 1}`), gigabit(latency));
    }
    b.udp.bind(7000);
    const socket = a.udp.bind(0);
    socket.send(
      addressOf('192.168.1.20'),
      7000,
      new TextEncoder().encode('A letter for 192.168.1.20'),
    );
    lab.run();
  },
};
