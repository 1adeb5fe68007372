import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { openCapture } from '../../src/capture/reader.js';
import { parse } from '../../src/packet/parse.js';
import { describeWithTshark, plainEnvironment } from '../support/tshark.js';
import { expectError, requireBuild, run, shell } from './command.js';
import { bytesOf } from './frames.js';
import { runHere } from './here.js';
import { framesIn, pcapngOf, pcapOf, someFrames } from './tunnel-captures.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright ü encap '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(at(name)));

/** The frames that come out with those arguments, parsed. */
async function wrapped(tunnel: string, frames: Uint8Array[], ...args: string[]) {
  const from = file('in.pcap', pcapOf(frames));
  const said = await runHere(['encap', tunnel, from, '-o', at('out.pcap'), ...args]);
  expect(said.err).toBe(`${frames.length} frames: ${frames.length} wrapped in ${NAMES[tunnel]}\n`);
  expect(said.code).toBe(0);
  return (await framesIn(read('out.pcap'))).map(({ data }) => parse(data));
}
const NAMES: Readonly<Record<string, string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  dot1q: '802.1Q',
};

describe('encap and decap', () => {
  it.each([
    ['vxlan', ['--vni', '5000'], []],
    ['vxlan', ['--vni', '5000', '--src', 'fd00::1'], []],
    ['geneve', ['--vni', '7', '--option', '0x103:1:00112233'], []],
    ['geneve', ['--vni', '7', '--dst', 'fd00::1', '--vlan', '5:3'], []],
    ['dot1q', ['--vid', '10'], ['--dot1q']],
  ])('give back the same frames of pcap, behind %s %j', async (tunnel, args, back) => {
    const original = pcapOf(await someFrames());
    const from = file('a.pcap', original);
    expect((await runHere(['encap', tunnel, from, '-o', at('b.pcap'), ...args])).code).toBe(0);
    const grown = await framesIn(read('b.pcap'));
    expect(grown.every(({ data, wireLength }) => data.length === wireLength)).toBe(true);
    const said = await runHere(['decap', at('b.pcap'), '-o', at('c.pcap'), ...back]);
    expect(said).toEqual({ code: 0, err: '4 frames: 4 taken out\n', out: '' });
    expect(read('c.pcap')).toEqual(original);
  });

  it('keep sections, interfaces, comments, drop counts and statistics of pcapng', async () => {
    const original = pcapngOf(await someFrames());
    const from = file('a.pcapng', original);
    const there = await runHere(['encap', 'vxlan', from, '-o', at('b.pcapng'), '--vni', '1']);
    expect(there.err).toBe('4 frames: 4 wrapped in VXLAN\n');
    const reader = await openCapture(read('b.pcapng'));
    for await (const _ of reader);
    // Frames have grown, and so has what is captured of them at most.
    expect(reader.interfaces.map((one) => [one.name, one.snapLength])).toEqual([
      ['eth0', 1550],
      ['eth1', 1550],
    ]);
    expect(reader.sections[0]?.hardware).toBe('a machine');
    await runHere(['decap', at('b.pcapng'), '-o', at('c.pcapng')]);
    const once = await framesIn(read('c.pcapng'));
    expect(once).toEqual(await framesIn(original));
    // But for the snap lengths it is the same file.
    const back = read('c.pcapng');
    expect(back.length).toBe(original.length);
    expect(back.filter((byte, i) => byte !== original[i])).toHaveLength(2 * 2);
  });

  it('read and write pipes, gzip, hex, and go between the formats', async () => {
    const frames = await someFrames();
    const original = pcapOf(frames);
    file('z.pcap.gz', gzipSync(original));
    const piped = shell(
      'cat z.pcap.gz | framewright encap vxlan - -o - --vni 9 | framewright decap - -o - | framewright encap dot1q - -o t.pcap.gz --vid 4; cat z.pcap.gz | framewright encap geneve - --to pcapng -o - --vni 9 | framewright decap - --to pcap -o back.pcap',
      folder,
    );
    expect([piped.code, piped.out]).toEqual([0, '']);
    expect(gunzipSync(read('t.pcap.gz')).length).toBe(original.length + 4 * frames.length);
    expect(read('back.pcap')).toEqual(original);
    const hex = Buffer.from(frames[0] as Uint8Array).toString('hex');
    const fromHex = run(['encap', 'dot1q', '-', '-o', '-', '--vid', '4'], { input: hex });
    expect(fromHex.err).toBe('1 frame: 1 wrapped in 802.1Q\n');
    expect(parse((await framesIn(fromHex.bytes))[0]?.data as Uint8Array).layer('dot1q')?.vid).toBe(
      4,
    );
  });

  it('tell what pcap has no place for', async () => {
    const from = file('n.pcapng', pcapngOf(await someFrames()));
    const { code, err } = await runHere(['encap', 'vxlan', from, '-o', at('n.pcap'), '--vni', '1']);
    expect(err).toMatch(/^framewright: .*left out, as pcap has no place for it: .*4 comments/);
    expect(code).toBe(0);
  });

  it('write times as fine as --precision says', async () => {
    const from = file('p.pcap', pcapOf(await someFrames()));
    const args = ['encap', 'dot1q', from, '-o', at('us.pcap'), '--vid', '1', '--precision', 'us'];
    expect((await runHere(args)).code).toBe(0);
    expect((await framesIn(read('us.pcap')))[0]?.nanoseconds).toBe(123_456_000);
  });

  it('carry what the capture has cut', async () => {
    const frames = await someFrames();
    const original = pcapOf(frames, { cut: 60 });
    const from = file('cut.pcap', original);
    await runHere(['encap', 'vxlan', from, '-o', at('cut2.pcap'), '--vni', '1']);
    const lengths = (await framesIn(read('cut2.pcap'))).map((f) => [f.data.length, f.wireLength]);
    expect(lengths).toEqual(frames.map(({ length }) => [Math.min(60, length) + 50, length + 50]));
    const [, , long] = (await framesIn(read('cut2.pcap'))).map(({ data }) => parse(data));
    // The headers outside say what was on the wire.
    expect(long?.layer('ipv4')?.length).toBe((frames[2] as Uint8Array).length + 36);
    await runHere(['decap', at('cut2.pcap'), '-o', at('cut3.pcap')]);
    expect(await framesIn(read('cut3.pcap'))).toEqual(await framesIn(original));
    const summed = ['encap', 'vxlan', from, '-o', at('cut4.pcap'), '--vni', '1', '--src', '::1'];
    const refused = await runHere(summed);
    expect(refused.err).toContain('frame 3: 60 of its 1062 bytes were captured: the UDP checksum');
    expect(refused.code).toBe(1);
    expect((await runHere([...summed, '--checksum', 'zero'])).code).toBe(0);
  });

  it('write what is good of a damaged capture, and say so', async () => {
    const from = file('torn.pcap', pcapOf(await someFrames()).subarray(0, -5));
    const said = await runHere(['encap', 'vxlan', from, '-o', at('torn2.pcap'), '--vni', '1']);
    expect(said.err).toMatch(/^3 frames: 3 wrapped in VXLAN\nframewright: .*torn\.pcap: /);
    expect(said.code).toBe(1);
    expect(await framesIn(read('torn2.pcap'))).toHaveLength(3);
    const same = await runHere(['encap', 'vxlan', from, '-o', from, '--vni', '1']);
    expect(same.err).toContain('stays as it is');
  });
});

