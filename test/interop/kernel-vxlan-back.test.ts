/** The kernel's VXLAN into us: every frame decodes without a problem, and is as we would make it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decapsulate } from '../../src/encap/decapsulate.js';
import { DECAPSULATION, Decapsulation } from '../../src/encap/decapsulation.js';
import { DecapsulationRules } from '../../src/encap/decapsulation-rules.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { type ArpView, arp, decodeArp } from '../../src/headers/arp.js';
import { decodeIcmp, type IcmpView, icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { vxlanProtocol } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { IpReassembler } from '../../src/reassembly/ip-reassembler.js';
import { runHere } from '../cli/here.js';
import { framesIn } from '../cli/tunnel-captures.js';
import { parsed } from '../reassembly/fragments.js';
import { codesOf } from '../support/problems.js';
import { viewOf } from '../support/reference.js';
import {
  GROUP,
  type KernelTunnel,
  kernelVtep,
  NEEDS,
  OLD_PORT,
  OVER_IPV6,
  POLICY,
  UNICAST,
  UNSUMMED_IPV6,
} from './support/kernel-vtep.js';
import { describeInNamespace, type Namespace } from './support/namespace.js';
import { between, datagramOf, framesBetween, VM1, VM2 } from './support/vms.js';
import { captureOf, send, Tap } from './support/wire.js';
import { wrappedInPlace } from './support/wrapping.js';

const TUNNELS = [UNICAST, OVER_IPV6, UNSUMMED_IPV6, GROUP, POLICY];
const PORTS = bindings.with(vxlanProtocol, { udpPort: [OLD_PORT] });
const RULES = new DecapsulationRules({
  verifyChecksums: true,
  innerVlan: true,
  vxlanPorts: [4789, OLD_PORT],
});
/** What the tap sees: neighbours are spoken to as well. */
const TUNNELLED = `udp port 4789 or udp port ${OLD_PORT}`;

/** What a frame of the kernel's has inside. It is to be without fault. */
function opened(outer: Uint8Array) {
  const record = new Decapsulation();
  const packet = parse(outer, { bindings: PORTS });
  expect(codesOf(packet, 'warning')).toEqual([]);
  expect(decapsulate(viewOf(outer), 0, outer.length, record, RULES)).toBe(DECAPSULATION.GOOD);
  const inner = outer.subarray(record.innerStart, record.innerEnd);
  return { packet, record, inner };
}

/** The same frame as we make it, with what the kernel is free to choose as the kernel has chosen it. */
function ours(to: KernelTunnel, frame: Uint8Array, theirs: Uint8Array): Uint8Array {
  const { packet, record } = opened(theirs);
  const { srcMac, dstMac, src, dst, ...rest } = to.outer;
  const group = to === GROUP;
  const over4 = {
    // Of its own, or counted.
    id: packet.layer('ipv4')?.id ?? 0,
    // Linux sets it where the device says so (`df set`).
    dontFragment: false,
    // Linux computes it unless the device has `noudpcsum`.
    checksum: 'computed',
  } as const;
  const outer: OuterOptions = {
    ...rest,
    srcMac: group ? '02:00:00:00:00:02' : dstMac,
    dstMac: group ? dstMac : srcMac,
    src: group ? '10.0.0.2' : dst,
    dst: group ? dst : src,
    // A group is not left behind the first router unless the device has a `ttl`.
    ttl: group ? 1 : 64,
    srcPort: record.outerSrcPort,
    ...(record.outerVersion === 4 ? over4 : {}),
  };
  const make = () => new VxlanEncapsulator({ outer, vni: to.vni });
  return wrappedInPlace(make, [frame])[0] as Uint8Array;
}

