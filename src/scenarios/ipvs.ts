/** A virtual IP address, and two real servers that take turns behind it. */
import { Bridge } from '../lab/bridge/bridge.js';
import { MICROSECOND } from '../lab/clock.js';
import { Host, Router } from '../lab/host.js';
import { Ipvs } from '../lab/ipvs/ipvs.js';
import type { Lab } from '../lab/lab.js';
import { Namespace } from '../lab/namespace.js';
import { frameText } from '../lab/words.js';
import { gigabit, VETH } from './cables.js';
import type { Scenario } from './scenario.js';

const VIP = '10.96.0.100';

const words = (text: string): Uint8Array => new TextEncoder().encode(text);

export const ipvs: Scenario = {
  name: 'ipvs',
  title: 'Two connections to 10.96.0.100:80 go to two pods in turn, and the client notices nothing',
  guide: 'What is Linux IPVS (IP Virtual Server)?',
  about:
    'Node 1 has the virtual address of a service, and IPVS with round robin behind it. The first ' +
    'connection goes to Pod 1 on the node itself, the second to Pod 2 on Node 2. Node 1 writes the ' +
    'pod’s address and port into each packet, and the virtual ones back into each answer, and mends ' +
    'the checksums. A connection stays with its pod; what is known of it stands in the connection ' +
    'table (ipvsadm -Lnc), even after it has ended.',
  label: ({ bytes }) => frameText(bytes),
  play(lab) {
    const { client, node, pods } = cluster(lab);
    const service = new Ipvs(node).addService({ address: `${VIP}:80`, scheduler: 'rr' });
    service.addServer('10.244.1.5:8080');
    service.addServer('10.244.2.7:8080');
    for (const pod of pods) {
      pod.tcp.listen(8080, {
        accept: () => ({
          data: (_bytes, connection) => {
            connection.write(words(`${pod.title} greets you`));
          },
          ended: (connection) => connection.end(),
        }),
      });
    }
    lab.remark([client, node], `Service ${VIP}:80 → 10.244.1.5:8080, 10.244.2.7:8080`);
    for (const localPort of [50001, 50002]) {
      const connection = client.tcp.connect(
        VIP,
        80,
        {
          data: (bytes, answered) => {
            client.note(`${VIP}:80 says: ${new TextDecoder().decode(bytes)}`);
            answered.end();
          },
        },
        { localPort },
      );
      lab.run();
      connection.write(words('Hello'));
      lab.run();
    }
    lab.remark([client, node], 'Connections spread over the pods,\nall from one address');
  },
};

/** A client, two nodes, and a pod on each. */
function cluster(lab: Lab): { client: Host; node: Router; pods: Namespace[] } {
  const cable = gigabit(50 * MICROSECOND);
  const client = new Host(lab, 'C', {
    title: 'Client',
    interfaces: { eth0: { mac: '52:54:00:00:00:0a', address: '192.168.1.10/24' } },
    gateway: '192.168.1.1',
  });
  const node = new Router(lab, 'N1', {
    title: 'Node 1',
    interfaces: {
      eth0: { mac: '52:54:00:00:01:01', address: '192.168.1.1/24' },
      eth1: { mac: '52:54:00:00:01:02', address: '10.0.0.1/24' },
      'kube-ipvs0': { address: `${VIP}/32` },
    },
  });
  const pod1 = podOn(node, 'Pod1', 'Pod 1', '10.244.1.5');
  const other = new Router(lab, 'N2', {
    title: 'Node 2',
    interfaces: { eth0: { mac: '52:54:00:00:02:01', address: '10.0.0.2/24' } },
    gateway: '10.0.0.1',
  });
  const pod2 = podOn(other, 'Pod2', 'Pod 2', '10.244.2.7');
  lab.connect(client.port('eth0'), node.port('eth0'), cable);
  lab.connect(node.port('eth1'), other.port('eth0'), cable);
  node.ip.addRoute('10.244.2.0/24', { via: '10.0.0.2' });
  return { client, node, pods: [pod1, pod2] };
}

/** A pod on the bridge of a node, which has the first address of the pod's network. */
function podOn(node: Router, name: string, title: string, address: string): Namespace {
  const gateway = address.replace(/\d+$/, '1');
  const bridge = new Bridge(node, 'cni0');
  node.addAddresses(bridge.self, `${gateway}/24`);
  const pod = new Namespace(node, name, { title });
  pod.plugInto(bridge, { address: `${address}/24` }, VETH);
  pod.ip.addRoute('default', { via: gateway });
  return pod;
}
