/** Options count against the MTU: 100 bytes of them. */
import { type Workload, WorkloadPolicy } from '../lab/tunnel/policy.js';
import { introduce, nameInner, newVm, overlay, plug, VM1_ADDRESS, VM2_ADDRESS } from './overlay.js';
import type { Scenario } from './scenario.js';

/** Options of 20, 24 and 56 bytes with their headers and padding: 100. */
const WORKLOAD: Workload = {
  policy: 'policy-xyz-123',
  telemetry: 'latency=5ms, hop=3',
  identity: 'workload=frontend-abc, namespace=production, node=1',
};
const VM1_MAC = '52:54:00:00:00:0a';
const VM2_MAC = '52:54:00:00:00:0b';
const policy = new WorkloadPolicy({
  workloads: { [VM1_MAC]: WORKLOAD, [VM2_MAC]: WORKLOAD },
  verdicts: { 'policy-xyz-123': 'allow' },
});

export const geneveMtu: Scenario = {
  name: 'geneve-mtu',
  title: 'With 100 bytes of options an underlay MTU of 1600 is too small, and 1650 is enough',
  guide: 'What are the MTU considerations for Geneve?',
  about:
    'An inner packet of 1,500 bytes, its Ethernet header (14), Geneve (8), 100 bytes of options, UDP ' +
    '(8) and IP (20) make an outer packet of 1,650 bytes. The guide says 1600, which counts the ' +
    'options alone. With 1600 the end point answers that 1450 bytes fit; with ' +
    '1650 the ping goes through. The options are those of the scenario geneve, in classes that IANA ' +
    'has assigned to others (OVN, INT and VMware, as Wireshark calls them), with a longer identity.',
  label: nameInner,
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS, { mac: VM1_MAC, mtu: 1500 });
    const net = overlay(lab, { kind: 'geneve', mtu: 1600 });
    const { vtep1, vtep2 } = net;
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS, { mac: VM2_MAC, mtu: 1500 });
    for (const vtep of [vtep1, vtep2]) vtep.addSegment(5000, { policy, mtu: 1500 });
    plug(vtep1, 5000, vm1);
    plug(vtep2, 5000, vm2);
    introduce(5000, [vtep1, vm1], [vtep2, vm2]);
    for (const mtu of [1600, 1650]) {
      lab.remark([vtep1, vtep2], `Underlay MTU ${mtu}, 100 bytes of options`);
      for (const port of net.underlay) port.mtu = mtu;
      vm1.note(`ping -M do -s 1472 ${VM2_ADDRESS}`);
      // What the VM was told of the path ten minutes ago is forgotten by then.
      if (mtu > 1600) lab.runFor(601_000_000_000);
      const ping = vm1.ping(VM2_ADDRESS, { size: 1472, dontFragment: true });
      lab.run();
      vm1.note(ping.print().join('\n'));
    }
  },
};
