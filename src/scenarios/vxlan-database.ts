/** A shared database has where every VM is; each end point has a copy. */
import type { Host } from '../lab/host.js';
import { KeyValueStore, StoreClient } from '../lab/tunnel/store.js';
import type { Vtep } from '../lab/vtep.js';
import { nameInner, newVm, plug, VM1_ADDRESS, VM2_ADDRESS } from './overlay.js';
import type { Scenario } from './scenario.js';
import { onSwitch } from './vxlan-flood-and-learn.js';

export const vxlanDatabase: Scenario = {
  name: 'vxlan-database',
  title: 'End points write their VMs to a shared database, and watch what the others write',
  guide: 'How do VTEPs discover each other?',
  about:
    'A key–value store (10.0.0.100) as etcd is one. Each end point watches the keys of VNI 5000; when ' +
    'a VM comes up, its end point puts the key /vxlan/5000/MAC, and the store tells all who watch. So ' +
    'VTEP1 knows VM2 before VM1 asks for it: it answers the ARP itself, and there is no question on ' +
    "the way. The messages are the lab's own, JSON in UDP to port 49201; etcd's are gRPC.",
  label: nameInner,
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS);
    const { vteps, hosts } = onSwitch(lab, 2, { DB: '10.0.0.100' });
    const [vtep1, vtep2] = vteps as [Vtep, Vtep];
    const [server] = hosts as [Host];
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS);
    new KeyValueStore(server);
    for (const vtep of vteps) {
      vtep.endPoint.control = new StoreClient(vtep.endPoint, '10.0.0.100');
      vtep.note('Watch VNI 5000');
      vtep.addSegment(5000);
      lab.run();
    }
    vtep1.note('VM1 comes up: put it');
    plug(vtep1, 5000, vm1);
    lab.run();
    vtep2.note('VM2 comes up: put it');
    plug(vtep2, 5000, vm2);
    lab.run();
    lab.remark([vm1, vm2], 'VM1 pings VM2: nothing is left to ask');
    vm1.ping(VM2_ADDRESS);
    lab.run();
    vm1.note('Now somebody whom nobody knows: 192.168.10.99');
    vm1.ping('192.168.10.99');
    lab.run();
  },
};
