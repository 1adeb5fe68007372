/** VLANs keep hosts of one switch apart, and share the cable between two. */
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import type { Crossing } from '../lab/recorder.js';
import { Switch } from '../lab/switch.js';
import { addVlanPort } from '../lab/vlan-port.js';
import { frameText } from '../lab/words.js';
import { parse } from '../packet/parse.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

export const vlan: Scenario = {
  name: 'vlan',
  title: 'Hosts in VLAN 10 and VLAN 20 of the same switches do not hear each other',
  guide: 'Can you walk through a VLAN example?',
  about:
    'Host A tags its frames itself, with an interface eth0.10. Ports 2 and 3 of the switch are ' +
    'access ports of VLAN 10 and 20: B and C see no tags, and C does not see what A and B say, ' +
    'broadcasts included. Port 4 is a trunk to a second switch, where D is in VLAN 20: between the ' +
    'switches every frame has a tag, and A’s broadcast ends at the second one, which has nobody in ' +
    'VLAN 10.',
  label: nameFrame,
  play(lab) {
    const cable = gigabit(5 * MICROSECOND);
    const host = (name: string, vid: number, mac: string, address?: string): Host =>
      new Host(lab, name, {
        title: `Host ${name} (VLAN ${vid})`,
        interfaces: { eth0: { mac, ...(address === undefined ? {} : { address }) } },
      });
    const a = host('A', 10, 'aa:aa:aa:aa:aa:aa');
    a.addAddresses(addVlanPort(a.port('eth0'), 10), '192.168.10.5/24');
    const sw = new Switch(lab, 'SW', {
      title: 'Switch',
      ports: { 1: { trunk: [10] }, 2: { access: 10 }, 3: { access: 20 }, 4: { trunk: [10, 20] } },
    });
    const b = host('B', 10, 'ba:bb:bb:bb:bb:bb', '192.168.10.6/24');
    const c = host('C', 20, 'cc:cc:cc:cc:cc:cc', '192.168.20.5/24');
    const sw2 = new Switch(lab, 'SW2', {
      title: 'Switch 2',
      ports: { 1: { trunk: [10, 20] }, 2: { access: 20 } },
    });
    const d = host('D', 20, 'da:dd:dd:dd:dd:dd', '192.168.20.6/24');
    for (const [i, one] of [a, b, c].entries()) {
      lab.connect(one.port('eth0'), sw.port(`${i + 1}`), cable);
    }
    lab.connect(sw.port('4'), sw2.port('1'), cable);
    lab.connect(sw2.port('2'), d.port('eth0'), cable);

    lab.remark([a, c], 'Port 1 & 2: VLAN 10\nPort 3: VLAN 20');
    a.ping('192.168.10.6');
    lab.run();
    lab.remark([sw, c], 'Frame NOT sent to C\n(Different VLAN)');
    lab.remark([a, c], "Broadcast isolation!\nC never sees A's traffic");
    lab.remark([c, d], 'C to D: the same cable between the switches, with VLAN 20 tags');
    c.ping('192.168.20.6');
    lab.run();
  },
};

/** What has a tag is called by it, and by what it carries. */
function nameFrame({ from, label, bytes }: Crossing): string | undefined {
  const tag = parse(bytes).layer('dot1q');
  const text = frameText(bytes).replace(/^VLAN \d+: /, '');
  if (tag !== undefined) return `Frame with VLAN ${tag.vid} tag\n${text}`;
  return label === '' || !(from.device instanceof Switch) ? undefined : `${label}\n${text}`;
}
