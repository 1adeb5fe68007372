/**
 * Our VXLAN into the kernel's: what it takes, and what it refuses.
 *
 * Linux is stricter than RFC 7348 §5 in what it takes: it drops frames in which reserved bits are
 * set, which the RFC wants ignored (`vxlan_rcv` in drivers/net/vxlan/vxlan_core.c says so itself),
 * and over IPv6 it wants a UDP checksum unless the device has `udp6zerocsumrx`. We receive as the
 * RFC says, and send what both take.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decapsulate } from '../../src/encap/decapsulate.js';
import { DECAPSULATION, Decapsulation } from '../../src/encap/decapsulation.js';
import { DecapsulationRules } from '../../src/encap/decapsulation-rules.js';
import { VxlanEncapsulator } from '../../src/encap/vxlan-encapsulator.js';
import { type VxlanInput, vxlan } from '../../src/headers/vxlan.js';
import { runHere } from '../cli/here.js';
import { framesIn } from '../cli/tunnel-captures.js';
import { expected } from '../encap/wraps.js';
import { viewOf } from '../support/reference.js';
import {
  GROUP,
  type KernelTunnel,
  kernelVtep,
  NEEDS,
  OVER_IPV6,
  POLICY,
  SUMMED,
  UNICAST,
  UNSUMMED_IPV6,
} from './support/kernel-vtep.js';
import { describeInNamespace, type Namespace } from './support/namespace.js';
import { datagramOf, framesBetween, VM1, VM2 } from './support/vms.js';
import { captureOf, send, Tap } from './support/wire.js';
import {
  flipped,
  fragmented,
  type Make,
  wrappedInBatch,
  wrappedInPlace,
} from './support/wrapping.js';

const TUNNELS = [UNICAST, SUMMED, OVER_IPV6, UNSUMMED_IPV6, GROUP];

const makeOf =
  ({ outer, vni }: KernelTunnel): Make =>
  (arena) =>
    new VxlanEncapsulator({ outer, vni, ...(arena === undefined ? {} : { arena }) });

/** A frame in VXLAN by `build`. */
function built({ outer, vni }: KernelTunnel, frame: Uint8Array, fields: VxlanInput = {}) {
  return expected({ outer, tunnel: () => vxlan({ vni, ...fields }) }, frame, vni);
}

type Way = (to: KernelTunnel, frames: readonly Uint8Array[]) => Uint8Array[];
const WAYS: Readonly<Record<string, Way>> = {
  build: (to, frames) => frames.map((frame) => built(to, frame)),
  'the encapsulator in place': (to, frames) => wrappedInPlace(makeOf(to), frames),
  'the encapsulator in a batch': (to, frames) => wrappedInBatch(makeOf(to), frames),
};

/** By how many bytes the packet inside is smaller: IP, UDP, VXLAN and the inner Ethernet header. */
const overhead = ({ outer }: KernelTunnel): number => (outer.src.includes(':') ? 70 : 50);

const FRAMES = framesBetween(VM1, VM2);
const SYN = FRAMES['a TCP SYN'] as Uint8Array;