describeInNamespace(NEEDS)('the VXLAN of the kernel', () => {
  let namespace: Namespace;
  const over = (mtu: number): void => {
    beforeAll(async () => {
      namespace = await kernelVtep(mtu);
    });
    afterAll(() => namespace?.close());
  };

  /** What is on the wire when these frames are sent into the kernel's device. */
  async function sent(device: string, frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const tap = await Tap.on(namespace, 'v1', TUNNELLED);
    await send(namespace, device, frames);
    const outer = await tap.take(frames.length);
    tap.stop();
    return outer;
  }

  describe('over an MTU of 1,500', () => {
    over(1500);

    it.each(TUNNELS)('over $name is what we make of a frame, to the byte', async (to) => {
      const frames = Object.values(framesBetween(VM2, VM1));
      const fit = frames.filter(({ length }) => length <= 1444 || !to.outer.src.includes(':'));
      const outer = await sent(to.device, fit);
      for (const [i, frame] of fit.entries()) {
        const theirs = outer[i] as Uint8Array;
        const { inner, record } = opened(theirs);
        expect(inner).toEqual(frame);
        expect(record.vni).toBe(to.vni);
        expect(theirs).toEqual(ours(to, frame, theirs));
      }
    });

    it('is taken off by the command', async () => {
      const at = (name: string): string => join(namespace.folder, name);
      const frames = Object.values(framesBetween(VM2, VM1));
      writeFileSync(at('in.pcap'), captureOf(await sent('vx', frames)));
      const said = await runHere(['decap', at('in.pcap'), '-o', at('out.pcap'), '--verify']);
      expect(said.err).toBe(`${frames.length} frames: ${frames.length} taken out\n`);
      const inner = (await framesIn(readFileSync(at('out.pcap')))).map(({ data }) => data);
      expect(inner).toEqual(frames);
    });

    it('has source ports of the local range, one a flow', async () => {
      const range = await namespace.run(['cat', '/proc/sys/net/ipv4/ip_local_port_range']);
      const [least = 0, most = 0] = range.trim().split(/\s+/).map(Number);
      const flows = Array.from({ length: 16 }, (_, i) => datagramOf(100, VM2, VM1, 1000 + i));
      const outer = await sent('vx', [...flows, ...flows]);
      const ports = outer.map((frame) => opened(frame).record.outerSrcPort);
      expect(least).toBeLessThan(most);
      for (const port of ports) {
        expect(port).toBeGreaterThanOrEqual(least);
        expect(port).toBeLessThanOrEqual(most);
      }
      expect(ports.slice(16)).toEqual(ports.slice(0, 16));
      expect(new Set(ports).size).toBeGreaterThan(8);
    });

    it('has the MTU that we say', async () => {
      for (const { device, outer, vni } of TUNNELS) {
        const link = await namespace.run(['ip', 'link', 'show', device]);
        const { maxLength } = new VxlanEncapsulator({ outer, vni, mtu: 1500 });
        // Linux counts the packet inside, and we the frame.
        expect(link).toContain(` mtu ${maxLength - 14} `);
      }
    });
  });

  describe('with an address', () => {
    over(1500);
    beforeAll(async () => {
      await namespace.script(`
        ip address add ${VM2.ip}/24 dev vx
        ip address add 192.168.20.6/24 dev vxpolicy
        ip neighbour add 192.168.20.5 lladdr ${VM1.mac} dev vxpolicy nud permanent
        echo 0 >/proc/sys/net/ipv6/conf/vx6/disable_ipv6
        ip address add ${VM2.ip6}/64 dev vx6 nodad
        ip neighbour add ${VM1.ip6} lladdr ${VM1.mac} dev vx6 nud permanent
      `);
    });

    /** The next frame with that inside. Whatever else the kernel says is to be without fault, too. */
    const next = async (tap: Tap, layer: 'arp' | 'icmp' | 'icmpv6', type?: number) => {
      for (;;) {
        const found = opened((await tap.take(1))[0] as Uint8Array);
        const inner = found.packet.layer(layer);
        if (inner !== undefined && (inner as { type?: number }).type === type) return found;
      }
    };

    /** The ping that nobody answers. */
    const pinged = async (...words: string[]) => {
      const tap = await Tap.on(namespace, 'v1', TUNNELLED);
      const ping = namespace.run(['ping', '-c', '1', '-W', '0.1', ...words]);
      const found = await (words.includes('-6') ? next(tap, 'icmpv6', 128) : next(tap, 'icmp', 8));
      tap.stop();
      await expect(ping).rejects.toThrow('100% packet loss');
      return found;
    };

    it('asks, pings and hears our answers', async () => {
      const tap = await Tap.on(namespace, 'v1', TUNNELLED);
      const ping = namespace.run(['ping', '-c', '1', '-W', '5', VM1.ip]);
      ping.catch(() => {});
      const answer = (...parts: Parameters<typeof build>[0]) => {
        const frame = build([between(VM1, VM2), ...parts]);
        const make = () => new VxlanEncapsulator({ outer: UNICAST.outer, vni: UNICAST.vni });
        return send(namespace, 'v1', wrappedInPlace(make, [frame]));
      };
      const request = parse((await next(tap, 'arp')).inner);
      expect(codesOf(request)).toEqual([]);
      expect(request.layer('ethernet')?.dst).toBe('ff:ff:ff:ff:ff:ff');
      expect(decodeArp(request.layer('arp') as ArpView)).toMatchObject({
        operation: 1,
        senderHardware: VM2.mac,
        senderProtocol: VM2.ip,
        targetProtocol: VM1.ip,
      });
      await answer(
        arp({
          operation: 2,
          senderHardware: VM1.mac,
          senderProtocol: VM1.ip,
          targetHardware: VM2.mac,
          targetProtocol: VM2.ip,
        }),
      );
      const echo = parse((await next(tap, 'icmp', 8)).inner);
      expect(codesOf(echo)).toEqual([]);
      expect(echo.layer('ethernet')?.dst).toBe(VM1.mac);
      const { identifier = 0, sequence = 0 } = decodeIcmp(echo.layer('icmp') as IcmpView);
      await answer(
        ipv4({ src: VM1.ip, dst: VM2.ip }),
        icmp({ type: 0, identifier, sequence }),
        echo.payload,
      );
      expect(await ping).toContain(' 0% packet loss');
      tap.stop();
    });

    it('pings over IPv6', async () => {
      const { packet } = await pinged('-6', VM1.ip6);
      expect(codesOf(packet)).toEqual([]);
      expect(packet.layers.map(({ layer }) => layer)).toEqual([
        ...['ethernet', 'ipv6', 'udp', 'vxlan'],
        ...['ethernet', 'ipv6', 'icmpv6'],
      ]);
    });

    it("sends a packet's mark as its group policy", async () => {
      const { packet, record } = await pinged('-m', '7', '192.168.20.5');
      expect(codesOf(packet)).toEqual([]);
      expect(record.groupPolicyId).toBe(7);
    });

    it('sends 1,450 bytes of packet in 1,500, and no more', async () => {
      const { inner, record } = await pinged('-M', 'do', '-s', '1422', '192.168.20.5');
      expect([inner.length, record.innerEnd]).toEqual([1464, 1514]);
      const more = namespace.run([
        'ping',
        '-c',
        '1',
        '-W',
        '0.1',
        '-M',
        'do',
        '-s',
        '1472',
        '192.168.20.5',
      ]);
      await expect(more).rejects.toThrow('message too long, mtu=1450');
    });
  });

  describe('over an MTU of 9,000', () => {
    over(9000);

    it.each(TUNNELS)('over $name has jumbo frames', async (to) => {
      const frame = datagramOf(to.outer.src.includes(':') ? 8930 : 8950, VM2, VM1);
      const [theirs = frame] = await sent(to.device, [frame]);
      expect(theirs.length).toBe(9014);
      expect(opened(theirs).inner).toEqual(frame);
      expect(theirs).toEqual(ours(to, frame, theirs));
    });
  });

  describe('over an MTU that is too small', () => {
    over(1500);

    // Where a device has no lower one Linux lets its MTU be any, and then cuts what is too large
    // over IPv4. Over IPv6 it never does (`Ip6FragFails`); RFC 7348 §4.3 forbids both.
    it('is put together by us', async () => {
      const { outer } = UNICAST;
      await namespace.script(`
        ip link add large mtu 8950 type vxlan id 6000 dstport 4789 local ${outer.dst} remote ${outer.src}
        ip link set large up
      `);
      const frame = datagramOf(8950, VM2, VM1);
      const tap = await Tap.on(namespace, 'v1', 'ip[6:2] & 0x3fff != 0');
      await send(namespace, 'large', [frame]);
      const fragments = await tap.take(7);
      tap.stop();
      const reassembler = new IpReassembler({ onProblem: ({ code }) => expect(code).toBe('none') });
      const whole = fragments.map((fragment) => reassembler.add(parsed(fragment)));
      expect(whole.slice(0, -1)).toEqual(Array(6).fill(undefined));
      const { inner, record } = opened(whole[6]?.toFrame().bytes as Uint8Array);
      expect(record.vni).toBe(6000);
      expect(inner).toEqual(frame);
    });
  });
});
