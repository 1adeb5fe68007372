/** A central controller knows where every VM is; end points ask it. */
import type { Host } from '../lab/host.js';
import { Controller, ControllerClient } from '../lab/tunnel/controller.js';
import type { Vtep } from '../lab/vtep.js';
import { nameInner, newVm, plug, VM1_ADDRESS, VM2_ADDRESS } from './overlay.js';
import type { Scenario } from './scenario.js';
import { onSwitch } from './vxlan-flood-and-learn.js';

export const vxlanController: Scenario = {
  name: 'vxlan-controller',
  title: 'End points ask a central controller for unknown destinations, and answer ARP themselves',
  guide: 'How do VTEPs discover each other?',
  about:
    'When a VM comes up, its end point registers it with the controller (10.0.0.100). VM1 asks by ARP ' +
    'for 192.168.10.6: VTEP1 does not flood that, but queries the controller, is told MAC address and ' +
    'end point, and answers in place of VM2. What the controller does not know is dropped. The ' +
    "messages are the lab's own, JSON in UDP to port 49200: each vendor has its own, and the guide " +
    'names none.',
  label: nameInner,
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS);
    const { vteps, hosts } = onSwitch(lab, 2, { Controller: '10.0.0.100' });
    const [vtep1, vtep2] = vteps as [Vtep, Vtep];
    const [server] = hosts as [Host];
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS);
    new Controller(server);
    for (const vtep of vteps) {
      vtep.endPoint.control = new ControllerClient(vtep.endPoint, '10.0.0.100');
      vtep.addSegment(5000);
    }
    vtep1.note('VM1 comes up: register it');
    plug(vtep1, 5000, vm1);
    lab.run();
    vtep2.note('VM2 comes up: register it');
    plug(vtep2, 5000, vm2);
    lab.run();
    lab.remark([vm1, vm2], 'VM1 pings VM2');
    vm1.ping(VM2_ADDRESS);
    lab.run();
    vm1.note('Now somebody whom nobody knows: 192.168.10.99');
    vm1.ping('192.168.10.99');
    lab.run();
  },
};
