/** TTL counts down at each router; traceroute makes use of it. */
import { MILLISECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

export const ttlExpiry: Scenario = {
  name: 'ttl-expiry',
  title: 'TTL counts down from 64 over three routers, and traceroute finds each of them',
  guide: 'What is TTL and why is it important?',
  about:
    "Host A pings Host B over three routers: the request leaves with TTL 64 and arrives with 61, as in the guide's example. " +
    'Then Host A sends datagrams with TTL 1, 2, 3 and 4. The router at which one reaches 0 throws it ' +
    'away and tells the sender (ICMP time exceeded); Host B answers the last with port unreachable. ' +
    'That is traceroute.',
  play(lab) {
    const cable = gigabit(MILLISECOND);
    const a = new Host(lab, 'A', {
      title: 'Host A',
      interfaces: { eth0: { address: '192.168.1.50/24' } },
      gateway: '192.168.1.1',
    });
    const router = (name: string, left: string, right: string): Router =>
      new Router(lab, name, {
        title: `Router ${name.slice(1)}`,
        interfaces: { eth0: { address: left }, eth1: { address: right } },
      });
    const r1 = router('R1', '192.168.1.1/24', '10.0.1.1/24');
    const r2 = router('R2', '10.0.1.2/24', '10.0.2.1/24');
    const r3 = router('R3', '10.0.2.2/24', '10.0.5.1/24');
    const b = new Host(lab, 'B', {
      title: 'Host B',
      interfaces: { eth0: { address: '10.0.5.100/24' } },
      gateway: '10.0.5.1',
    });
    lab.connect(a.port('eth0'), r1.port('eth0'), cable);
    lab.connect(r1.port('eth1'), r2.port('eth0'), cable);
    lab.connect(r2.port('eth1'), r3.port('eth0'), cable);
    lab.connect(r3.port('eth1'), b.port('eth0'), cable);
    r1.ip.addRoute('default', { via: '10.0.1.2' });
    r2.ip.addRoute('192.168.1.0/24', { via: '10.0.1.1' });
    r2.ip.addRoute('10.0.5.0/24', { via: '10.0.2.2' });
    r3.ip.addRoute('default', { via: '10.0.2.1' });

    a.note('Ping with TTL=64');
    a.ping('10.0.5.100');
    lab.run();
    a.note('traceroute: TTL=1, then 2, 3, 4');
    const trace = a.traceroute('10.0.5.100');
    lab.run();
    a.note(`traceroute says:\n${trace.print().join('\n')}`);
  },
};
