/** A switch learns which MAC address is behind which port, and stops flooding. */
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import type { Crossing } from '../lab/recorder.js';
import { Switch } from '../lab/switch.js';
import { acquaint } from './acquaint.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

/** What leaves the hosts, in the guide's words. */
const LABELS: Readonly<Record<string, string>> = {
  A: 'Frame from AA:AA to BA:BB',
  B: 'Reply from BA:BB to AA:AA',
};

export const macLearning: Scenario = {
  name: 'mac-learning',
  title: 'A switch floods the first frame, learns both addresses, and forwards the rest',
  guide: 'How does MAC learning work on a switch?',
  about:
    'Host A sends a frame to Host B. The switch has not seen B yet: it floods the frame, which Host ' +
    'C gets too and ignores, and learns that A is behind port 1. The reply tells it where B is; from ' +
    'then on C hears nothing. The hosts know each other’s MAC addresses already, so that no ARP ' +
    'comes first. The guide has BB:BB:BB:BB:BB:BB for Host B: that is a group address, which no ' +
    'switch learns. Here it is BA:BB:BB:BB:BB:BB.',
  label: ({ from }: Crossing) => LABELS[from.device.name],
  play(lab) {
    const host = (name: string, mac: string, address: string): Host =>
      new Host(lab, name, { title: `Host ${name}`, interfaces: { eth0: { mac, address } } });
    const a = host('A', 'aa:aa:aa:aa:aa:aa', '192.168.1.10/24');
    const sw = new Switch(lab, 'SW', { title: 'Switch', ports: 3 });
    const b = host('B', 'ba:bb:bb:bb:bb:bb', '192.168.1.20/24');
    const c = host('C', 'cc:cc:cc:cc:cc:cc', '192.168.1.30/24');
    for (const [i, one] of [a, b, c].entries()) {
      lab.connect(one.port('eth0'), sw.port(`${i + 1}`), gigabit(5 * MICROSECOND));
    }
    acquaint(a.port('eth0'), b.port('eth0'));
    acquaint(b.port('eth0'), a.port('eth0'));
    sw.note('MAC table: empty');
    a.ping('192.168.1.20');
    lab.run();
    lab.remark([sw], 'Future A↔B traffic\nis unicast, not flooded');
    a.ping('192.168.1.20');
    lab.run();
  },
};
