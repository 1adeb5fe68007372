/** Is the destination on my street? The mask says; then it is a neighbour, or the router. */
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { Switch } from '../lab/switch.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

export const localOrRemote: Scenario = {
  name: 'local-or-remote',
  title: 'A host decides by its mask whether to send to a neighbour or to the router',
  guide: 'How does a host decide if a destination is local or remote?',
  about:
    'Host A is 192.168.1.100/24. To 192.168.1.20 it asks for that address itself and delivers ' +
    'directly. To 10.0.5.100 it asks for the router, 192.168.1.1, and sends the frame there: the MAC ' +
    "address is the router's, the IP address is Host D's.",
  play(lab) {
    const cable = gigabit(10 * MICROSECOND);
    const a = new Host(lab, 'A', {
      title: 'Host A',
      interfaces: { eth0: { mac: 'aa:aa:aa:aa:aa:aa', address: '192.168.1.100/24' } },
      gateway: '192.168.1.1',
    });
    const sw = new Switch(lab, 'SW', { title: 'Switch', ports: 3 });
    const b = new Host(lab, 'B', {
      title: 'Host B',
      interfaces: { eth0: { mac: 'ba:bb:bb:bb:bb:bb', address: '192.168.1.20/24' } },
      gateway: '192.168.1.1',
    });
    const r = new Router(lab, 'R', {
      title: 'Router',
      interfaces: {
        eth0: { mac: '00:11:22:33:44:55', address: '192.168.1.1/24' },
        eth1: { mac: '00:11:22:33:44:56', address: '10.0.5.1/24' },
      },
    });
    const d = new Host(lab, 'D', {
      title: 'Host D',
      interfaces: { eth0: { mac: 'de:dd:dd:dd:dd:dd', address: '10.0.5.100/24' } },
      gateway: '10.0.5.1',
    });
    lab.connect(a.port('eth0'), sw.port('1'), cable);
    lab.connect(b.port('eth0'), sw.port('2'), cable);
    lab.connect(r.port('eth0'), sw.port('3'), cable);
    lab.connect(r.port('eth1'), d.port('eth0'), cable);

    a.note('192.168.1.20 is in 192.168.1.0/24\nOn my street: deliver it myself');
    a.ping('192.168.1.20');
    lab.run();
    a.note('10.0.5.100 is not in 192.168.1.0/24\nDrop it in the mailbox: send to the gateway');
    a.ping('10.0.5.100');
    lab.run();
  },
};
