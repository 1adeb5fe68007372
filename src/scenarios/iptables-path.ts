/** The way of a packet through netfilter: each hook, and at each hook the tables in their order. */
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { Netfilter } from '../lab/netfilter/netfilter.js';
import { Switch } from '../lab/switch.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

const SERVICE = '10.96.0.100';
const POD = '10.244.1.5';
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** The inspector's rulebook, as the guide quotes it. */
const RULES = [
  `-t nat -A PREROUTING -d ${SERVICE} -m comment --comment "Letters to ${SERVICE}? Change the address to ${POD}." -j DNAT --to-destination ${POD}`,
  '-A FORWARD -s 10.0.0.5 -m comment --comment "Letters from 10.0.0.5? Block them." -j DROP',
  '-t nat -A PREROUTING -p udp --dport 80 -m comment --comment "Letters to port 80? Route them to port 8080 instead." -j REDIRECT --to-ports 8080',
];

export const iptablesPath: Scenario = {
  name: 'iptables-path',
  title: 'Four letters pass the inspector: hook by hook, table by table',
  guide: 'What is iptables?',
  about:
    'The postal inspector has the guide’s three rules. One letter goes through the host (to ' +
    '10.96.0.100, which becomes 10.244.1.5) and one answer back, one goes to the host itself (port ' +
    '80, which becomes 8080), one comes from it, and one from 10.0.0.5 is blocked. Each note names ' +
    'the hook and the table that looks at the packet, in the order of the guide’s table. The nat ' +
    'table is asked about the first packet of a connection only: the answers are translated back ' +
    'without it.',
  play(lab) {
    const cable = gigabit(5 * MICROSECOND);
    const host = (name: string, title: string, address: string, gateway: string): Host =>
      new Host(lab, name, { title, interfaces: { eth0: { address } }, gateway });
    const client = host('C', 'Client', '10.0.0.9/24', '10.0.0.1');
    const blocked = host('X', 'Blocked', '10.0.0.5/24', '10.0.0.1');
    const sw = new Switch(lab, 'SW', { title: 'Switch', ports: 3 });
    const node = new Router(lab, 'NODE', {
      title: 'Linux host',
      interfaces: { eth0: { address: '10.0.0.1/24' }, eth1: { address: '10.244.1.1/24' } },
    });
    const pod = host('POD', 'Pod', `${POD}/24`, '10.244.1.1');
    lab.connect(client.port('eth0'), sw.port('1'), cable);
    lab.connect(blocked.port('eth0'), sw.port('2'), cable);
    lab.connect(node.port('eth0'), sw.port('3'), cable);
    lab.connect(node.port('eth1'), pod.port('eth0'), cable);
    const netfilter = new Netfilter(node.ip, { trace: true });
    for (const rule of RULES) netfilter.iptables(rule);

    const answerAt = (at: Host, port: number): void => {
      const socket = at.udp.bind(port, {
        datagram(frame, _data, from, sender) {
          frame.release();
          socket.send(from, sender, text('Answer'));
        },
      });
    };
    answerAt(pod, 7000);
    answerAt(node, 8080);
    const send = (from: Host, to: string, port: number): void => {
      const socket = from.udp.bind(0);
      socket.send(addressOf(to), port, text('Letter'));
      lab.run();
    };
    lab.remark([node], `Through the host: a letter to ${SERVICE}`);
    send(client, SERVICE, 7000);
    lab.remark([node], 'To the host itself: a letter to port 80');
    send(client, '10.0.0.1', 80);
    lab.remark([node], 'From the host: a letter of its own');
    send(node, POD, 7000);
    lab.remark([node], 'From 10.0.0.5: blocked');
    send(blocked, POD, 7000);
  },
};
