/** Wireshark is the judge: what we name, it names; what we read, it reads; what we write, it takes. */
import { expect, it } from 'vitest';
import { ah } from '../../src/headers/ah.js';
import { arp } from '../../src/headers/arp.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { securityPolicyId, telemetry } from '../../src/headers/geneve-options.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { ipv6Destination } from '../../src/headers/ipv6-destination.js';
import { ipv6Fragment } from '../../src/headers/ipv6-fragment.js';
import { ipv6HopByHop } from '../../src/headers/ipv6-hop-by-hop.js';
import { ipv6Routing } from '../../src/headers/ipv6-routing.js';
import type { Form, Protocol } from '../../src/headers/protocol.js';
import { tcp } from '../../src/headers/tcp.js';
import { mss, sackPermitted, timestamps, windowScale } from '../../src/headers/tcp-options.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { fieldText } from '../../src/packet/field-text.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import { fixture, fixtureNames, linkTypeOf } from '../support/fixtures.js';
import { namedValues, type Value } from '../support/names.js';
import { describeWithTshark, tsharkFields, tsharkFieldTypes } from '../support/tshark.js';

const protocols = Object.values(bindings.protocols) as unknown as readonly Protocol[];
const allNames = [...new Set(protocols.flatMap((p) => p.names.map((one) => one.name)))];

/** The types of Wireshark that a form of ours may stand for. */
const TYPES: Readonly<Record<Form, RegExp>> = {
  dec: /^FT_(U?INT(8|16|24|32)|FRAMENUM|DOUBLE)$/,
  hex2: /^FT_UINT(8|16)$/,
  hex4: /^FT_UINT16$/,
  hex6: /^FT_UINT(24|32)$/,
  hex8: /^FT_UINT32$/,
  bool: /^FT_BOOLEAN$/,
  ipv4: /^FT_IPv4$/,
  mac: /^FT_ETHER$/,
  text: /^FT_(BYTES|ETHER|IPv4|IPv6|STRING|STRINGZ)$/,
  bytes: /^FT_(BYTES|NONE)$/,
};

/** One value in a form that does not depend on bases, digits and separators. */
function normal(value: Value, form: Form): string {
  if (form === 'bool') return value === 0 ? '0' : '1';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (form === 'ipv4' || form === 'mac') return fieldText(value, form);
  return String(value).toLowerCase();
}

function normalFromTshark(value: string, form: Form): string {
  // How tshark prints a field of no bytes.
  if (value === '<MISSING>' || value === '<missing>' || value === '<none>') return '';
  if (form === 'bytes') return value.replaceAll(':', '').toLowerCase();
  if (form === 'text' || form === 'ipv4' || form === 'mac') return value.toLowerCase();
  if (form === 'bool') return /^(1|true)$/i.test(value) ? '1' : '0';
  return String(Number(value));
}

/**
 * Where tshark does otherwise on purpose, by fixture (`*`: any) and name. Everything that it reads
 * behind the point at which one of us stops is of no matter and not asked.
 */
const DIFFERENT: readonly (readonly [fixture: RegExp, name: RegExp, why: string])[] = [
  [/source-route/, /^ip\.(dst|addr)$/, 'tshark shows the end of the route as the destination'],
  [
    /udp-surplus|short-udp/,
    /^udp\.payload$/,
    "tshark's goes past the UDP length to the IP packet's end",
  ],
  [/ipv6-length-0/, /^udp\./, 'tshark takes a length of 0 for no payload unless it is TCP (TSO)'],
  [/dns-odd-name/, /^dns\.qry\.name/, 'tshark writes dots and bytes of labels as they are'],
  [/vxlan-gpe-no-p-flag/, /./, 'tshark goes by the next protocol, P flag or not'],
  [
    /tcp-option-wrong-size/,
    /sack\.count$/,
    'tshark counts the blocks of a SACK without a whole one',
  ],
  [/lldp-odd/, /^lldp\.tlv\.(type|len)$/, 'tshark stops at a TTL that has not two bytes'],
  [
    /icmp-time-exceeded-tcp/,
    /^tcp\.seq_raw$/,
    'tshark shows the number once in ICMP, twice in ICMPv6',
  ],
  [/icmp-redirect/, /^udp\./, 'tshark does not go past the UDP header of what a redirect quotes'],
  [/icmpv6-redirect/, /^(ip|ipv6|udp)\./, 'the packet in a redirect is an option, not a layer'],
  [
    /icmpv6-option-odd/,
    /^icmpv6\.opt\.(prefix|dnssl)/,
    'tshark reads on past the end of an option that is too short',
  ],
  [/icmpv6-rpl/, /^icmpv6\.reserved/, 'a type whose fields are not read'],
  [/igmp-dvmrp/, /^igmp\./, 'to tshark DVMRP is no IGMP but what IGMP carries'],
];

