/** Two tenants with the same addresses on the same hosts: the VNI keeps them apart. */
import { nameInner, newVm, overlay, plug, VM1_ADDRESS, VM2_ADDRESS } from './overlay.js';
import type { Scenario } from './scenario.js';

export const vxlanMultiTenant: Scenario = {
  name: 'vxlan-multi-tenant',
  title: 'Two tenants use the same addresses on the same hosts, in VNI 5000 and VNI 6000',
  guide: 'Why are they called tunnels?',
  about:
    'Tenant A has VMs 192.168.10.5 and 192.168.10.6 in VNI 5000; tenant B has the same addresses in ' +
    'VNI 6000, behind the same two end points, on the same UDP port. Both ping at the same time, and ' +
    'each gets its own answer: the VNI on the envelope says which floor a frame belongs to. Wireshark ' +
    'remarks on one address that two stations have, for it reads both tenants as one network.',
  remarks: ['arp.duplicate-address-detected'],
  label: nameInner,
  play(lab) {
    const [a1, b1] = [newVm(lab, 'VMA1', VM1_ADDRESS), newVm(lab, 'VMB1', VM1_ADDRESS)];
    const { vtep1, vtep2 } = overlay(lab, { kind: 'vxlan' });
    const [a2, b2] = [newVm(lab, 'VMA2', VM2_ADDRESS), newVm(lab, 'VMB2', VM2_ADDRESS)];
    for (const vtep of [vtep1, vtep2]) {
      for (const vni of [5000, 6000]) vtep.addSegment(vni, { remotes: ['10.0.0.1', '10.0.0.2'] });
    }
    plug(vtep1, 5000, a1);
    plug(vtep2, 5000, a2);
    plug(vtep1, 6000, b1);
    plug(vtep2, 6000, b2);
    lab.remark([a1, a2], 'Tenant A: VNI 5000');
    lab.remark([b1, b2], 'Tenant B: VNI 6000, same addresses');
    const pings = [a1.ping(VM2_ADDRESS), b1.ping(VM2_ADDRESS)];
    lab.run();
    const words = pings.map((ping) => ping.print().join('\n'));
    a1.note(`ping says\n${words[0]}`);
    b1.note(`ping says\n${words[1]}`);
    lab.remark([vtep1, vtep2], 'No frame went from one VNI to the other');
  },
};
