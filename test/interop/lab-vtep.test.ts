/**
 * A tunnel end point of a running lab, and the Linux kernel's `vxlan` device: the one's VM and the
 * other's address are on one overlay. Neither is told where the other's stations are.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/reader.js';
import { parse } from '../../src/packet/parse.js';
import { attachLab } from './support/attached-lab.js';
import { describeInNamespace, Namespace } from './support/namespace.js';
import { wire } from './support/wire.js';

const VM = '192.168.10.5';
const VM_MAC = 'aa:aa:aa:aa:aa:aa';
const KERNEL_MAC = 'ba:bb:bb:bb:bb:bb';

/** VNI 5001 is flooded by a multicast group. */
const GROUP = '239.1.1.1';
const GROUP_VM = '192.168.11.5';

/** The lab has VTEP1 and its VM; the kernel is VTEP2, 10.0.0.2, and 192.168.10.6 on the overlay. */
const LAB = `
devices:
  VM1:
    kind: host
    interfaces: { eth0: { address: ${VM}/24, mac: '${VM_MAC}', mtu: 1450 } }
    services: { tcp/80: http }
  VM2:
    kind: host
    interfaces: { eth0: { address: ${GROUP_VM}/24, mtu: 1450 } }
  VTEP1:
    kind: vtep
    interfaces: { eth0: { address: 10.0.0.1/24 } }
    tunnel: { kind: vxlan, local: 10.0.0.1 }
    segments: { 5000: { remotes: [10.0.0.2] }, 5001: { group: ${GROUP} } }
links:
  - [VM1:eth0, VTEP1:vni5000]
  - [VM2:eth0, VTEP1:vni5001]
  - { ends: [VTEP1:eth0, outside], name: uplink }
`;

const KERNEL = `
${wire('v0', 'v1')}
ip link set lo up
ip address add 10.0.0.2/24 dev v0
ip link add vx address ${KERNEL_MAC} type vxlan id 5000 dstport 4789 local 10.0.0.2 remote 10.0.0.1 dev v0
ip address add 192.168.10.6/24 dev vx
ip link set vx up
ip link add vg type vxlan id 5001 dstport 4789 local 10.0.0.2 group ${GROUP} dev v0
ip address add 192.168.11.6/24 dev vg
`;

const PAGE = `
const response = await fetch('http://${VM}/index.html');
console.log(response.status, await response.text());
`;

describeInNamespace({ devices: ['veth', 'vxlan'], tools: ['socat', 'ping', 'ethtool', 'bridge'] })(
  'a VTEP of the lab and the Linux kernel',
  () => {
    let namespace: Namespace;
    let lab: ChildProcessWithoutNullStreams;
    let ended: Promise<unknown>;

    beforeAll(async () => {
      namespace = await Namespace.open();
      await namespace.script(KERNEL);
      writeFileSync(join(namespace.folder, 'lab.yaml'), LAB);
      ({ lab, ended } = await attachLab(namespace, 'lab.yaml', VM, ['--tables']));
    });
    afterAll(() => namespace?.close());

    it('leaves the MTU that the kernel leaves: 1450', async () => {
      expect(await namespace.script('ip link show dev vx')).toContain('mtu 1450');
      const ping = await namespace.script(`ping -c 3 -i 0.01 -M do -s 1422 ${VM}`);
      expect(ping).toMatch(/1430 bytes from[\s\S]*3 received, 0% packet loss/);
    });

    it('is learned by the kernel as the place of its VM', async () => {
      const entries = await namespace.script('bridge fdb show dev vx');
      expect(entries).toMatch(new RegExp(`^${VM_MAC} dst 10\\.0\\.0\\.1 .*self`, 'm'));
    });

    it('carries a page of its VM over TCP', async () => {
      const command = [process.execPath, '--input-type=module', '-e', PAGE];
      expect(await namespace.run(command)).toBe('200 VM1: /index.html\n\n');
    });

    it('finds the kernel, and is found, by a multicast group', async () => {
      // Now that the lab hears it: the kernel joins the group.
      const ping = await namespace.script(`ip link set vg up; ping -c 3 -i 0.01 -W 2 ${GROUP_VM}`);
      expect(ping).toContain('3 received, 0% packet loss');
      const entries = await namespace.script('bridge fdb show dev vg');
      expect(entries).toMatch(
        new RegExp(`^00:00:00:00:00:00 dst ${GROUP} via v0 self permanent`, 'm'),
      );
      expect(entries).toMatch(/dst 10\.0\.0\.1 self/);
    });

    it('has learned where the kernel is, and found nothing wrong with what it sent', async () => {
      let said = '';
      lab.stdout.on('data', (part) => {
        said += String(part);
      });
      lab.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(said).toContain(`${KERNEL_MAC} dst 10.0.0.2 self`);
      const bytes = new Uint8Array(readFileSync(join(namespace.folder, 'lab.pcapng')));
      const ways = new Set<string>();
      const joined = new Set<string>();
      for await (const { data } of await openCapture(bytes)) {
        const packet = parse(data);
        expect(packet.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
        const outer = packet.layer('ipv4');
        const [record] = packet.layer('igmp')?.message.records ?? [];
        if (record?.group === GROUP) joined.add(`${outer?.src} ${record.type}`);
        if (packet.layer('vxlan') !== undefined) ways.add(`${outer?.src} → ${outer?.dst}`);
      }
      expect([...ways].sort()).toEqual([
        '10.0.0.1 → 10.0.0.2',
        '10.0.0.2 → 10.0.0.1',
        '10.0.0.2 → 239.1.1.1',
      ]);
      // Both say so in the same words: 4 is "to exclude nobody".
      expect([...joined].sort()).toEqual(['10.0.0.1 4', '10.0.0.2 4']);
    });
  },
);