describe('encap', () => {
  it('puts every option on the wire', async () => {
    const packets = await wrapped(
      'vxlan',
      await someFrames(),
      ...['--vni', '0x1388', '--src', '10.1.1.1', '--dst', '10.1.1.2'],
      ...['--src-mac', '02:00:00:00:00:aa', '--dst-mac', '02:00:00:00:00:bb'],
      ...['--src-port', '1234', '--dst-port', '8472', '--ttl', '77', '--dscp', '12', '--ecn', '2'],
      ...['--df', 'no', '--id', 'count', '--checksum', 'computed', '--vlan', '55:5'],
      ...['--group-policy-id', '0x10'],
    );
    for (const [i, packet] of packets.entries()) {
      expect(packet.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
      const { ethernet, dot1q, ipv4, udp } = {
        ethernet: packet.layer('ethernet'),
        dot1q: packet.layer('dot1q'),
        ipv4: packet.layer('ipv4'),
        udp: packet.layer('udp'),
      };
      expect([ethernet?.src, ethernet?.dst]).toEqual(['02:00:00:00:00:aa', '02:00:00:00:00:bb']);
      expect([dot1q?.vid, dot1q?.priority]).toEqual([55, 5]);
      expect([ipv4?.src, ipv4?.dst, ipv4?.ttl]).toEqual(['10.1.1.1', '10.1.1.2', 77]);
      expect([ipv4?.dscp, ipv4?.ecn, ipv4?.id]).toEqual([12, 2, i]);
      expect(ipv4?.dontFragment).toBe(false);
      expect([udp?.srcPort, udp?.dstPort]).toEqual([1234, 8472]);
      expect(udp?.checksum).not.toBe(0);
    }
    // Port 8472 leads nowhere by itself.
    const [packet] = await wrapped(
      'vxlan',
      await someFrames(),
      ...['--vni', '5000', '--group-policy-id', '16'],
    );
    expect([packet?.layer('vxlan')?.vni, packet?.layer('vxlan')?.groupPolicyId]).toEqual([
      5000, 16,
    ]);
  });

  it('takes numbers from inside, and the source port from the flow', async () => {
    const frames = await someFrames();
    const inner = ['--ttl', 'inner', '--dscp', 'inner', '--df', 'inner', '--ecn', 'normal'];
    const [first] = await wrapped('vxlan', frames, '--vni', '1', ...inner);
    const ip = first?.layer('ipv4');
    expect([ip?.ttl, ip?.dscp, ip?.ecn]).toEqual([9, 10, 1]);
    const port = first?.layer('udp')?.srcPort ?? 0;
    expect(port).toBeGreaterThanOrEqual(49_152);
    const [compatible] = await wrapped('vxlan', frames, '--vni', '1', '--ecn', 'compatibility');
    expect(compatible?.layer('ipv4')?.ecn).toBe(0);
    expect(compatible?.layer('udp')?.srcPort).toBe(port);
    const [v6] = await wrapped(
      'vxlan',
      frames,
      '--vni',
      '1',
      '--src',
      'fd00::5',
      '--flow-label',
      '7',
    );
    expect([v6?.layer('ipv6')?.src, v6?.layer('ipv6')?.dst]).toEqual(['fd00::5', '2001:db8::2']);
    expect(v6?.layer('ipv6')?.flowLabel).toBe(7);
    expect(v6?.layer('udp')?.checksum).not.toBe(0);
  });

  it('writes options of Geneve by number and by name, and the O bit', async () => {
    const [packet] = await wrapped(
      'geneve',
      await someFrames(),
      ...['--vni', '7', '--oam', '--option', '0x107:0x81:0011 2233'],
      ...['--option', 'telemetry(5ms)', '--option', '{class=5,type=1,data=hex(00ff00ff)}'],
    );
    const geneve = packet?.layer('geneve');
    expect([geneve?.vni, geneve?.oam, geneve?.critical]).toEqual([7, true, true]);
    expect(geneve?.options).toEqual([
      { class: 0x107, type: 0x81, data: Uint8Array.of(0, 0x11, 0x22, 0x33) },
      { kind: 'telemetry', value: '5ms' },
      { class: 5, type: 1, data: Uint8Array.of(0, 255, 0, 255) },
    ]);
  });

  it('puts a tag in front of those that are there', async () => {
    const packets = await wrapped(
      'dot1q',
      await someFrames(),
      ...['--vid', '99', '--priority', '6', '--dei', '--tpid', '0x88a8'],
    );
    for (const packet of packets) {
      const tag = packet.layer('dot1q');
      expect([tag?.vid, tag?.priority, tag?.dei]).toEqual([99, 6, true]);
      expect(packet.layer('ethernet')?.type).toBe(0x88a8);
    }
    expect(packets[1]?.all('dot1q')[1]?.vid).toBe(10);
  });

  it('leaves out what does not fit, tells which, and ends with 1', async () => {
    const from = file('long.pcap', pcapOf([...(await someFrames()), new Uint8Array(9)]));
    const args = ['encap', 'vxlan', from, '-o', at('long2.pcap'), '--vni', '1', '--mtu', '500'];
    const said = await runHere(args);
    expect(said.err).toBe(
      `framewright: ${from}: frame 3: 1062 bytes, expected at most 464: more and 50 bytes of headers don't fit\n` +
        `framewright: ${from}: frame 5: 9 bytes, an Ethernet header has 14\n` +
        '5 frames: 3 wrapped in VXLAN, 2 left out\n',
    );
    expect(said.code).toBe(1);
    expect(await framesIn(read('long2.pcap'))).toHaveLength(3);
  });

  it('writes nothing with --strict where a frame does not fit', async () => {
    const from = file('strict.pcap', pcapOf(await someFrames()));
    const args = ['encap', 'vxlan', from, '-o', at('strict2.pcap'), '--vni', '1', '--mtu', '500'];
    const said = await runHere([...args, '--strict']);
    expect(said.err).toMatch(/strict\.pcap: frame 3: 1062 bytes.*--strict: nothing is written/);
    expect(said.code).toBe(1);
    expect(existsSync(at('strict2.pcap'))).toBe(false);
  });

  it('tells ten frames of a link type that is not Ethernet, and counts the rest', async () => {
    const frames = Array.from({ length: 30 }, () => new Uint8Array(40));
    const from = file('raw.pcap', pcapOf(frames, { linkType: 101 }));
    const { err, code } = await runHere([
      'encap',
      'dot1q',
      from,
      '-o',
      at('r2.pcap'),
      '--vid',
      '1',
    ]);
    expect(err).toContain('frame 1: link type 101, expected 1: an Ethernet frame');
    expect(err).toContain('raw.pcap: 20 more frames like these');
    expect(err.split('\n')).toHaveLength(13);
    expect(code).toBe(1);
  });

  it('takes the FCS off: there is none in a tunnel', async () => {
    const frame = Uint8Array.of(...(await bytesOf('ethernet/ipv4/udp/"an FCS"')), 1, 2, 3, 4);
    const writer = PcapWriter.toMemory({ fcsBytes: 4 });
    writer.write(frame);
    const from = file('fcs.pcap', writer.bytes());
    await runHere(['encap', 'dot1q', from, '-o', at('fcs2.pcap'), '--vid', '1']);
    const reader = await openCapture(read('fcs2.pcap'));
    expect(reader.fcsBytes).toBeUndefined();
    expect((await framesIn(read('fcs2.pcap')))[0]?.data).toHaveLength(frame.length);
  });

  it.each([
    [['vxlan'], /Missing required argument: vni/],
    [['vxlan', '--vni', '16777216'], /--vni 16777216: expected a whole number, 0–16777215/],
    [['vxlan', '--vni', '1', '--ttl', '0'], /--ttl 0: expected a whole number, 1–255, or inner/],
    [['vxlan', '--vni', '1', '--src', 'host'], /--src host: expected an IPv4 or IPv6 address/],
    [['vxlan', '--vni', '1', '--src', '::1', '--dst', '10.0.0.1'], /expected both IPv4, or both/],
    [['vxlan', '--vni', '1', '--src', '::1', '--df', 'yes'], /--df yes: ::1 is of the other IP/],
    [['vxlan', '--vni', '1', '--src-mac', 'a'], /--src-mac a: expected a MAC address/],
    [['vxlan', '--vni', '1', '--vlan', '4096'], /--vlan 4096: expected a whole number, 0–4095/],
    [['vxlan', '--vni', '1', '--checksum', 'no'], /--checksum no: there are zero, computed/],
    [['geneve', '--vni', '1', '--option', '1:2'], /--option 1:2: expected CLASS:TYPE:HEX/],
    [['geneve', '--vni', '1', '--option', '1:2:000'], /--option 1:2:000: /],
    [['geneve', '--vni', '1', '--option', '1:2:00'], /--option: .*steps of four/],
    [['geneve', '--vni', '1', '--option', 'tele(1)'], /--option: .*no option is named "tele"/],
    [['dot1q', '--vid', '1', '--tpid', '0x800'], /--tpid 0x800: expected 0x8100/],
    [['gre', '--vni', '1'], /./],
  ])('refuses %j with words and 2', async (args, words) => {
    const from = file('e.pcap', pcapOf(await someFrames()));
    const [tunnel = '', ...rest] = args;
    const said = await runHere(['encap', tunnel, from, '-o', at('e2.pcap'), ...rest]);
    expectError(said, 2, words);
    expect(existsSync(at('e2.pcap'))).toBe(false);
  });

  it('names a file that is not there', async () => {
    const said = await runHere(['encap', 'dot1q', at('none'), '-o', at('e2.pcap'), '--vid', '1']);
    expectError(said, 1, /none: there is no such file/);
  });
});

describeWithTshark('tshark reads what encap writes', () => {
  it.each([
    ['vxlan', ['--vni', '5000', '--checksum', 'computed'], 'vxlan.vni', '5000'],
    ['vxlan', ['--vni', '5000', '--src', 'fd00::1', '--vlan', '9'], 'vxlan.vni', '5000'],
    ['geneve', ['--vni', '7', '--option', '0x103:1:00112233'], 'geneve.option.type', '0x01'],
    ['geneve', ['--vni', '7', '--src', 'fd00::1'], 'geneve.vni', '0x000007'],
    ['dot1q', ['--vid', '77'], 'vlan.id', '77'],
  ])('%s %j without a complaint', async (tunnel, args, field, value) => {
    for (const form of ['pcap', 'pcapng']) {
      const frames = await someFrames();
      const from = file(`t.${form}`, form === 'pcap' ? pcapOf(frames) : pcapngOf(frames));
      const out = at(`t2.${form}`);
      expect((await runHere(['encap', tunnel, from, '-o', out, ...args])).code).toBe(0);
      const fields = [field, '_ws.malformed', '_ws.expert.message'];
      const result = spawnSync(
        'tshark',
        [
          ...['-r', out, '-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'],
          ...['-Y', '!_ws.expert.severity || _ws.expert.severity < 4194304', '-T', 'fields'],
          ...fields.flatMap((name) => ['-e', name]),
        ],
        { encoding: 'utf8', env: plainEnvironment(folder) },
      );
      expect(result.status).toBe(0);
      const rows = result.stdout.replace(/\n$/, '').split('\n');
      expect(rows).toHaveLength(4);
      for (const row of rows) {
        const [found, malformed] = row.split('\t');
        expect(found?.split(',')[0]).toBe(value);
        expect(malformed).toBe('');
      }
    }
  });
});
