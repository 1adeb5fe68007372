import { describe, expect, it } from 'vitest';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { geneve } from '../../src/headers/geneve.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import type { FragmentProblem } from '../../src/reassembly/fragment-problems.js';
import { IpReassembler, type IpReassemblerOptions } from '../../src/reassembly/ip-reassembler.js';
import { fixture } from '../support/fixtures.js';
import { codesOf } from '../support/problems.js';
import { type Cut, counting, cuts, frame4, frame6, joined, parsed } from './fragments.js';

/** A reassembler and what it told. */
function listening(options: IpReassemblerOptions = {}) {
  const problems: FragmentProblem[] = [];
  const ip = new IpReassembler({ ...options, onProblem: (problem) => problems.push(problem) });
  const codes = (): string[] => problems.map((problem) => problem.code);
  return { ip, problems, codes };
}

const DATA = counting(64);
const UDP_DATA = build([udp({ srcPort: 7, dstPort: 9 }), counting(100)]);
const piece = (offset: number, length: number, more = true, data = DATA): Cut => ({
  offset,
  more,
  data: data.slice(offset, offset + length),
});

describe('IPv4 fragments (EDGE-CASES 10)', () => {
  it('become the packet that was sent, behind the first frame’s link layer', () => {
    const front = [
      ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' }),
      dot1q({ vid: 7 }),
    ];
    const fields = { src: '10.0.0.1', dst: '10.0.0.2', id: 1, ttl: 9, dscp: 5 };
    const whole = build([...front, ipv4(fields), udp({ srcPort: 7, dstPort: 9 }), counting(100)]);
    const { ip, codes } = listening();
    const data = whole.slice(38);
    const frames = cuts(data, [40, 80]).map((cut) => frame4(cut, fields, front));
    expect(ip.add(parsed(frames[2] as Uint8Array), 1, 11)).toBeUndefined();
    expect(ip.add(parsed(frames[0] as Uint8Array), 2, 12)).toBeUndefined();
    expect(ip.bytes).toBeGreaterThan(68);
    const done = ip.add(parsed(frames[1] as Uint8Array), 3, 15);
    expect(done).toMatchObject({
      version: 4,
      src: '10.0.0.1',
      dst: '10.0.0.2',
      protocol: 17,
      id: 1,
      frames: [11, 12, 15],
      time: 3,
      linkType: 228,
    });
    expect(done?.bytes).toEqual(whole.slice(18));
    expect(done?.toFrame()).toEqual({ bytes: whole, linkType: 1 });
    expect(parsed(done?.bytes as Uint8Array, undefined, 228).problems).toEqual([]);
    expect({ left: ip.datagrams, bytes: ip.bytes, codes: codes() }).toEqual({
      left: 0,
      bytes: 0,
      codes: [],
    });
  });

  it('keep the first fragment’s options and its flags but MF', () => {
    const { ip } = listening();
    const [one, two] = cuts(UDP_DATA, [64]) as [Cut, Cut];
    const options = [{ kind: 'routerAlert', value: 0 }] as never;
    ip.add(parsed(frame4(one, { options, reserved: true, dontFragment: true, ttl: 3 })));
    const done = ip.add(parsed(frame4(two, { ttl: 2 })));
    const packet = parsed(done?.bytes as Uint8Array, undefined, 228);
    expect(packet.layers[0]).toMatchObject({
      ihl: 6,
      length: 24 + UDP_DATA.length,
      ttl: 3,
      reserved: true,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
    });
    expect(codesOf(packet)).toEqual(['IPV4_RESERVED_FLAG', 'CHECKSUM_ABSENT']);
  });

  it('are numbered by themselves where no number is given', () => {
    const { ip } = listening();
    ip.add(parsed(fixture('arp-request')));
    ip.add(parsed(frame4(piece(0, 32))));
    expect(ip.add(parsed(frame4(piece(32, 32, false))))?.frames).toEqual([2, 3]);
  });

  it('of raw IP stay raw IP', () => {
    const { ip } = listening();
    const raw = (cut: Cut) => parsed(frame4(cut, {}, []), undefined, 101);
    ip.add(raw(piece(0, 32)));
    const done = ip.add(raw(piece(32, 32, false)));
    expect(done?.toFrame()).toEqual({ bytes: done?.bytes, linkType: 101 });
  });

  it('are told apart by ends, protocol, number and VLAN', () => {
    const vlan = (vid: number) => [ethernet({}), dot1q({ vid })];
    const { ip } = listening();
    const second = piece(32, 32, false);
    ip.add(parsed(frame4(piece(0, 32), {}, vlan(5))));
    for (const fields of [{ src: '10.0.0.9' }, { dst: '10.0.0.9' }, { id: 2 }, { protocol: 47 }]) {
      expect(ip.add(parsed(frame4(second, fields, vlan(5))))).toBeUndefined();
    }
    expect(ip.add(parsed(frame4(second, {}, vlan(6))))).toBeUndefined();
    expect(ip.datagrams).toBe(6);
    expect(ip.add(parsed(frame4(second, {}, vlan(5))))?.frames).toEqual([1, 7]);
  });

  it('may end with an empty one', () => {
    const { ip } = listening();
    ip.add(parsed(frame4(piece(0, 64))));
    expect(ip.add(parsed(frame4(piece(64, 0, false))))?.frames).toEqual([1, 2]);
  });

  it('that an ICMP error quotes are not put together', () => {
    const { ip } = listening();
    const quoted = frame4(piece(0, 32)).slice(14);
    const icmp = build([
      ethernet({}),
      ipv4({ protocol: 1 }),
      joined([new Uint8Array([3, 1, 0, 0, 0, 0, 0, 0]), quoted]),
    ]);
    expect(ip.add(parsed(icmp))).toBeUndefined();
    expect(ip.datagrams).toBe(0);
  });
});