describeInNamespace(NEEDS)('the VXLAN of the kernel', () => {
  let namespace: Namespace;
  const over = (mtu: number): void => {
    beforeAll(async () => {
      namespace = await kernelVtep(mtu);
    });
    afterAll(() => namespace?.close());
  };

  /** The first `count` frames that come out of the kernel's device while those are on the wire. */
  async function taken(device: string, outer: readonly Uint8Array[], count = outer.length) {
    const tap = await Tap.on(namespace, device);
    await send(namespace, 'v1', outer);
    const frames = await tap.take(count);
    tap.stop();
    return frames;
  }

  describe('over an MTU of 1,500', () => {
    over(1500);

    describe.each(TUNNELS)('to $name', (to) => {
      it.each(Object.keys(WAYS))(
        'takes out frames of every kind that %s has wrapped',
        async (way) => {
          const largest = datagramOf(1500 - overhead(to));
          const inner = Object.values(FRAMES).filter(({ length }) => length < largest.length);
          const outer = WAYS[way]?.(to, [...inner, largest]) ?? [];
          expect(outer.at(-1)?.length).toBe(1514);
          expect(await taken(to.device, outer)).toEqual([...inner, largest]);
        },
      );
    });

    it.each(TUNNELS)('puts the fragments of a packet to $name together', async (to) => {
      const is6 = to.outer.src.includes(':');
      const room = is6 ? 1448 : 1480;
      // Those of a packet over IPv4 belong together by its ID.
      const outer = is6 ? to.outer : { ...to.outer, dontFragment: false, id: 'count' as const };
      const frames = [1500, 8950, 60_000].map((bytes) => datagramOf(bytes));
      const sent = frames.map((frame) => fragmented(makeOf({ ...to, outer }), 1500, frame));
      for (const [i, fragments] of sent.entries()) {
        expect(fragments.length).toBe(Math.ceil(((frames[i]?.length ?? 0) + 16) / room));
      }
      const reordered = sent.map((fragments) => fragments.toReversed());
      const all = [...sent, ...reordered].flat();
      expect(await taken(to.device, all, 6)).toEqual([...frames, ...frames]);
    });

    it('takes out what the command has wrapped', async () => {
      const at = (name: string): string => join(namespace.folder, name);
      const frames = Object.values(FRAMES);
      writeFileSync(at('in.pcap'), captureOf(frames));
      const { srcMac, dstMac, src, dst } = UNICAST.outer;
      const said = await runHere([
        ...['encap', 'vxlan', at('in.pcap'), '-o', at('out.pcap'), '--vni', `${UNICAST.vni}`],
        ...['--src-mac', srcMac, '--dst-mac', dstMac, '--src', src, '--dst', dst],
      ]);
      expect(said.code).toBe(0);
      const outer = (await framesIn(readFileSync(at('out.pcap')))).map(({ data }) => data);
      expect(await taken(UNICAST.device, outer)).toEqual(frames);
    });

    it('takes a group policy, where it has the extension', async () => {
      const { outer, vni, device } = POLICY;
      const make: Make = () => new VxlanEncapsulator({ outer, vni, groupPolicyId: 7 });
      const frames = Object.values(FRAMES);
      expect(await taken(device, wrappedInPlace(make, frames))).toEqual(frames);
    });

    const good = built(UNICAST, SYN);
    it.each<[string, KernelTunnel, Uint8Array, keyof typeof DECAPSULATION]>([
      ['a wrong IPv4 checksum', UNICAST, flipped(good, 24), 'IP_CHECKSUM'],
      ['a wrong UDP checksum', SUMMED, flipped(built(SUMMED, SYN), 40), 'UDP_CHECKSUM'],
      [
        'a wrong UDP checksum over IPv6',
        OVER_IPV6,
        flipped(built(OVER_IPV6, SYN), 60),
        'UDP_CHECKSUM',
      ],
      ['no I flag', UNICAST, built(UNICAST, SYN, { flags: 0 }), 'VXLAN_I_FLAG_UNSET'],
      ['a frame of 13 bytes', UNICAST, built(UNICAST, SYN.subarray(0, 13)), 'INNER_CUT'],
      // What we take, and leave to the caller.
      ['the VNI of nobody', UNICAST, built(UNICAST, SYN, { vni: 5999 }), 'GOOD'],
      ['its own address as the sender', UNICAST, built(UNICAST, reversed(SYN)), 'GOOD'],
      // Where Linux differs from RFC 7348.
      ['a reserved flag', UNICAST, built(UNICAST, SYN, { flags: 0x0801 }), 'GOOD'],
      ['reserved bits behind the VNI', UNICAST, flipped(good, 49), 'GOOD'],
      ['a group policy', UNICAST, built(UNICAST, SYN, { groupPolicyId: 5 }), 'GOOD'],
      ['no UDP checksum over IPv6', OVER_IPV6, built(zeroSum(OVER_IPV6), SYN), 'GOOD'],
    ])('takes nothing out of a frame with %s', async (_name, to, frame, code) => {
      const marker = datagramOf(200);
      expect(await taken(to.device, [frame, built(to, marker)], 1)).toEqual([marker]);
      const rules = new DecapsulationRules({ verifyChecksums: true });
      const answer = decapsulate(viewOf(frame), 0, frame.length, new Decapsulation(), rules);
      expect(answer).toBe(DECAPSULATION[code]);
    });
  });

  describe('over an MTU of 9,000', () => {
    over(9000);

    it.each(TUNNELS)('takes jumbo frames out of $name', async (to) => {
      const most = 9000 - overhead(to);
      const frames = [most, most - 1, most - 4000].map((bytes) => datagramOf(bytes));
      const outer = Object.values(WAYS).flatMap((way) => way(to, frames));
      expect(outer[0]?.length).toBe(9014);
      expect(await taken(to.device, outer)).toEqual([...frames, ...frames, ...frames]);
    });
  });
});

/** A copy from the receiver to the sender. */
function reversed(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([
    ...frame.subarray(6, 12),
    ...frame.subarray(0, 6),
    ...frame.subarray(12),
  ]);
}

function zeroSum(to: KernelTunnel): KernelTunnel {
  return { ...to, outer: { ...to.outer, checksum: 'zero' } };
}
