/** Two routers on the way: new MAC addresses at each hop, the same IP addresses. */
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import type { Crossing } from '../lab/recorder.js';
import { parse } from '../packet/parse.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

/** The guide's short names of the MAC addresses. */
const SHORT: Readonly<Record<string, string>> = {
  'aa:aa:aa:aa:aa:aa': 'AA:AA',
  '02:00:00:00:01:01': 'R1:01',
  '02:00:00:00:01:02': 'R1:02',
  '02:00:00:00:02:01': 'R2:01',
  '02:00:00:00:02:02': 'R2:02',
  'ba:bb:bb:bb:bb:bb': 'BA:BB',
};

export const routing: Scenario = {
  name: 'routing',
  title: 'A packet goes over two routers: each hop has its own MAC addresses, and one TTL less',
  guide: 'Do IP addresses change as packets traverse the network?',
  about:
    'Host A (192.168.1.50) sends to Host B (10.0.5.100). That is not in its network, so the frame ' +
    'goes to Router 1; each router strips the frame, looks the route up, asks by ARP who the next ' +
    'hop is where it does not know, and makes a new frame. The IP addresses stay, TTL goes from 64 ' +
    'to 62. The guide has BB:BB for Host B, which is a group address: here it is BA:BB.',
  label: nameHop,
  play(lab) {
    const cable = gigabit(50 * MICROSECOND);
    const a = new Host(lab, 'A', {
      title: 'Host A',
      interfaces: { eth0: { mac: 'aa:aa:aa:aa:aa:aa', address: '192.168.1.50/24' } },
      gateway: '192.168.1.1',
    });
    const r1 = new Router(lab, 'R1', {
      title: 'Router 1',
      interfaces: {
        eth0: { mac: '02:00:00:00:01:01', address: '192.168.1.1/24' },
        eth1: { mac: '02:00:00:00:01:02', address: '10.0.2.1/24' },
      },
    });
    const r2 = new Router(lab, 'R2', {
      title: 'Router 2',
      interfaces: {
        eth0: { mac: '02:00:00:00:02:01', address: '10.0.2.254/24' },
        eth1: { mac: '02:00:00:00:02:02', address: '10.0.5.1/24' },
      },
    });
    const b = new Host(lab, 'B', {
      title: 'Host B',
      interfaces: { eth0: { mac: 'ba:bb:bb:bb:bb:bb', address: '10.0.5.100/24' } },
      gateway: '10.0.5.1',
    });
    lab.connect(a.port('eth0'), r1.port('eth0'), cable);
    lab.connect(r1.port('eth1'), r2.port('eth0'), cable);
    lab.connect(r2.port('eth1'), b.port('eth0'), cable);
    r1.ip.addRoute('10.0.5.0/24', { via: '10.0.2.254' });
    r2.ip.addRoute('192.168.1.0/24', { via: '10.0.2.1' });

    b.udp.bind(7000, {
      datagram: (frame) => {
        b.note('The packet is here: same IP addresses, other MAC addresses', frame);
        frame.release();
      },
    });
    a.note('Destination: 10.0.5.100\nSend to gateway');
    const letter = new TextEncoder().encode('To: 456 Oak Ave, Los Angeles');
    a.udp.bind(0).send(addressOf('10.0.5.100'), 7000, letter);
    lab.run();
    lab.remark([a, b], 'IP addresses never change!\nMAC addresses change at each hop.');
  },
};

/** A frame with the letter, as the guide's diagram names it. */
function nameHop({ bytes, from, to }: Crossing): string | undefined {
  const packet = parse(bytes);
  const ethernet = packet.layer('ethernet');
  const ip = packet.layer('ipv4');
  if (ethernet === undefined || ip === undefined) return undefined;
  const hop = 65 - ip.ttl;
  return [
    `HOP ${hop}: ${from.device.title} → ${to.device.title}`,
    'Frame',
    `MAC: ${SHORT[ethernet.src]} → ${SHORT[ethernet.dst]}`,
    `IP: ${ip.src} → ${ip.dst}`,
    `TTL: ${ip.ttl}`,
  ].join('\n');
}