describe('what is wrong with IPv4 fragments', () => {
  it('is told with the datagram, the frame and the RFC', () => {
    const { ip, problems } = listening();
    ip.add(parsed(frame4(piece(0, 32), { id: 77 })), 0, 3);
    ip.add(parsed(frame4(piece(0, 32), { id: 77 })), 0, 5);
    expect(problems).toEqual([
      {
        code: 'DUPLICATE',
        message: 'a fragment came twice, the same to the byte; one is left out',
        rfc: 'RFC 8200 §4.5',
        version: 4,
        src: '10.0.0.1',
        dst: '10.0.0.2',
        id: 77,
        frame: 5,
        frames: [5],
      },
    ]);
  });

  it('MIDDLE_LENGTH, EMPTY and BAD_LENGTH: the fragment is left out', () => {
    const { ip, codes } = listening();
    ip.add(parsed(frame4(piece(0, 33))));
    ip.add(parsed(frame4(piece(0, 0))));
    ip.add(parsed(frame4(piece(0, 32), { length: 10 })));
    ip.add(parsed(frame4(piece(0, 32), { length: 0 })));
    expect(codes()).toEqual(['MIDDLE_LENGTH', 'EMPTY', 'BAD_LENGTH', 'BAD_LENGTH']);
    expect(ip.datagrams).toBe(0);
  });

  it('CUT: a fragment that the snap length cut is never taken for whole', () => {
    const { ip, codes } = listening();
    ip.add(parsed(frame4(piece(0, 32))));
    const last = frame4(piece(32, 32, false));
    expect(ip.add(parsed(last.slice(0, -1), last.length))).toBeUndefined();
    expect(ip.add(parsed(last.slice(0, -1)))).toBeUndefined();
    expect(codes()).toEqual(['CUT', 'CUT']);
    expect(ip.add(parsed(last))?.bytes.slice(20)).toEqual(DATA);
  });

  it('TOO_LONG: past byte 65,535, in a fragment or with the first one’s header (EDGE-CASES 11)', () => {
    const { ip, codes } = listening();
    const at = (offset: number, length: number) => ({
      offset,
      more: false,
      data: counting(length),
    });
    ip.add(parsed(frame4(at(65_528, 8))));
    ip.add(parsed(fixture('ipv4-fragment-past-65535')));
    expect(codes()).toEqual(['TOO_LONG', 'TOO_LONG']);
    expect(ip.datagrams).toBe(0);
    // 65,515 bytes of data fit behind 20 bytes of header, not behind 24.
    const big = counting(65_515);
    const options = [{ kind: 'routerAlert', value: 0 }] as never;
    const [one, two] = cuts(big, [32_000]) as [Cut, Cut];
    ip.add(parsed(frame4(one, { options })));
    expect(ip.add(parsed(frame4(two)))).toBeUndefined();
    expect(codes()).toEqual(['TOO_LONG', 'TOO_LONG', 'TOO_LONG']);
    ip.add(parsed(frame4(one)));
    expect(ip.add(parsed(frame4(two)))?.bytes.length).toBe(65_535);
    expect(ip.bytes).toBe(0);
  });

  it('TINY: a TCP header that is split is told (RFC 1858)', () => {
    const { ip, codes } = listening();
    const tcp = { protocol: 6 };
    ip.add(parsed(frame4(piece(0, 8), tcp)));
    expect(ip.add(parsed(frame4(piece(8, 56, false), tcp)))?.bytes.slice(20)).toEqual(DATA);
    ip.add(parsed(frame4(piece(0, 16), tcp)));
    ip.add(parsed(frame4(piece(0, 8), { id: 2 })));
    expect(codes()).toEqual(['TINY', 'TINY']);
  });

  it('TIMEOUT: by capture time, which never runs backwards', () => {
    const { ip, problems, codes } = listening({ timeout: 30 });
    ip.add(parsed(frame4(piece(0, 32))), 100, 1);
    ip.add(parsed(frame4(piece(0, 32), { id: 2 })), 110, 2);
    ip.add(parsed(frame4(piece(0, 32), { id: 3 })), 50, 3);
    ip.add(parsed(fixture('arp-request')), 130, 4);
    expect(codes()).toEqual([]);
    expect(ip.add(parsed(frame4(piece(32, 32, false))), 130.1, 5)).toBeUndefined();
    expect(problems).toMatchObject([{ code: 'TIMEOUT', id: 1, frame: 1, frames: [1] }]);
    ip.add(parsed(fixture('arp-request')), 141, 6);
    expect(codes()).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    ip.end();
    expect(problems.at(-1)).toMatchObject({ code: 'INCOMPLETE', id: 1, frames: [5] });
    expect({ left: ip.datagrams, bytes: ip.bytes }).toEqual({ left: 0, bytes: 0 });
  });

  it('TIMEOUT: also when nothing more comes, for who asks when that is', () => {
    const firsts: (Uint8Array | undefined)[] = [];
    const { ip, codes } = listening({ timeout: 30, onTimeout: (first) => firsts.push(first) });
    expect(ip.deadline).toBeUndefined();
    const first = frame4(piece(0, 32));
    ip.add(parsed(first), 100, 1);
    ip.add(parsed(frame4(piece(32, 32, false), { id: 2 })), 110, 2);
    // It overlaps, and is given up before its time: nobody is told again.
    for (const offset of [0, 8]) ip.add(parsed(frame4(piece(offset, 32), { id: 3 })), 120, 3);
    expect(ip.deadline).toBe(130);
    ip.expire(129);
    expect(firsts).toEqual([]);
    ip.expire(130);
    expect(firsts).toEqual([first]);
    expect(ip.deadline).toBe(140);
    ip.expire(150);
    expect(firsts).toEqual([first, undefined]);
    expect(codes()).toEqual(['OVERLAP', 'TIMEOUT', 'TIMEOUT']);
    expect([ip.datagrams, ip.bytes, ip.deadline]).toEqual([0, 0, undefined]);
  });

  it('needs no listener', () => {
    const ip = new IpReassembler();
    ip.add(parsed(frame4(piece(0, 32))));
    ip.add(parsed(frame4(piece(0, 32))));
    ip.end();
    expect(ip.datagrams).toBe(0);
  });
});

