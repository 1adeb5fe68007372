/** The lab's tables and those that iproute2 and ss print of the same network in the Linux kernel. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Bridge } from '../../src/lab/bridge/bridge.js';
import { Host } from '../../src/lab/host.js';
import { addressOf } from '../../src/lab/ip/stack.js';
import { Lab } from '../../src/lab/lab.js';
import { veth } from '../../src/lab/namespace.js';
import { TunnelEndPoint } from '../../src/lab/tunnel/end-point.js';
import { describeInNamespace, Namespace, untilSaid } from './support/namespace.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Ports in the order made, which is that of Linux's ifindex: of a veth pair the peer is first. */
const PORTS = ['wire', 'eth0', 'c1', 'p1', 'c2', 'p2', 'br0', 'vxlan5000', 'vxlan5001'] as const;
const macOf = (name: string): string =>
  `02:00:00:00:01:0${PORTS.indexOf(name as (typeof PORTS)[number])}`;
const NEIGHBOUR = '02:00:00:00:02:02';
const FAR_VM = '02:00:00:00:02:03';

/** The one in the kernel: a VTEP with a bridge; the far end of `p2` is down. */
const SCRIPT = `
pair() {
  ip link add $2 address $4 type veth peer name $1 address $3
}
ip link set lo up
pair wire eth0 ${macOf('wire')} ${macOf('eth0')}
pair c1 p1 ${macOf('c1')} ${macOf('p1')}
pair c2 p2 ${macOf('c2')} ${macOf('p2')}
ip link add br0 address ${macOf('br0')} type bridge
ip link add vxlan5000 address ${macOf('vxlan5000')} type vxlan id 5000 local 10.0.0.1 dev eth0 dstport 4789 noudpcsum proxy
ip link add vxlan5001 address ${macOf('vxlan5001')} type vxlan id 5001 local 10.0.0.1 dstport 8472 udpcsum nolearning df set ttl 9
ip link set vxlan5001 mtu 1500
for port in p1 p2 vxlan5000; do ip link set $port master br0; done
for port in wire eth0 c1 p1 p2 br0 vxlan5000 vxlan5001; do ip link set $port up; done
bridge link set dev p1 hairpin on isolated on
ip address add 10.0.0.1/24 dev eth0
ip address add 10.0.3.1/24 dev eth0
ip address add 10.0.0.5/24 dev eth0
ip address add 10.0.4.7/32 dev eth0
ip address add 192.168.10.1/24 dev br0
ip address add 192.168.20.1/24 dev c2
ip route add default via 10.0.0.254
ip route add 10.5.0.0/16 via 10.0.0.2 metric 5
ip route add 10.5.1.0/24 dev eth0
ip route add 10.6.0.0/16 via 10.0.0.2 src 10.0.3.1
ip neighbour add 10.0.0.2 lladdr ${NEIGHBOUR} dev eth0 nud permanent
ip neighbour add 192.168.10.6 lladdr ${FAR_VM} dev vxlan5000 nud permanent
bridge fdb append 00:00:00:00:00:00 dev vxlan5000 dst 10.0.0.2
bridge fdb add ${FAR_VM} dev vxlan5000 dst 10.0.0.2
`;

/** Listens at these ports until it is killed. */
const SOCKETS = `
const sockets = [];
for (const port of [80, 8080]) sockets.push(new Promise((done) =>
  require('node:net').createServer().listen({ port, host: '0.0.0.0', backlog: 128 }, done)));
for (const port of [53, 54321]) sockets.push(new Promise((done) =>
  require('node:dgram').createSocket('udp4').bind(port, '0.0.0.0', done)));
Promise.all(sockets).then(() => console.log('ready'));
`;

