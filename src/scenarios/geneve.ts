/** An envelope with sticky notes: Geneve's options. */
import { WorkloadPolicy } from '../lab/tunnel/policy.js';
import {
  introduce,
  LATENCY,
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

export const geneveScenario: Scenario = {
  name: 'geneve',
  title: 'A frame in Geneve with three options: policy, telemetry, identity',
  guide: 'What are examples of Geneve TLV options?',
  about:
    'As in VXLAN, the frame of VM1 gets outer headers (10.0.0.1 → 10.0.0.2, UDP port 6081, VNI 5000); ' +
    'behind Geneve\'s 8 bytes come the guide\'s options: class 0x0102 type 1 "policy-xyz-123", 0x0103 ' +
    'type 2 "latency=5ms, hop=3", 0x0104 type 3 "workload=frontend-abc", each padded with zeros to a ' +
    'multiple of four bytes, 72 in all with their headers. No bit says that a receiver must know ' +
    'them (critical): one that does not skips them. IANA has assigned the classes of the guide to ' +
    'others: 0x0102 to Open Virtual Networking (OVN), 0x0103 to In-band Network Telemetry (INT), ' +
    '0x0104 to VMware; so Wireshark calls them. The outer UDP checksum is 0, as Linux and Open ' +
    'vSwitch have it; RFC 8926 §3.3 would rather see it computed.',
  label: nameInner,
  play(lab) {
    const mac = '52:54:00:00:00:0a';
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS, { mac, mtu: 1378 });
    const { vtep1, vtep2, r1, r2 } = overlay(lab, { kind: 'geneve' });
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS, { mtu: 1378 });
    const workload = {
      policy: 'policy-xyz-123',
      telemetry: 'latency=5ms, hop=3',
      identity: 'workload=frontend-abc',
    };
    vtep1.addSegment(5000, { policy: new WorkloadPolicy({ workloads: { [mac]: workload } }) });
    vtep2.addSegment(5000);
    plug(vtep1, 5000, vm1);
    plug(vtep2, 5000, vm2);
    introduce(5000, [vtep1, vm1], [vtep2, vm2]);
    listen(vm2, 7000, 'The letter is here, without the sticky notes');
    say(vm1, VM2_ADDRESS, 7000, 'To: the backend');
    lab.runFor(2 * LATENCY);
    lab.remark([r1, r2], 'Physical network\nsees only IP traffic');
    lab.run();
  },
};