describe('IPv4 fragments that overlap', () => {
  const late = counting(64, 100);
  const overlapping = [
    frame4(piece(0, 32)),
    frame4(piece(16, 32, true, late)),
    frame4(piece(40, 24, false)),
  ];
  const result = (options: IpReassemblerOptions, frames: readonly Uint8Array[]) => {
    const { ip, codes, problems } = listening(options);
    const done = frames.map((frame) => ip.add(parsed(frame))).find((one) => one !== undefined);
    return { data: done?.bytes.slice(20), frames: done?.frames, codes: codes(), problems, ip };
  };

  it('are dropped with all that follows, as Linux does', () => {
    const { data, codes, problems, ip } = result({}, overlapping);
    expect(data).toBeUndefined();
    expect(codes).toEqual(['OVERLAP']);
    expect(problems[0]).toMatchObject({ frame: 2, frames: [1] });
    expect(ip.datagrams).toBe(1);
    ip.end();
    expect(codes).toEqual(['OVERLAP']);
    expect(ip.bytes).toBe(0);
  });

  it('are cut to what the first or the last says', () => {
    const first = result({ overlap: 'first' }, overlapping);
    expect(first.data).toEqual(joined([DATA.slice(0, 32), late.slice(32, 48), DATA.slice(48)]));
    expect(first.frames).toEqual([1, 2, 3]);
    const last = result({ overlap: 'last' }, overlapping);
    expect(last.data).toEqual(joined([DATA.slice(0, 16), late.slice(16, 40), DATA.slice(40)]));
    const turned = [2, 1, 0].map((i) => overlapping[i] as Uint8Array);
    expect(result({ overlap: 'first' }, turned).data).toEqual(last.data);
    expect(result({ overlap: 'last' }, turned).data).toEqual(first.data);
    expect(first.codes).toEqual(['OVERLAP', 'OVERLAP']);
  });

  it('fill the gaps around what is there', () => {
    const frames = [
      frame4(piece(16, 8, true, late)),
      frame4(piece(40, 8, true, late)),
      frame4(piece(0, 56)),
      frame4(piece(56, 8, false)),
    ];
    expect(result({ overlap: 'first' }, frames).data).toEqual(
      joined([
        DATA.slice(0, 16),
        late.slice(16, 24),
        DATA.slice(24, 40),
        late.slice(40, 48),
        DATA.slice(48),
      ]),
    );
    const last = result({ overlap: 'last' }, frames);
    expect(last.data).toEqual(DATA);
    expect(last.frames).toEqual([3, 4]);
  });

  it('of one place and one content are duplicates, wherever they come', () => {
    const frames = [0, 1, 1, 0, 2].map((i) =>
      frame4([piece(0, 24), piece(24, 24), piece(48, 16, false)][i] as Cut),
    );
    const { data, codes } = result({}, frames);
    expect(data).toEqual(DATA);
    expect(codes).toEqual(['DUPLICATE', 'DUPLICATE']);
  });

  it('of one place and another content are not', () => {
    const frames = [
      frame4(piece(0, 32)),
      frame4(piece(0, 32, true, late)),
      frame4(piece(32, 32, false)),
    ];
    expect(result({}, frames).codes).toEqual(['OVERLAP']);
    expect(result({ overlap: 'last' }, frames).data).toEqual(
      joined([late.slice(0, 32), DATA.slice(32)]),
    );
  });

  it('whose last is a duplicate of a middle one make it whole', () => {
    const frames = [frame4(piece(0, 32)), frame4(piece(32, 32)), frame4(piece(32, 32, false))];
    expect(result({}, frames).data).toEqual(DATA);
  });

  it.each([
    ['LAST_DIFFERS', [piece(48, 16, false), piece(40, 16, false)]],
    ['PAST_LAST', [piece(32, 16, false), piece(40, 16)]],
    ['PAST_LAST', [piece(40, 16), piece(24, 16, false)]],
  ])('%s: two ends drop the datagram, or the fragment that came second', (code, pieces) => {
    const frames = pieces.map((one) => frame4(one));
    expect(result({}, frames).codes).toEqual([code]);
    const rest = frame4(piece(0, 64));
    expect(result({}, [...frames, rest]).data).toBeUndefined();
    const kept = result({ overlap: 'first' }, frames);
    expect(kept.codes).toEqual([code]);
    expect(kept.ip.datagrams).toBe(1);
  });
});

