/** What does not fit the tunnel: 50 bytes of headers in an MTU of 1500. */
import type { Host } from '../lab/host.js';
import type { PingOptions } from '../lab/ip/ping.js';
import type { Lab } from '../lab/lab.js';
import type { TunnelOptions } from '../lab/tunnel/tunnel-options.js';
import { introduce, nameInner, newVm, type Overlay, overlay, plug } from './overlay.js';
import type { Scenario } from './scenario.js';

/** The MTU of the VMs of each VNI, from 5000. */
const MTUS = [1450, 1500, 1500, 1500, 1500];

/** `ping -M do -s 1472`: 1,500 bytes with the headers of ICMP and IP, not to be cut. */
const QUICK_TEST: PingOptions = { size: 1472, dontFragment: true };

export const vxlanMtu: Scenario = {
  name: 'vxlan-mtu',
  title: 'ping -M do -s 1472 through VXLAN: overlay MTU 1450 or 1500, underlay MTU 1500 or 1550',
  guide: 'How do I avoid VXLAN fragmentation?',
  about:
    "VXLAN takes 50 bytes of the underlay's MTU: 20 IP, 8 UDP, 8 VXLAN and 14 of the inner Ethernet " +
    'header (the outer one is not counted by an MTU; the guide lists that instead, which is as long). ' +
    'Five times, between VM1 and VM2: (1) overlay MTU 1450: the VM itself says "message too long"; ' +
    '1,422 bytes go through. (2) The VM believes in 1500, the tunnel device has 1450: the bridge ' +
    'drops in silence, small frames pass: the operator smell. (3) The tunnel device has 1500 too, ' +
    'which Linux allows where it was made without `dev`: the end point answers "fragmentation ' +
    'needed", MTU 1450, as Linux does since 5.9. (4) The same without DF (`-M dont`): the outer packet ' +
    'is cut in two, and put together again by the other end. (5) Underlay MTU 1550: all is well.',
  label: nameInner,
  play(lab) {
    const vms = (vm: number, last: number): Host[] =>
      MTUS.map((mtu, n) => newVm(lab, `VM${vm}-${5000 + n}`, `192.168.${10 + n}.${last}`, { mtu }));
    const vm1s = vms(1, 5);
    const net = overlay(lab, { kind: 'vxlan' });
    const vm2s = vms(2, 6);
    const pair = (vni: number, options: Omit<TunnelOptions, 'vni'> = {}): Host => {
      const [vm1, vm2] = [vm1s, vm2s].map((all) => all[vni - 5000]) as [Host, Host];
      plugPair(net, vni, vm1, vm2, options);
      return vm1;
    };
    const say = (text: string): void => lab.remark([net.vtep1, net.vtep2], text);

    say('1. Overlay MTU 1450, underlay MTU 1500');
    const small = pair(5000);
    ping(lab, small, '-M do -s 1472', QUICK_TEST);
    ping(lab, small, '-M do -s 1422', { ...QUICK_TEST, size: 1422 });

    say('2. VMs have MTU 1500, the tunnel 1450');
    const silent = pair(5001);
    ping(lab, silent, '-s 56', { size: 56 });
    ping(lab, silent, '-M do -s 1472', QUICK_TEST);
    net.vtep1.note('1500 bytes, and vxlan5001 has MTU 1450: the bridge drops it, and tells nobody');

    say('3. VMs and tunnel have MTU 1500, underlay MTU 1500');
    const told = pair(5002, { dev: false });
    ping(lab, told, '-M do -s 1472', QUICK_TEST);

    say('4. The same without DF: the outer packet is cut');
    const cut = pair(5003, { dev: false });
    ping(lab, cut, '-M dont -s 1472', { size: 1472, dontFragment: false });

    say('5. Underlay MTU 1550');
    for (const port of net.underlay) port.mtu = 1550;
    const well = pair(5004);
    ping(lab, well, '-M do -s 1472', QUICK_TEST);
  },
};

/** Gives both ends a VNI, `vm1` to the one and `vm2` to the other. */
function plugPair(
  { vtep1, vtep2 }: Overlay,
  vni: number,
  vm1: Host,
  vm2: Host,
  options: Omit<TunnelOptions, 'vni'>,
): void {
  vtep1.addSegment(vni, options);
  vtep2.addSegment(vni, options);
  plug(vtep1, vni, vm1);
  plug(vtep2, vni, vm2);
  introduce(vni, [vtep1, vm1], [vtep2, vm2]);
}

function ping(lab: Lab, vm: Host, how: string, options: PingOptions): void {
  const own = vm.ip.interfaces.flatMap(({ addresses }) => addresses)[0]?.address ?? 0;
  const dst = `192.168.${(own >>> 8) & 255}.6`;
  vm.note(`ping ${how} ${dst}`);
  const started = vm.ping(dst, options);
  lab.run();
  vm.note(started.print().join('\n'));
}
