/** Two pods of one node, over its bridge. */
import { Bridge } from '../lab/bridge/bridge.js';
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { Namespace } from '../lab/namespace.js';
import { frameText } from '../lab/words.js';
import { gigabit, VETH } from './cables.js';
import type { Scenario } from './scenario.js';

export const sameNodePods: Scenario = {
  name: 'same-node-pods',
  title: 'Pod 1 writes to Pod 2 on the same node: the bridge delivers, the network sees nothing',
  guide: 'How do pods on the same node communicate?',
  about:
    'A pod is a network namespace: a stack of its own, joined to the bridge of its node (cni0) by a ' +
    'veth pair, a cable without length. Pod 2 is in the same network, so Pod 1 asks for its MAC ' +
    'address and sends it the frame; the bridge learns and forwards as any switch does. Nothing ' +
    'leaves the node: on its link to the network no frame is seen.',
  label: ({ bytes }) => frameText(bytes),
  play(lab) {
    const node = new Router(lab, 'Node', {
      title: 'Node',
      interfaces: { eth0: { address: '10.0.0.1/24' } },
    });
    const network = new Host(lab, 'Network', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
    lab.connect(node.port('eth0'), network.port('eth0'), gigabit(50 * MICROSECOND));
    const bridge = new Bridge(node, 'cni0', { self: { mac: '02:00:00:00:01:01' } });
    node.addAddresses(bridge.self, '10.244.1.1/24');
    const pod = (number: number, address: string, mac: string): Namespace => {
      const made = new Namespace(node, `Pod${number}`, { title: `Pod ${number}` });
      made.plugInto(bridge, { address: `${address}/24`, mac }, VETH);
      made.ip.addRoute('default', { via: '10.244.1.1' });
      return made;
    };
    const one = pod(1, '10.244.1.5', '02:00:00:00:01:05');
    const two = pod(2, '10.244.1.6', '02:00:00:00:01:06');
    two.udp.bind(8080, {
      datagram: (frame) => {
        two.note('A letter from my neighbor, straight from the mailroom', frame);
        frame.release();
      },
    });
    lab.remark([one, two], 'Pod 1 (10.244.1.5) and Pod 2 (10.244.1.6)\nare on the same node');
    const socket = one.udp.bind(0);
    const letter = new TextEncoder().encode('Dear neighbor');
    socket.send(addressOf('10.244.1.6'), 8080, letter);
    lab.run();
    lab.remark([one, two], 'No need for the postal service:\nall is handled within the building');
  },
};
