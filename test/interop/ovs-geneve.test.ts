/**
 * Our Geneve and that of Open vSwitch: options that a flow there matches and sets.
 *
 * Open vSwitch agrees with RFC 8926 §3.5: an option that it does not know is skipped, unless it is
 * critical: then the packet is dropped, before any flow sees it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decapsulate } from '../../src/encap/decapsulate.js';
import { DECAPSULATION, Decapsulation } from '../../src/encap/decapsulation.js';
import { DecapsulationRules } from '../../src/encap/decapsulation-rules.js';
import {
  GeneveEncapsulator,
  type GeneveEncapsulatorOptions,
} from '../../src/encap/geneve-encapsulator.js';
import { type GeneveInput, geneve } from '../../src/headers/geneve.js';
import {
  type GeneveOption,
  securityPolicyId,
  sourceIdentity,
  telemetry,
} from '../../src/headers/geneve-options.js';
import { parse } from '../../src/packet/parse.js';
import { expected } from '../encap/wraps.js';
import { codesOf } from '../support/problems.js';
import { viewOf } from '../support/reference.js';
import { describeInNamespace, Namespace } from './support/namespace.js';
import { type OpenVswitch, OVS_NEEDS } from './support/open-vswitch.js';
import {
  metadata,
  OVER_IPV4,
  OVER_IPV6,
  type OvsTunnel,
  ovsVtep,
  SUMMED,
} from './support/ovs-vtep.js';
import { datagramOf, filling, framesBetween, VM1, VM2 } from './support/vms.js';
import { send, Tap, unordered } from './support/wire.js';
import { flipped, type Make, wrappedInBatch, wrappedInPlace } from './support/wrapping.js';

const VNI = 5000;
const TUNNELS = [OVER_IPV4, SUMMED, OVER_IPV6];
const POLICY = 'policy-xyz-123';
const TELEMETRY = 'latency=5ms, hop=3';
const IDENTITY = 'workload=frontend-abc';
/** The guide's three. */
const OPTIONS = [securityPolicyId(POLICY), telemetry(TELEMETRY), sourceIdentity(IDENTITY)];
const DENIED = [securityPolicyId('policy-deny-1'), telemetry(TELEMETRY), sourceIdentity(IDENTITY)];

const FRAMES = Object.values(framesBetween(VM1, VM2));
const SYN = framesBetween(VM1, VM2)['a TCP SYN'] as Uint8Array;

/** A frame in Geneve by `build`. */
function built(to: OvsTunnel, frame: Uint8Array, fields: GeneveInput = {}): Uint8Array {
  const given = { vni: VNI, protocol: 0x6558, options: OPTIONS, ...fields };
  return expected({ outer: to.outer, tunnel: () => geneve(given) }, frame, VNI);
}

const made = (fields: GeneveInput = {}): Uint8Array => built(OVER_IPV4, SYN, fields);

const makeOf =
  ({ outer }: OvsTunnel, options: GeneveEncapsulatorOptions['options'] = OPTIONS): Make =>
  (arena) =>
    new GeneveEncapsulator({ outer, vni: VNI, options, ...(arena === undefined ? {} : { arena }) });

type Way = (to: OvsTunnel, frames: readonly Uint8Array[]) => Uint8Array[];
const WAYS: Readonly<Record<string, Way>> = {
  build: (to, frames) => frames.map((frame) => built(to, frame)),
  'the encapsulator in place': (to, frames) => wrappedInPlace(makeOf(to), frames),
  'the encapsulator in a batch': (to, frames) => wrappedInBatch(makeOf(to), frames),
};

const CRITICAL = { class: 0x0102, type: 0x82, data: Uint8Array.of(1, 2, 3, 4) };

const ALLOWED = 1;
const DROPPED = 2;
/** What is allowed goes to VM2, all else nowhere. */
const policy = (match: string): string => `
cookie=${ALLOWED},priority=2,${match},actions=p0
cookie=${DROPPED},priority=1,actions=drop
`;
const GUIDE_POLICY = policy(
  [
    `tun_id=${VNI}`,
    `tun_metadata0=${metadata(0, POLICY)}`,
    `tun_metadata1=${metadata(1, TELEMETRY)}`,
    `tun_metadata2=${metadata(2, IDENTITY)}`,
  ].join(','),
);