describe('IPv6 fragments (RFC 8200 §4.5)', () => {
  it('lose their fragment header, behind other extension headers', () => {
    // A hop-by-hop header of 8 bytes (PadN) and destination options of 16, then the fragment header.
    const hop = [60, 0, 1, 4, 0, 0, 0, 0];
    const before = new Uint8Array([...hop, 44, 1, 1, 12, ...new Uint8Array(12)]);
    const { ip, codes } = listening();
    const pieces = cuts(UDP_DATA, [40, 80]).map((cut) => frame6(cut, { before, first: 0 }));
    ip.add(parsed(pieces[1] as Uint8Array));
    ip.add(parsed(pieces[2] as Uint8Array));
    const done = ip.add(parsed(pieces[0] as Uint8Array));
    const ext = before.slice();
    ext[8] = 17;
    const fields = { src: '2001:db8::1', dst: '2001:db8::2', nextHeader: 0 };
    const link = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
    const wanted = build([link, ipv6(fields), joined([ext, UDP_DATA])]);
    expect(done?.toFrame()).toEqual({ bytes: wanted, linkType: 1 });
    expect(done).toMatchObject({ version: 6, protocol: 17, frames: [1, 2, 3], linkType: 229 });
    expect(done?.bytes).toEqual(wanted.slice(14));
    expect(codes()).toEqual([]);
  });

  it('take the next header of the first, whatever others say', () => {
    const { ip } = listening();
    ip.add(parsed(frame6(piece(32, 32, false), { next: 99 })));
    const done = ip.add(parsed(frame6(piece(0, 32), { next: 6 })));
    expect(done?.protocol).toBe(6);
    expect(done?.bytes[6]).toBe(6);
  });

  it('ATOMIC: one that is whole is taken by itself (RFC 6946)', () => {
    const { ip, codes } = listening();
    ip.add(parsed(frame6(piece(0, 32))), 0, 1);
    const done = ip.add(parsed(frame6({ offset: 0, more: false, data: UDP_DATA })), 0, 2);
    expect(done?.bytes.slice(40)).toEqual(UDP_DATA);
    expect(done?.frames).toEqual([2]);
    expect(codes()).toEqual(['ATOMIC']);
    expect(ip.add(parsed(frame6(piece(32, 32, false))), 0, 3)?.frames).toEqual([1, 3]);
  });

  it('that overlap drop the datagram under every policy (RFC 5722)', () => {
    for (const overlap of ['drop', 'first', 'last'] as const) {
      const { ip, codes } = listening({ overlap });
      ip.add(parsed(frame6(piece(0, 32))));
      ip.add(parsed(frame6(piece(24, 16))));
      expect(ip.add(parsed(frame6(piece(32, 32, false))))).toBeUndefined();
      expect(codes()).toEqual(['OVERLAP']);
      // The same number names another datagram once the time is over.
      ip.add(parsed(frame6(piece(0, 32))), 61);
      expect(ip.add(parsed(frame6(piece(32, 32, false))), 61)?.bytes.slice(40)).toEqual(DATA);
    }
  });

  it('TOO_LONG, MIDDLE_LENGTH, BAD_LENGTH and TINY count here too', () => {
    const { ip, codes } = listening();
    const far = { offset: 65_528, more: false, data: counting(8) };
    ip.add(parsed(frame6(far)));
    ip.add(parsed(frame6(piece(0, 9))));
    ip.add(parsed(frame6(piece(0, 8), { fields: { payloadLength: 0 } })));
    ip.add(parsed(frame6(piece(0, 8), { next: 6, id: 5 })));
    expect(codes()).toEqual(['TOO_LONG', 'MIDDLE_LENGTH', 'BAD_LENGTH', 'TINY']);
    const longest = { offset: 65_528, more: false, data: counting(7) };
    ip.add(parsed(frame6(longest)));
    expect(codes()).toHaveLength(4);
  });

  it('are found only where a fragment header is there in full', () => {
    const { ip, codes } = listening();
    const add = (nextHeader: number, body: number[]) =>
      ip.add(parsed(build([ethernet({}), ipv6({ nextHeader }), new Uint8Array(body)])));
    add(44, [17, 0, 0, 1, 0, 0, 0]);
    add(17, [0, 7, 0, 9, 0, 8, 0, 0]);
    add(60, [44, 9, 1, 4, 0, 0, 0, 0]);
    add(59, [44, 0, 1, 4, 0, 0, 0, 0, 44, 0, 0, 1]);
    expect(ip.datagrams).toBe(0);
    expect(codes()).toEqual([]);
  });
});

