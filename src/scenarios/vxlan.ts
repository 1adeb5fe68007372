/** A frame in an envelope: VM1 to VM2 through VXLAN. */
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

export const vxlanScenario: Scenario = {
  name: 'vxlan',
  title: 'A frame from VM1 to VM2 in a VXLAN tunnel, VNI 5000, over two routers',
  guide: 'Can you walk through a VXLAN example flow?',
  about:
    'VM1 (192.168.10.5) sends a frame to VM2 (192.168.10.6). VTEP1 looks up where VM2 is, puts outer ' +
    'headers in front (10.0.0.1 → 10.0.0.2, UDP port 4789, VNI 5000), and two routers carry the ' +
    'packet as any other: the inner frame, its TTL too, comes out of VTEP2 as it went in. The UDP ' +
    'source port is the hash of the inner flow, for routers that share load; the checksum is 0, as ' +
    'RFC 7348 has it. All know their neighbours here, and the end points know the VMs, so there is ' +
    'no ARP and nothing to learn.',
  label: nameInner,
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS);
    const { vtep1, vtep2, r1, r2 } = overlay(lab, { kind: 'vxlan' });
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS);
    vtep1.addSegment(5000);
    vtep2.addSegment(5000);
    plug(vtep1, 5000, vm1);
    plug(vtep2, 5000, vm2);
    introduce(5000, [vtep1, vm1], [vtep2, vm2]);
    listen(vm2, 7000, 'The letter is here: the outer envelope was never seen');

    lab.remark([vm1, vm2], 'VMs on same L2 segment');
    say(vm1, VM2_ADDRESS, 7000, 'To: the apartment 192.168.10.6');
    lab.runFor(2 * LATENCY);
    lab.remark([r1, r2], 'Physical network\nsees only IP traffic');
    lab.run();
    lab.remark([vm1, vm2], 'VM2 receives frame\nas if on same switch');
  },
};