const excused = (name: string, field: string): boolean =>
  DIFFERENT.some(([fixtures, fields]) => fixtures.test(name) && fields.test(field));

describeWithTshark('Wireshark', () => {
  it('knows every name of ours, as a field of such a type', () => {
    const types = tsharkFieldTypes();
    for (const { names } of protocols) {
      for (const { name, form } of names) {
        expect(types.get(name), `${name} as ${form}`).toMatch(TYPES[form]);
      }
    }
  });

  // Frames in which nothing is broken: both of us read all of them.
  const clean = fixtureNames.filter(
    (name) => parse(fixture(name), { linkType: linkTypeOf(name) }).problems.length === 0,
  );

  it('reads the same values under all of our names in every fixture without a problem', () => {
    const judged = new Map<string, Map<string, string[]>>();
    for (const linkType of new Set(clean.map(linkTypeOf))) {
      const group = clean.filter((name) => linkTypeOf(name) === linkType);
      const frames = group.map((name) => ({ bytes: fixture(name) }));
      const answers = tsharkFields(frames, allNames, linkType);
      for (const [i, name] of group.entries()) {
        judged.set(name, answers[i] as Map<string, string[]>);
      }
    }
    const differences: string[] = [];
    for (const name of clean) {
      const ours = namedValues(fixture(name), { linkType: linkTypeOf(name) });
      for (const field of allNames) {
        if (excused(name, field)) continue;
        const form =
          protocols.flatMap((p) => p.names).find((one) => one.name === field)?.form ?? 'dec';
        const said = ours
          .filter((one) => one.field.name === field)
          .map((one) => normal(one.value, form));
        const truth = judged.get(name)?.get(field) ?? [];
        const wanted = truth.map((value) => normalFromTshark(value, form));
        if (said.join() !== wanted.join()) {
          differences.push(`${name}.hex ${field}: ours ${said.join()}, tshark ${wanted.join()}`);
        }
      }
    }
    expect(differences).toEqual([]);
  });

  it('takes frames that we build from sensible specs: no complaint, every checksum good', () => {
    const lan = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
    const four = { src: '192.0.2.1', dst: '198.51.100.2' };
    const six = { src: '2001:db8::1', dst: '2001:db8::2' };
    const inner: SpecPart[] = [
      ethernet({ src: '02:00:00:00:00:0a', dst: '02:00:00:00:00:0b' }),
      ipv4({ src: '192.168.10.5', dst: '192.168.10.6' }),
      udp({ dstPort: 9000 }),
      'payload',
    ];
    const options = [mss(1460), sackPermitted, timestamps(1, 0), windowScale(7)];
    const marks = [securityPolicyId('policy-xyz-123'), telemetry('hop=3')];
    const specs: SpecPart[][] = [
      [ethernet(lan), arp({ senderProtocol: '192.0.2.1', targetProtocol: '192.0.2.2' })],
      [ethernet(lan), arp({ operation: 'reply', senderHardware: lan.src })],
      [ethernet(lan), dot1q({ vid: 10, priority: 5 }), ipv4(four), udp({ dstPort: 9000 }), 'x'],
      [ethernet({ ...lan, type: 0x88a8 }), dot1q({ vid: 1 }), dot1q({ vid: 2 }), ...inner.slice(1)],
      [ethernet(lan), ipv4(four), tcp({ dstPort: 9000, flags: ['SYN'], options })],
      [ethernet(lan), ipv6(six), tcp({ dstPort: 9000, flags: ['ACK'] }), 'odd'],
      [ethernet(lan), ipv6({ ...six, flowLabel: 0xfffff }), udp({ dstPort: 9000 }), 'even'],
      [
        ethernet(lan),
        ipv4({ ...four, options: [{ kind: 'routerAlert', value: 0 }] }),
        udp({ dstPort: 9000 }),
        'x',
      ],
      [ethernet(lan), ipv4(four), udp(), vxlan({ vni: 5000 }), ...inner],
      [ethernet(lan), ipv4(four), udp({ checksum: 'computed' }), vxlan({ vni: 1 }), ...inner],
      [ethernet(lan), ipv6(six), udp(), vxlan({ vni: 0xffffff }), ...inner],
      [ethernet(lan), ipv4(four), udp(), vxlan({ vni: 2, groupPolicyId: 7 }), ...inner],
      [ethernet(lan), ipv4(four), udp(), geneve({ vni: 5000, options: marks }), ...inner],
      [ethernet(lan), ipv6(six), udp(), geneve({ vni: 3, options: marks }), ...inner.slice(1)],
      [
        ethernet(lan),
        ipv4(four),
        udp(),
        geneve({ vni: 3 }),
        ethernet(lan),
        dot1q({ vid: 9 }),
        ...inner.slice(1),
      ],
      [
        ethernet(lan),
        ipv6(six),
        ipv6HopByHop({ options: [{ kind: 'routerAlert', value: 0 }] }),
        ipv6Destination({ options: [{ kind: 'tunnelEncapsulationLimit', limit: 4 }] }),
        ipv6Routing({ route: { segments: ['2001:db8::7', '2001:db8::2'] } }),
        ipv6Fragment({ identification: 1 }),
        ah({ spi: 1, sequence: 1, icv: new Uint8Array(12) }),
        tcp({ dstPort: 9000, flags: ['ACK'] }),
        'x',
      ],
      [ethernet(lan), ipv4(four), ah({ spi: 2, sequence: 1 }), udp({ dstPort: 9000 }), 'x'],
      [ethernet(lan), ipv6(six), ipv6Destination()],
    ];
    const frames = specs.flatMap((spec) => [build(spec), build(spec, { padTo: 60 })]);
    const asked = [
      '_ws.malformed',
      '_ws.expert.severity',
      '_ws.expert.message',
      'ip.checksum.status',
      'udp.checksum.status',
      'tcp.checksum.status',
      'frame.protocols',
    ];
    const judged = tsharkFields(
      frames.map((bytes) => ({ bytes })),
      asked,
    );
    /** Severities: comment 0x100000, chat 0x200000, note 0x400000 and worse. */
    const CHAT = 0x200000;
    for (const [i, answer] of judged.entries()) {
      const get = (field: string): string[] => answer.get(field) ?? [];
      const shown = `${get('frame.protocols')}: ${get('_ws.expert.message')}`;
      expect(get('_ws.malformed'), shown).toEqual([]);
      expect(
        get('_ws.expert.severity').filter((s) => Number(s) > CHAT),
        shown,
      ).toEqual([]);
      expect(
        get('ip.checksum.status').every((s) => s === '1'),
        shown,
      ).toBe(true);
      expect(
        get('tcp.checksum.status').every((s) => s === '1'),
        shown,
      ).toBe(true);
      const sums = get('udp.checksum.status');
      expect(
        sums.slice(1).every((s) => s === '1'),
        shown,
      ).toBe(true);
      const layers = parse(frames[i] as Uint8Array).layers.map((l) => l.layer);
      // Only the outermost UDP of a tunnel over IPv4 has none, unless it was asked for.
      const bare = layers.includes('vxlan') || layers.includes('geneve');
      if (sums.length > 0) expect(bare ? ['1', '3'] : ['1'], shown).toContain(sums[0]);
      if (sums[0] === '3') expect(layers[1], shown).toBe('ipv4');
    }
  });

  it('agrees where a source route ends, whatever its pointer says', () => {
    const ends = { src: '192.0.2.1', dst: '198.51.100.2' };
    const routes = [131, 137].flatMap((kind) =>
      // tshark takes even a single byte for an address, with what stands before it: not asked.
      [0, 4, 5, 8, 9].flatMap((bytes) =>
        Array.from({ length: 14 }, (_, pointer) => ({
          kind,
          data: Uint8Array.from([pointer, 10, 1, 0, 1, 203, 0, 113, 9, 77].slice(0, 1 + bytes)),
        })),
      ),
    );
    const frames = routes.map((route) => ({
      bytes: build([ethernet(), ipv4({ ...ends, options: [route] }), udp({ dstPort: 9 }), 'x']),
    }));
    const judged = tsharkFields(frames, ['udp.checksum.status']);
    const bad = judged.flatMap((answer, i) => {
      const status = answer.get('udp.checksum.status')?.join();
      return status === '1'
        ? []
        : [`${String(routes[i]?.kind)}, data ${routes[i]?.data}: ${status}`];
    });
    expect(bad).toEqual([]);
  });

  it('finds wrong what we find wrong with checksums, in every fixture that both of us read', () => {
    const checksums = ['ip', 'udp', 'tcp', 'sctp'].map((one) => `${one}.checksum.status`);
    // Where one of us takes bytes for a header and the other stops, there is nothing to compare.
    const stops =
      /^(cut-(ipv4|tcp)|icmp-quote-tcp|icmp-redirect|icmpv6-redirect|icmp-in-fragment|geneve-version-1|ipv6-length-0|udp-length-[07]|tcp-data-offset-past|ipv4-length-under|ipv6-(jumbo-small|option-without-length|routing-odd-length|segment-routing-last-entry)|vxlan-gpe-(no-p|next-without))/;
    const names = fixtureNames.filter((name) => !stops.test(name));
    const judged = tsharkFields(
      names.map((name) => ({ bytes: fixture(name) })),
      checksums,
    );
    for (const [i, name] of names.entries()) {
      for (const field of checksums) {
        const ours = namedValues(fixture(name))
          .filter((one) => one.field.name === field)
          .map((one) => String(one.value));
        expect(ours, `${name}.hex ${field}`).toEqual(judged[i]?.get(field));
      }
    }
  });
});
