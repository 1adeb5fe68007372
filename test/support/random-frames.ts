/** Frames that fast-check makes: random stacks of our layers with random fields, right or wrong. */
import fc, { type Arbitrary } from 'fast-check';
import { arp } from '../../src/headers/arp.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import type { SpecPart } from '../../src/packet/to-spec.js';

const u = (max: number): Arbitrary<number> => fc.nat(max);
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':'));
const ipv4Text = u(0xffffffff).map((word) =>
  [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.'),
);
const some: { requiredKeys: [] } = { requiredKeys: [] };
const bytes = (maxLength: number): Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const word4 = bytes(12).map((data) => data.slice(0, data.length & ~3));

const etherFields = fc.record({ dst: mac, src: mac }, some);
const tagFields = fc.record({ priority: u(7), dei: fc.boolean(), vid: u(4095) }, some);
const arpFields = fc.record(
  {
    hardwareType: u(0xffff),
    operation: u(0xffff),
    senderHardware: mac,
    senderProtocol: ipv4Text,
    targetHardware: mac,
    targetProtocol: ipv4Text,
  },
  some,
);
const ipv4Fields = fc.record(
  {
    dscp: u(63),
    ecn: u(3),
    id: u(0xffff),
    dontFragment: fc.boolean(),
    ttl: u(255),
    src: ipv4Text,
    dst: ipv4Text,
    options: bytes(40),
  },
  some,
);
const ipv6Fields = fc.record(
  { trafficClass: u(255), flowLabel: u(0xfffff), hopLimit: u(255), src: fc.ipV6(), dst: fc.ipV6() },
  some,
);
const checksum = fc.constantFrom<'computed' | 'zero'>('computed', 'zero');
const udpFields = fc.record({ srcPort: u(0xffff), checksum }, some);
const tcpFields = fc.record(
  {
    srcPort: u(0xffff),
    dstPort: u(0xffff),
    seq: u(0xffffffff),
    ack: u(0xffffffff),
    reserved: u(7),
    flags: u(0x1ff),
    window: u(0xffff),
    urgentPointer: u(0xffff),
    options: bytes(40),
  },
  some,
);
const vxlanFields = fc.record({ vni: u(0xffffff), groupPolicyId: u(0xffff) }, some);
const geneveOption = fc.oneof(
  fc.record({ kind: fc.constantFrom('telemetry', 'sourceIdentity'), value: fc.string() }),
  fc.record({ class: u(0xffff), type: u(0xff), reserved: u(7), data: word4 }),
);
const geneveFields = fc.record(
  { oam: fc.boolean(), vni: u(0xffffff), options: fc.array(geneveOption, { maxLength: 3 }) },
  some,
);

/** Derived and reserved fields, given right or (mostly) wrong. */
const wrongs: Readonly<Record<string, Arbitrary<object>>> = {
  ethernet: fc.record({ type: u(0xffff) }, some),
  dot1q: fc.record({ type: u(0xffff) }, some),
  arp: fc.record({ protocolType: u(0xffff), hardwareLength: u(255), protocolLength: u(255) }, some),
  ipv4: fc.record(
    {
      version: u(15),
      ihl: u(15),
      length: fc.oneof(u(200), u(0xffff)),
      reserved: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset: u(0x1fff),
      protocol: u(255),
      checksum: fc.oneof(u(0xffff), fc.constantFrom(0, 0xffff)),
    },
    some,
  ),
  ipv6: fc.record(
    { version: u(15), payloadLength: fc.oneof(u(200), u(0xffff)), nextHeader: u(255) },
    some,
  ),
  udp: fc.record(
    {
      dstPort: fc.oneof(u(0xffff), fc.constantFrom(4789, 6081)),
      length: fc.oneof(u(200), u(0xffff)),
      checksum: fc.oneof(u(0xffff), fc.constantFrom(0, 0xffff)),
    },
    some,
  ),
  tcp: fc.record({ dataOffset: u(15), checksum: u(0xffff) }, some),
  vxlan: fc.record({ flags: u(0xffff), reserved: u(255) }, some),
  geneve: fc.record(
    {
      version: u(3),
      optionsLength: u(63),
      critical: fc.boolean(),
      reserved: u(63),
      protocol: u(0xffff),
      reserved2: u(255),
    },
    some,
  ),
};

type Maker = (fields: object, trailer?: Uint8Array) => LayerSpec;

function layerOf(
  maker: unknown,
  fields: Arbitrary<object>,
  name: string,
  wrong: boolean,
): Arbitrary<LayerSpec> {
  const make = maker as Maker;
  if (!wrong) return fields.map((given) => make(given));
  const more = wrongs[name] as Arbitrary<object>;
  // Most layers are right, or few frames would have inner ones.
  const lies = fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: more });
  const trailer = fc.option(bytes(5), { nil: undefined, freq: 8 });
  return fc
    .tuple(fields, lies, trailer)
    .map(([given, lie, tail]) => make({ ...given, ...lie }, tail));
}

function chain(first: Arbitrary<LayerSpec>, rest: Arbitrary<SpecPart[]>): Arbitrary<SpecPart[]> {
  return fc.tuple(first, rest).map(([layer, more]) => [layer, ...more]);
}

function frames(depth: number, wrong: boolean): Arbitrary<SpecPart[]> {
  const payload = bytes(40).map((data): SpecPart[] => [data]);
  const l = (maker: unknown, fields: Arbitrary<object>, name: string): Arbitrary<LayerSpec> =>
    layerOf(maker, fields, name, wrong);
  const inner = depth > 0 ? frames(depth - 1, wrong) : undefined;
  const tunnels =
    inner === undefined
      ? []
      : [
          chain(l(vxlan, vxlanFields, 'vxlan'), inner),
          chain(l(geneve, geneveFields, 'geneve'), inner),
        ];
  const transport = fc.oneof(
    chain(l(udp, udpFields, 'udp'), fc.oneof(payload, ...tunnels)),
    chain(l(tcp, tcpFields, 'tcp'), payload),
    payload,
  );
  const network = fc.oneof(
    chain(l(ipv4, ipv4Fields, 'ipv4'), transport),
    chain(l(ipv6, ipv6Fields, 'ipv6'), transport),
    l(arp, arpFields, 'arp').map((layer): SpecPart[] => [layer]),
  );
  const tagged = chain(l(dot1q, tagFields, 'dot1q'), network);
  const twice = chain(l(dot1q, tagFields, 'dot1q'), tagged);
  return chain(
    l(ethernet, etherFields, 'ethernet'),
    fc.oneof(network, network, tagged, twice, payload),
  );
}

/** Frames in which nothing is wrong: all that can be computed is. */
export const sensibleFrames: Arbitrary<SpecPart[]> = frames(2, false);

/** Frames in which now and then a length, number, checksum or reserved bit is what it should not be. */
export const oddFrames: Arbitrary<SpecPart[]> = frames(2, true);
