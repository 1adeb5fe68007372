/** How many VLANs there can be: what becomes of the first id, the last, and those beyond. */
import { PacketError } from '../bytes/error.js';
import { dot1q } from '../headers/dot1q.js';
import { ethernet } from '../headers/ethernet.js';
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import type { Crossing } from '../lab/recorder.js';
import { Switch } from '../lab/switch.js';
import { addVlanPort } from '../lab/vlan-port.js';
import { frameText } from '../lab/words.js';
import { build } from '../packet/build.js';
import { parse } from '../packet/parse.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

const A_MAC = 'aa:aa:aa:aa:aa:aa';
const B_MAC = 'ba:bb:bb:bb:bb:bb';

export const vlanLimit: Scenario = {
  name: 'vlan-limit',
  title: 'VLAN ids 1 and 4094 work, 0 and 4095 do not: 4,094 networks, where a VNI has 16,777,216',
  guide: 'What were the constraints of VLANs?',
  about:
    'A tag has 12 bits for the VLAN: 4,096 numbers. 0 says that a frame has a priority and no VLAN, ' +
    'and 4095 is reserved, so there are 4,094. Hosts A and B are on a switch whose two ports carry ' +
    'them all; they speak in VLAN 1 and in VLAN 4094. A frame with id 0 comes to B without its tag, ' +
    'as one that never had one; a frame with id 4095 is dropped at the port; and no interface with ' +
    'either id can be made. The VNI of VXLAN and Geneve has 24 bits: 16,777,216 networks.',
  label: nameFrame,
  play(lab) {
    const host = (name: string, mac: string, last: number): Host => {
      const made = new Host(lab, name, { title: `Host ${name}`, interfaces: { eth0: { mac } } });
      for (const [vid, network] of [
        [1, '10.0.1'],
        [4094, '10.40.94'],
      ] as const) {
        made.addAddresses(addVlanPort(made.port('eth0'), vid), `${network}.${last}/24`);
      }
      return made;
    };
    const a = host('A', A_MAC, 5);
    const sw = new Switch(lab, 'SW', {
      title: 'Switch',
      // Frames without a tag are in VLAN 2 here, so that they are not mistaken for those of VLAN 1.
      ports: { 1: { trunk: 'all', native: 2 }, 2: { trunk: 'all', native: 2 } },
    });
    const b = host('B', B_MAC, 6);
    lab.connect(a.port('eth0'), sw.port('1'), gigabit(5 * MICROSECOND));
    lab.connect(sw.port('2'), b.port('eth0'), gigabit(5 * MICROSECOND));

    lab.remark([a, b], 'VLAN 1: the first');
    a.ping('10.0.1.6');
    lab.run();
    lab.remark([a, b], 'VLAN 4094: the last');
    a.ping('10.40.94.6');
    lab.run();
    for (const vid of [0, 4095]) {
      lab.remark([a, b], `VLAN ${vid}`);
      a.note(refusal(a, vid));
      const frame = build([
        ethernet({ src: A_MAC, dst: B_MAC }),
        dot1q({ vid }),
        new Uint8Array(46),
      ]);
      a.port('eth0').send(lab.frames.of(frame));
      lab.run();
    }
    lab.remark([a, b], '12 bits: 4,096 - 2 = 4,094 VLANs\nA VNI: 24 bits: 16,777,216');
  },
};

/** What a host says of an interface that it can't have. */
function refusal(host: Host, vid: number): string {
  try {
    addVlanPort(host.port('eth0'), vid);
  } catch (error) {
    if (error instanceof PacketError) return error.message;
    throw error;
  }
  return '';
}

/** The frames with odd ids carry nothing that has a name. */
function nameFrame({ bytes }: Crossing): string {
  const packet = parse(bytes);
  if (packet.layer('arp') !== undefined || packet.layer('ipv4') !== undefined) {
    return frameText(bytes);
  }
  const tag = packet.layer('dot1q');
  return tag === undefined ? 'Frame without a tag' : `Frame with VLAN id ${tag.vid}`;
}
