/** What a prefix means on the wire: hosts, the broadcast address, and what is outside. */
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { Switch } from '../lab/switch.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

export const subnet: Scenario = {
  name: 'subnet',
  title: '192.168.1.100/24: the first and the last host, the broadcast address, and one outside',
  guide: 'What is a subnet and how does CIDR notation work?',
  about:
    'The network of 192.168.1.100/24 is 192.168.1.0, its broadcast address 192.168.1.255, and there ' +
    'are 254 hosts. Host A reaches the first (.1) and the last (.254) directly; a datagram to the ' +
    'broadcast address reaches both in one frame; 192.168.2.1 is outside, and without a router there ' +
    'is no way to it, so that no frame is sent at all.',
  play(lab) {
    const host = (name: string, title: string, address: string): Host =>
      new Host(lab, name, { title, interfaces: { eth0: { address } } });
    const a = host('A', 'Host A', '192.168.1.100/24');
    const sw = new Switch(lab, 'SW', { title: 'Switch', ports: 3 });
    const first = host('F', 'First host', '192.168.1.1/24');
    const last = host('L', 'Last host', '192.168.1.254/24');
    for (const [i, one] of [a, first, last].entries()) {
      lab.connect(one.port('eth0'), sw.port(`${i + 1}`), gigabit(5 * MICROSECOND));
    }
    for (const one of [first, last]) {
      one.udp.bind(7000, {
        datagram: (frame) => {
          one.note('For everybody in 192.168.1.0/24, so for me', frame);
          frame.release();
        },
      });
    }
    a.note('192.168.1.1: the first host');
    a.ping('192.168.1.1');
    lab.run();
    a.note('192.168.1.254: the last host');
    a.ping('192.168.1.254');
    lab.run();
    a.note('192.168.1.255: everybody');
    const socket = a.udp.bind(0);
    socket.send(addressOf('192.168.1.255'), 7000, new TextEncoder().encode('To all'));
    lab.run();
    const outside = a.ping('192.168.2.1');
    lab.run();
    a.note(`192.168.2.1: outside\n${outside.print().join('\n')}`);
  },
};
