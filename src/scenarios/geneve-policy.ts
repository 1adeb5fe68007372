/** What the sticky notes are for: the receiver reads them before it opens the envelope. */
import { WorkloadPolicy } from '../lab/tunnel/policy.js';
import {
  introduce,
  listen,
  nameInner,
  newVm,
  overlay,
  plug,
  say,
  VM1_ADDRESS,
  VM2_ADDRESS,
} from './overlay.js';
import type { Scenario } from './scenario.js';

const FRONTEND = '52:54:00:00:00:0a';
const GUEST = '52:54:00:00:00:0b';

export const genevePolicy: Scenario = {
  name: 'geneve-policy',
  title: 'Policy in Geneve options: the frontend may talk to the backend, a guest may not',
  guide: 'Can you show an example of Geneve with security metadata?',
  about:
    'Node1 puts identity and policy of the sender on each envelope. Node2 reads them and looks the ' +
    'policy up: allow-frontend-to-backend is allowed, so the frame is taken out and delivered; ' +
    'deny-all is not, so the envelope is thrown away unopened: not even the sender inside is read. ' +
    'The guide’s third sticker, "Security Level: High", is missing: the guide has no class and type ' +
    'for it. Those of the other two (0x0102, 0x0104) IANA has assigned to others, to Open Virtual ' +
    'Networking and VMware, as Wireshark calls them.',
  label: (crossing) => nameInner(crossing, 'Packet'),
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS, { mac: FRONTEND, mtu: 1300 });
    const vm3 = newVm(lab, 'VM3', '192.168.10.7', { mac: GUEST, mtu: 1300 });
    const { vtep1: node1, vtep2: node2 } = overlay(lab, { kind: 'geneve', name: 'Node' });
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS, { mtu: 1300 });
    node1.addSegment(5000, {
      policy: new WorkloadPolicy({
        workloads: {
          [FRONTEND]: { identity: 'frontend-workload', policy: 'allow-frontend-to-backend' },
          [GUEST]: { identity: 'guest-workload', policy: 'deny-all' },
        },
      }),
    });
    node2.addSegment(5000, {
      policy: new WorkloadPolicy({
        verdicts: { 'allow-frontend-to-backend': 'allow', 'deny-all': 'deny' },
      }),
    });
    plug(node1, 5000, vm1, vm3);
    plug(node2, 5000, vm2);
    introduce(5000, [node1, vm1], [node2, vm2]);
    introduce(5000, [node1, vm3], [node2, vm2]);
    listen(vm2, 7000, 'Packet delivered');
    say(vm1, VM2_ADDRESS, 7000, 'from the frontend');
    lab.run();
    lab.remark([vm1, vm2], 'Policy enforced\nvia Geneve metadata');
    say(vm3, VM2_ADDRESS, 7000, 'from a guest');
    lab.run();
    lab.remark([vm3, vm2], 'Rejected without even opening it');
  },
};