/** The same one in the lab. */
function inLab(): Host {
  const lab = new Lab();
  const host = new Host(lab, 'H');
  const add = (name: string) => host.addPort(name, { mac: macOf(name) });
  const pair = (peer: string, name: string) => veth(lab, add(peer), add(name));
  pair('wire', 'eth0');
  pair('c1', 'p1');
  pair('c2', 'p2');
  const [eth0, c2] = [host.port('eth0'), host.port('c2')];
  host.addAddresses(eth0, ['10.0.0.1/24', '10.0.3.1/24', '10.0.0.5/24', '10.0.4.7/32']);
  const bridge = new Bridge(host, 'br0', { self: { mac: macOf('br0') } });
  const options = { kind: 'vxlan', local: '10.0.0.1' } as const;
  const endPoint = new TunnelEndPoint(host, options);
  const vxlan = endPoint.addTunnel('vxlan5000', { vni: 5000, mac: macOf('vxlan5000') });
  const outer = { port: 8472, df: 'set', ttl: 9, checksum: true } as const;
  new TunnelEndPoint(host, { ...options, ...outer }).addTunnel('vxlan5001', {
    ...{ vni: 5001, mac: macOf('vxlan5001'), mtu: 1500, learning: false },
  });
  bridge.addPort(host.port('p1'), { hairpin: true, isolated: true });
  bridge.addPort(host.port('p2'));
  bridge.addPort(vxlan.port);
  c2.up = false;
  host.addAddresses(bridge.self, '192.168.10.1/24');
  host.addAddresses(c2, '192.168.20.1/24');
  host.ip.addRoute('default', { via: '10.0.0.254' });
  host.ip.addRoute('10.5.0.0/16', { via: '10.0.0.2', metric: 5 });
  host.ip.addRoute('10.5.1.0/24', { dev: 'eth0' });
  host.ip.addRoute('10.6.0.0/16', { via: '10.0.0.2', src: '10.0.3.1' });
  const neighbours = host.ip.interfaceOf(eth0).neighbours;
  neighbours.setPermanent(addressOf('10.0.0.2'), Number(`0x${NEIGHBOUR.replaceAll(':', '')}`));
  vxlan.addNeighbour('192.168.10.6', FAR_VM);
  vxlan.addFlood('10.0.0.2');
  vxlan.addEntry(FAR_VM, '10.0.0.2');
  for (const port of [8080, 80]) host.tcp.listen(port, { accept: () => ({}) });
  for (const port of [54321, 53]) host.udp.bind(port);
  return host;
}

/**
 * Lines without what only Linux has: blanks at their ends and blank lines, IPv6 and the groups that
 * devices listen to, timers, and the congestion control that its TCP is set to.
 */
function comparable(text: string): string[] {
  return text
    .split('\n')
    .map((line) =>
      line
        .trimEnd()
        .replace(' ::1/128', '')
        .replace(/(_timer) +[\d.]+/g, '$1 0.00')
        .replace(/^\t (\w+) cwnd/, '\t reno cwnd'),
    )
    .filter((line) => line !== '' && !/^(01:00:5e|33:33):/.test(line));
}

describeInNamespace({ devices: ['veth', 'vxlan'], tools: ['ip', 'bridge', 'ss'] })(
  'tables of the lab',
  () => {
    let namespace: Namespace;
    const host = inLab();
    beforeAll(async () => {
      namespace = await Namespace.open();
      await namespace.script(SCRIPT);
      const sockets = namespace.start([process.execPath, '-e', SOCKETS]);
      await untilSaid(sockets, 'stdout', 'ready');
    });
    afterAll(() => namespace?.close());

    const inKernel = async (command: string): Promise<string[]> =>
      comparable(await namespace.run(command.split(' ')));
    const printed = (command: string): string[] => {
      const found = host.tables().find(({ title }) => title === command);
      return comparable((found?.lines ?? [`no table ${command}`]).join('\n'));
    };

    it.each([
      'ip -br address',
      'ip route',
      'bridge -d link show master br0',
      'ip -d link show dev vxlan5000',
      'ip -d link show dev vxlan5001',
      'ip neigh show dev vxlan5000',
    ])('print %s as iproute2 does', async (command) => {
      expect(printed(command)).toEqual(await inKernel(command));
    });

    it.each(['bridge fdb show dev vxlan5000', 'bridge fdb show br br0', 'ss -tain', 'ss -uan'])(
      'print %s as Linux does, but for the order of its hash tables',
      async (command) => {
        const lines = await inKernel(command);
        // The bridge's table shows what a tunnel below it knows too: that has a table of its own here.
        const own = lines.filter((line) => !/ dev vxlan\d+ dst /.test(line));
        expect(printed(command).sort()).toEqual(own.sort());
      },
    );

    it('print ip neigh as Linux does, but for those of tunnels, which have a table of their own', async () => {
      const lines = await inKernel('ip neigh');
      expect(printed('ip neigh')).toEqual(lines.filter((line) => !line.includes('vxlan')));
    });

    it('show a tunnel without dev where its MTU is more than Linux lets one have', async () => {
      await expect(
        namespace.run(['ip', 'link', 'set', 'vxlan5000', 'mtu', '1451']),
      ).rejects.toThrow(/RTNETLINK answers: Invalid argument/);
      await namespace.run(['ip', 'link', 'set', 'vxlan5000', 'mtu', '1450']);
      expect(printed('ip -d link show dev vxlan5000').join()).toContain(' dev eth0 ');
      expect(printed('ip -d link show dev vxlan5001').join()).not.toContain(' dev ');
    });
  },
);
