/** Why Kubernetes wants `bridge-nf-call-iptables = 1`: an answer that netfilter must see on the bridge. */

import { formatIpv4 } from '../bytes/address.js';
import { Bridge } from '../lab/bridge/bridge.js';
import { Host, Router } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { veth } from '../lab/namespace.js';
import { BrNetfilter } from '../lab/netfilter/br-netfilter.js';
import { Netfilter } from '../lab/netfilter/netfilter.js';
import { VETH } from './cables.js';
import type { Scenario } from './scenario.js';

const SERVICE = '10.96.0.100';
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

export const bridgeNetfilter: Scenario = {
  name: 'bridge-netfilter',
  title: 'The same bridge with bridge-nf-call-iptables 0 and 1',
  guide: 'How does l2 bridge and iptables work together?',
  about:
    'Two pods on one bridge. Pod A asks the service 10.96.0.100; the request goes to the gateway, ' +
    'where iptables sends it to Pod B (10.244.1.6). Pod B answers to Pod A, its neighbour: that ' +
    'answer only crosses the bridge. With bridge-nf-call-iptables 0 iptables never sees it, nobody ' +
    'puts the service’s address back, and Pod A gets an answer from somebody whom it did not ask. ' +
    'With 1 the bridge shows it to iptables, and Pod A is content. A rule that blocks what goes ' +
    'from pod to pod works only then, too.',
  play(lab) {
    const podOf = (name: string, address: string): Host =>
      new Host(lab, name, {
        title: `Pod ${name}`,
        interfaces: { eth0: { address: `${address}/24` } },
        gateway: '10.244.1.1',
      });
    const a = podOf('A', '10.244.1.5');
    const b = podOf('B', '10.244.1.6');
    const node = new Router(lab, 'NODE', { title: 'Node' });
    const bridge = new Bridge(node, 'br0');
    node.addAddresses(bridge.self, '10.244.1.1/24');
    for (const [name, pod] of [['veth-a', a] as const, ['veth-b', b] as const]) {
      bridge.addPort(node.addPort(name));
      veth(lab, pod.port('eth0'), node.port(name), VETH);
    }
    const netfilter = new Netfilter(node.ip, { trace: true });
    netfilter.iptables(
      `-t nat -A PREROUTING -d ${SERVICE} -p udp --dport 80 -j DNAT --to-destination 10.244.1.6:8080`,
    );
    const module = new BrNetfilter(netfilter, { callIptables: false });
    module.attach(bridge);

    const server = b.udp.bind(8080, {
      datagram(frame, _data, from, port) {
        frame.release();
        server.send(from, port, text('Answer'));
      },
    });
    const ask = (to: string, port: number): void => {
      const socket = a.udp.bind(0, {
        datagram(frame, _data, from) {
          const asked = addressOf(to) === from;
          const who = `An answer from ${formatIpv4(from)}`;
          a.note(asked ? `${who}: thank you` : `${who}: I asked ${to}. Ignore`, frame);
          frame.release();
        },
      });
      socket.send(addressOf(to), port, text('Request'));
      lab.run();
    };
    lab.remark([node], 'net.bridge.bridge-nf-call-iptables = 0');
    ask(SERVICE, 80);
    module.callIptables = true;
    lab.remark([node], 'net.bridge.bridge-nf-call-iptables = 1');
    ask(SERVICE, 80);
    lab.remark(
      [node],
      'iptables -A FORWARD -s 10.244.1.5 -d 10.244.1.6 -m physdev --physdev-is-bridged -j DROP',
    );
    netfilter.iptables(
      '-A FORWARD -s 10.244.1.5 -d 10.244.1.6 -m physdev --physdev-is-bridged -j DROP',
    );
    ask('10.244.1.6', 8080);
    module.callIptables = false;
    lab.remark([node], 'net.bridge.bridge-nf-call-iptables = 0');
    ask('10.244.1.6', 8080);
  },
};
