/** How end points find each other without being told: they flood, by a group or by a list, and learn. */
import { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import { Switch } from '../lab/switch.js';
import { Vtep } from '../lab/vtep.js';
import { gigabit } from './cables.js';
import { LATENCY, nameInner, newVm, plug, VM1_ADDRESS, VM2_ADDRESS } from './overlay.js';
import type { Scenario } from './scenario.js';

/** The group of VNI 5000. */
const GROUP = '239.1.1.1';

export const vxlanFloodAndLearn: Scenario = {
  name: 'vxlan-flood-and-learn',
  title: 'End points join a multicast group, flood ARP to it, and learn from what comes back',
  guide: 'How do VTEPs discover each other?',
  about:
    'Three end points join 239.1.1.1, the group of VNI 5000, by IGMP. VM1 asks who has 192.168.10.6: ' +
    'VTEP1 sends that one time, to the group; the switch carries it to all, and both others learn ' +
    'that VM1 is behind 10.0.0.1. VM2 answers to VTEP1 alone, which learns in turn: from then on ' +
    'nothing is flooded. Then the same without multicast: VNI 5001 has a list of end points, and ' +
    'VTEP1 sends a copy to each (head-end replication).',
  label: nameInner,
  play(lab) {
    const vm1 = newVm(lab, 'VM1', VM1_ADDRESS);
    const vm4 = newVm(lab, 'VM4', '192.168.11.5');
    const { sw, vteps } = onSwitch(lab, 3);
    const [vtep1, vtep2, vtep3] = vteps as [Vtep, Vtep, Vtep];
    for (const vtep of vteps) {
      vtep.addSegment(5000, { group: GROUP });
      lab.run();
    }
    const vm2 = newVm(lab, 'VM2', VM2_ADDRESS);
    plug(vtep1, 5000, vm1);
    plug(vtep2, 5000, vm2);
    plug(vtep3, 5000, newVm(lab, 'VM3', '192.168.10.7'));
    lab.remark([vtep1, vtep3], `VNI 5000 = group ${GROUP}`);
    vm1.ping(VM2_ADDRESS);
    lab.run();
    lab.remark([vm1, vm2], 'Future traffic is unicast,\nnot flooded');
    vm1.ping(VM2_ADDRESS);
    lab.run();

    for (const vtep of vteps)
      vtep.addSegment(5001, { remotes: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] });
    plug(vtep1, 5001, vm4);
    plug(vtep2, 5001, newVm(lab, 'VM5', '192.168.11.6'));
    lab.remark(
      [vtep1, vtep3],
      'VNI 5001: no multicast in the underlay.\nA list of VTEPs, a copy to each',
    );
    vm4.ping('192.168.11.6');
    lab.run();
    lab.remark([sw], 'The physical network saw IP packets only');
  },
};

/** End points 10.0.0.1 … in one network of the underlay, and others who are to be there. */
export function onSwitch(
  lab: Lab,
  count: number,
  servers: Readonly<Record<string, string>> = {},
): { sw: Switch; vteps: Vtep[]; hosts: Host[] } {
  const names = Object.keys(servers);
  const vteps = Array.from(
    { length: count },
    (_, i) =>
      new Vtep(lab, `VTEP${i + 1}`, {
        interfaces: { eth0: { address: `10.0.0.${i + 1}/24` } },
        tunnel: { kind: 'vxlan', local: `10.0.0.${i + 1}` },
      }),
  );
  const sw = new Switch(lab, 'SW', { title: 'Switch', ports: count + names.length });
  const hosts = names.map(
    (name) => new Host(lab, name, { interfaces: { eth0: { address: `${servers[name]}/24` } } }),
  );
  for (const [i, device] of [...vteps, ...hosts].entries()) {
    lab.connect(device.port('eth0'), sw.port(`${i + 1}`), gigabit(LATENCY));
  }
  return { sw, vteps, hosts };
}