describe('fragments and tunnels', () => {
  const inner = build([
    ethernet({ src: '02:00:00:00:00:0a', dst: '02:00:00:00:00:0b' }),
    ipv4({ src: '192.168.0.1', dst: '192.168.0.2' }),
    udp({ srcPort: 7, dstPort: 9 }),
    counting(200),
  ]);
  const outer = [ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' })];

  it('of the outer packet give the frame that has the inner one', () => {
    const data = build([udp({ srcPort: 49_152, dstPort: 4789 }), vxlan({ vni: 7 }), inner]);
    const { ip } = listening();
    const [one, two] = cuts(data, [120]) as [Cut, Cut];
    const first = parsed(frame4(one, {}, outer));
    expect(first.layers.length).toBeGreaterThan(4);
    ip.add(first);
    const frame = ip.add(parsed(frame4(two, {}, outer)))?.toFrame();
    const packet = parsed(frame?.bytes as Uint8Array);
    expect(packet.layers.map((layer) => layer.layer).join('/')).toBe(
      'ethernet/ipv4/udp/vxlan/ethernet/ipv4/udp',
    );
    expect(packet.payload).toEqual(counting(200));
    expect(packet.problems).toEqual([]);
  });

  const tenant = (vni: number, cut: Cut, ends: { src: string; dst: string }, checksum = false) =>
    build([
      ...outer,
      ipv4(ends),
      udp({ srcPort: 49_152, ...(checksum ? { checksum: 'computed' as const } : {}) }),
      geneve({ vni, protocol: 0x6558 }),
      frame4(cut, { src: '192.168.0.1', dst: '192.168.0.2' }),
    ]);
  const ends = { src: '10.1.0.1', dst: '10.1.0.2' };

  it('of inner packets do not mix tenants with the same addresses', () => {
    const { ip } = listening();
    ip.add(parsed(tenant(1, piece(0, 32), ends)));
    ip.add(parsed(tenant(2, piece(0, 32), ends)));
    ip.add(parsed(tenant(1, piece(0, 32), { ...ends, src: '10.1.0.9' })));
    expect(ip.datagrams).toBe(3);
    expect(ip.add(parsed(tenant(2, piece(32, 32, false), ends)))?.frames).toEqual([2, 4]);
    expect(ip.datagrams).toBe(2);
  });

  it('of inner packets come in a tunnel that fits them', () => {
    const { ip } = listening();
    ip.add(parsed(tenant(1, piece(0, 64, true, UDP_DATA), ends, true)));
    const rest = { offset: 64, more: false, data: UDP_DATA.slice(64) };
    const { bytes } = ip.add(parsed(tenant(1, rest, ends, true)))?.toFrame() ?? {};
    const packet = parsed(bytes as Uint8Array);
    expect(packet.layers.map((layer) => layer.layer).join('/')).toBe(
      'ethernet/ipv4/udp/geneve/ethernet/ipv4/udp',
    );
    expect(packet.payload).toEqual(counting(100));
    // The outer UDP checksum was right, and is right again.
    expect(packet.problems).toMatchObject([{ code: 'CHECKSUM_ABSENT', layerIndex: 6 }]);
    expect(packet.layers[2]).not.toMatchObject({ checksum: 0 });
  });

  it('of inner packets that no tunnel can hold come alone', () => {
    const { ip } = listening();
    const data = counting(65_500);
    const half = 32_000;
    ip.add(parsed(tenant(1, { offset: 0, more: true, data: data.slice(0, half) }, ends)));
    const rest = { offset: half, more: false, data: data.slice(half) };
    const done = ip.add(parsed(tenant(1, rest, ends)));
    expect(done?.bytes.length).toBe(65_520);
    expect(done?.toFrame()).toEqual({ bytes: done?.bytes, linkType: 228 });
  });
});

describe('the limits of an IpReassembler', () => {
  it('on memory hold whatever is sent, and the oldest goes', () => {
    const { ip, problems } = listening({ maxBytes: 20_000 });
    let most = 0;
    for (let i = 0; i < 500; i++) {
      ip.add(
        parsed(frame4({ offset: 0, more: true, data: counting(1400) }, { id: i })),
        i / 1000,
        i + 1,
      );
      most = Math.max(most, ip.bytes);
    }
    expect(most).toBeLessThanOrEqual(20_000);
    expect(most).toBeGreaterThan(15_000);
    expect(new Set(problems.map((p) => p.code))).toEqual(new Set(['TOO_MUCH']));
    expect(problems.map((p) => p.id).slice(0, 3)).toEqual([0, 1, 2]);
    expect(problems.length + ip.datagrams).toBe(500);
  });

  it('on memory count what many small pieces cost', () => {
    const { ip } = listening({ maxBytes: 50_000, overlap: 'last' });
    for (let i = 1; i < 3000; i++) {
      ip.add(parsed(frame4({ offset: ((i * 16) % 65_000) & ~7, more: true, data: counting(8) })));
      expect(ip.bytes).toBeLessThanOrEqual(50_000);
    }
  });

  it('on memory drop even a datagram that is alone', () => {
    const { ip, codes } = listening({ maxBytes: 1000 });
    ip.add(parsed(frame4({ offset: 0, more: true, data: counting(1400) })));
    expect({ codes: codes(), left: ip.datagrams, bytes: ip.bytes }).toEqual({
      codes: ['TOO_MUCH'],
      left: 0,
      bytes: 0,
    });
  });

  it('on datagrams drop the oldest', () => {
    const { ip, problems } = listening({ maxDatagrams: 3 });
    for (let id = 0; id < 5; id++) ip.add(parsed(frame4(piece(0, 32), { id })));
    expect(ip.datagrams).toBe(3);
    expect(problems.map((p) => `${p.code} ${p.id}`)).toEqual(['TOO_MANY 0', 'TOO_MANY 1']);
  });

  it.each([
    [{ maxBytes: 0 }, /maxBytes is 0: expected a number from 1/],
    [{ maxDatagrams: Number.NaN }, /maxDatagrams is NaN/],
    [{ timeout: -1 }, /timeout is -1: expected a number from 0/],
    [{ overlap: 'middle' as 'first' }, /overlap is middle: expected drop, first, last/],
  ])('are refused where they are none: %j', (options, words) => {
    expect(() => new IpReassembler(options)).toThrow(words);
  });
});