describeInNamespace(OVS_NEEDS)('Geneve', () => {
  let namespace: Namespace;
  let ovs: OpenVswitch;
  beforeAll(async () => {
    namespace = await Namespace.open();
    ovs = await ovsVtep(namespace);
  });
  afterAll(() => namespace?.close());

  /** What comes to VM2 while these frames are on the wire, and what the flows have counted. */
  async function taken(flows: string, outer: readonly Uint8Array[], count: number) {
    await ovs.setFlows('int', flows);
    const tap = await Tap.on(namespace, 'p1');
    await send(namespace, 'v1', outer);
    const frames = await tap.take(count);
    tap.stop();
    const counters = await ovs.packetsByCookie('int');
    return { frames, allowed: counters.get(ALLOWED), dropped: counters.get(DROPPED) };
  }

  describe.each(TUNNELS)('into Open vSwitch over $name', (to) => {
    it.each(Object.keys(WAYS))('is taken off frames that %s has wrapped', async (way) => {
      const outer = WAYS[way]?.(to, FRAMES) ?? [];
      const { frames, allowed, dropped } = await taken(GUIDE_POLICY, outer, FRAMES.length);
      expect(unordered(frames)).toEqual(unordered(FRAMES));
      expect([allowed, dropped]).toEqual([FRAMES.length, 0]);
    });

    it('is taken off jumbo frames', async () => {
      const over = to === OVER_IPV6 ? 40 + 16 + 72 + 14 : 20 + 16 + 72 + 14;
      const jumbos = [9000 - over, 8000].map((bytes) => datagramOf(bytes));
      const outer = Object.values(WAYS).flatMap((way) => way(to, jumbos));
      expect(outer[0]?.length).toBe(9014);
      const { frames } = await taken(GUIDE_POLICY, outer, outer.length);
      expect(unordered(frames)).toEqual(unordered([...jumbos, ...jumbos, ...jumbos]));
    });
  });

  describe('into Open vSwitch', () => {
    beforeAll(() => ovs.setFlows('int', GUIDE_POLICY));

    it.each<[string, GeneveInput]>([
      ['another policy', { options: DENIED }],
      ['another VNI', { vni: VNI + 1 }],
      ['no option', { options: [] }],
    ])('is dropped with %s', async (_name, fields) => {
      const marker = datagramOf(200);
      const outer = [built(OVER_IPV4, SYN, fields), built(OVER_IPV4, marker)];
      const { frames, allowed, dropped } = await taken(GUIDE_POLICY, outer, 1);
      expect(frames).toEqual([marker]);
      expect([allowed, dropped]).toEqual([1, 1]);
    });

    it('has a policy that changes with each frame', async () => {
      const [, ...rest] = OPTIONS;
      const data = new Uint8Array(16);
      const options = [{ class: 0x0102, type: 1, data, changes: true } as const, ...rest];
      const frames = Array.from({ length: 16 }, (_, i) => datagramOf(100 + i));
      const isAllowed = (i: number): boolean => i % 3 === 0;
      const policies = frames.map((_, i) => {
        const changed = data.slice();
        new TextEncoder().encodeInto(isAllowed(i) ? POLICY : 'policy-deny-1', changed);
        return changed;
      });
      const outer = wrappedInBatch(makeOf(OVER_IPV4, options), frames, policies);
      const wanted = frames.filter((_, i) => isAllowed(i));
      const found = await taken(GUIDE_POLICY, outer, wanted.length);
      expect(unordered(found.frames)).toEqual(unordered(wanted));
      expect([found.allowed, found.dropped]).toEqual([6, 10]);
    });

    const unknown = { class: 0x0105, type: 5, data: Uint8Array.of(1, 2, 3, 4) };
    const critical = { ...unknown, type: 0x85 };
    const long = { ...unknown, data: filling(124) };
    const more = { ...unknown, type: 6, data: filling(48) };
    const summed = { ...OVER_IPV4, outer: { ...OVER_IPV4.outer, checksum: 'computed' } } as const;
    const withOptions = (...options: GeneveOption[]): GeneveInput => ({
      options: [...OPTIONS, ...options],
    });
    const cases: [string, Uint8Array, boolean, keyof typeof DECAPSULATION][] = [
      ['an option that it does not know', made(withOptions(unknown)), true, 'GOOD'],
      ['252 bytes of options', made(withOptions(long, more)), true, 'GOOD'],
      ['reserved bits of an option', made(withOptions({ ...unknown, reserved: 7 })), true, 'GOOD'],
      ['reserved bits of the header', made({ reserved: 1 }), true, 'GOOD'],
      ['reserved bits behind the VNI', flipped(made(), 49), true, 'GOOD'],
      ['a critical option that it knows', made(withOptions(CRITICAL)), true, 'GOOD'],
      [
        'a critical option that it does not know',
        made(withOptions(critical)),
        false,
        'GENEVE_CRITICAL_OPTION',
      ],
      [
        'a critical option, and no critical bit in the header',
        made({ ...withOptions(critical), critical: false }),
        false,
        'GENEVE_CRITICAL_OPTION',
      ],
      ['the critical bit, and no critical option', made({ critical: true }), true, 'GOOD'],
      // Its map says how long a known option is.
      [
        'a known option of another length',
        made(withOptions({ ...CRITICAL, data: new Uint8Array(8) })),
        false,
        'GOOD',
      ],
      // RFC 8926 §3.4 forbids to forward them; Open vSwitch leaves that to its flows.
      ['the O bit', made({ oam: true }), true, 'GENEVE_CONTROL'],
      ['version 1', made({ version: 1 }), false, 'GENEVE_VERSION'],
      ['an option that is cut', made({ optionsLength: 17 }), false, 'GENEVE_OPTION_PAST_HEADER'],
      ['what is neither Ethernet nor IP', made({ protocol: 0x88b5 }), false, 'GENEVE_PROTOCOL'],
      ['a wrong IPv4 checksum', flipped(made(), 24), false, 'IP_CHECKSUM'],
      ['a wrong UDP checksum', flipped(built(summed, SYN), 40), false, 'UDP_CHECKSUM'],
      ['13 bytes of a frame', built(OVER_IPV4, SYN.subarray(0, 13)), false, 'INNER_CUT'],
    ];

    it.each(cases)('is taken off, or not, with %s', async (_name, frame, isTaken, code) => {
      const marker = datagramOf(200);
      await ovs.forget();
      const tap = await Tap.on(namespace, 'p1');
      // The marker comes by another tunnel: where Open vSwitch 3.1 finds options invalid, it drops all
      // that comes by that one until it looks again (its datapath flow masks nothing of them).
      await send(namespace, 'v1', [frame, built(OVER_IPV6, marker)]);
      expect(await tap.take(1)).toEqual([isTaken ? SYN : marker]);
      tap.stop();
      const rules = new DecapsulationRules({ verifyChecksums: true, knownOptions: [CRITICAL] });
      const answer = decapsulate(viewOf(frame), 0, frame.length, new Decapsulation(), rules);
      expect(answer).toBe(DECAPSULATION[code]);
    });

    it('has a control bit that flows match', async () => {
      const frames = [0, 1, 2].map((i) => datagramOf(100 + i));
      const [one, two, three] = frames.map((frame, i) => built(OVER_IPV4, frame, { oam: i === 1 }));
      const outer = [one, two, three] as Uint8Array[];
      const found = await taken(policy('tun_flags=+oam'), outer, 1);
      expect(found).toEqual({ frames: [frames[1]], allowed: 1, dropped: 2 });
    });
  });

  describe('out of Open vSwitch', () => {
    /** What is on the wire when flows send these frames of VM2 into a tunnel. */
    async function sent(actions: string, frames: readonly Uint8Array[]) {
      await ovs.setFlows('int', `in_port=p0,actions=set_field:${VNI}->tun_id,${actions}`);
      const tap = await Tap.on(namespace, 'v1', 'udp port 6081');
      await send(namespace, 'p1', frames);
      const outer = await tap.take(frames.length);
      tap.stop();
      return outer;
    }

    /** What a frame of Open vSwitch's has inside. It is to be without fault. */
    function opened(outer: Uint8Array) {
      const record = new Decapsulation();
      const rules = new DecapsulationRules({ verifyChecksums: true, knownOptions: [CRITICAL] });
      const packet = parse(outer);
      expect(codesOf(packet, 'warning')).toEqual([]);
      expect(decapsulate(viewOf(outer), 0, outer.length, record, rules)).toBe(DECAPSULATION.GOOD);
      return { packet, record, inner: outer.subarray(record.innerStart, record.innerEnd) };
    }

    const SET = [
      `set_field:${metadata(0, POLICY)}->tun_metadata0`,
      `set_field:${metadata(1, TELEMETRY)}->tun_metadata1`,
      `set_field:${metadata(2, IDENTITY)}->tun_metadata2`,
    ].join(',');

    it.each(TUNNELS)('it is what we make of a frame over $name, to the byte', async (to) => {
      const frames = [...Object.values(framesBetween(VM2, VM1)), datagramOf(8000, VM2, VM1)];
      const { srcMac, dstMac, src, dst, ...rest } = to.outer;
      const back = { ...rest, srcMac: dstMac, dstMac: srcMac, src: dst, dst: src };
      const inside: Uint8Array[] = [];
      for (const theirs of await sent(`${SET},${to.port}`, frames)) {
        const { packet, record, inner } = opened(theirs);
        expect(packet.layer('geneve')?.options).toEqual(OPTIONS);
        expect(record.vni).toBe(VNI);
        // As its documentation of `egress_port_range` says.
        expect(record.outerSrcPort).toBeGreaterThanOrEqual(32_768);
        expect(record.outerSrcPort).toBeLessThanOrEqual(61_000);
        const outer = { ...back, srcPort: record.outerSrcPort };
        const make = () => new GeneveEncapsulator({ outer, vni: VNI, options: OPTIONS });
        expect(theirs).toEqual(wrappedInPlace(make, [inner])[0]);
        inside.push(inner);
      }
      expect(unordered(inside)).toEqual(unordered(frames));
    });

    it.each([
      ['no option', '', { critical: false, oam: false, options: [] }],
      [
        'a critical option',
        'set_field:0x01020304->tun_metadata3,',
        { critical: true, oam: false, options: [CRITICAL] },
      ],
      ['the O bit', 'set_field:oam->tun_flags,', { critical: false, oam: true, options: [] }],
    ])('it has %s', async (_name, actions, wanted) => {
      const [outer] = await sent(`${actions}${OVER_IPV4.port}`, [datagramOf(100, VM2, VM1)]);
      const { critical, oam, options } = parse(outer as Uint8Array).layer('geneve') ?? {};
      expect({ critical, oam, options }).toEqual(wanted);
    });
  });
});
