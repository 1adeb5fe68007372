import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCapture } from '../../src/capture/reader.js';
import { parse } from '../../src/packet/parse.js';
import { everything } from '../capture/pcapng-file.js';
import { expectError, requireBuild, run } from './command.js';
import { bytesOf } from './frames.js';
import { runHere } from './here.js';
import { framesIn, type Kept, pcapngOf, pcapOf } from './tunnel-captures.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright ü decap '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(at(name)));

const INNER = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2)/udp(dstPort=9)/"inside"';
const OUTER = 'ethernet/ipv4(src=192.0.2.1,dst=192.0.2.2)';

interface Outcome {
  readonly frames: readonly Kept[];
  readonly err: string;
  readonly code: number;
}

/** What becomes of frames that are written as lines. */
async function decap(lines: readonly string[], ...args: string[]): Promise<Outcome> {
  const from = file('in.pcap', pcapOf(await Promise.all(lines.map(bytesOf))));
  const said = await runHere(['decap', from, '-o', at('out.pcapng'), ...args]);
  const err = said.err.replaceAll(from, 'in.pcap');
  return { frames: await framesIn(read('out.pcapng')), err, code: said.code };
}

/** The protocols of each frame. */
const stacks = ({ frames }: Outcome): string[] =>
  frames.map(({ data, linkType }) =>
    parse(data, { linkType })
      .layers.map(({ descriptor }) => descriptor.name)
      .join('/'),
  );

describe('decap', () => {
  it('takes VXLAN and Geneve off, over IPv4 and IPv6, tagged or not', async () => {
    const outcome = await decap([
      `${OUTER}/udp/vxlan(vni=1)/${INNER}`,
      `ethernet/dot1q(vid=3)/ipv6/udp/vxlan(vni=1)/${INNER}`,
      `${OUTER}/udp/geneve(vni=2,options=[telemetry("5 ms")])/${INNER}`,
      `ethernet/ipv6/udp(checksum=0)/vxlan(vni=1)/${INNER}`,
    ]);
    expect(outcome.err).toBe('4 frames: 4 taken out\n');
    expect(outcome.code).toBe(0);
    const inner = await bytesOf(INNER);
    for (const [i, frame] of outcome.frames.entries()) {
      expect(frame.data).toEqual(inner);
      expect([frame.seconds, frame.nanoseconds]).toEqual([1_700_000_000 + i, 123_456_789]);
      expect([frame.wireLength, frame.linkType]).toEqual([inner.length, 1]);
    }
  });

  it('keeps frames without a tunnel, or drops them, and says how many', async () => {
    const lines = [INNER, `${OUTER}/udp/vxlan(vni=1)/${INNER}`, 'ethernet/arp'];
    const kept = await decap(lines);
    expect(kept.err).toBe('3 frames: 1 taken out, 2 without a tunnel kept\n');
    expect(stacks(kept)).toEqual(['ethernet/ipv4/udp', 'ethernet/ipv4/udp', 'ethernet/arp']);
    const dropped = await decap(lines, '--others', 'drop');
    expect(dropped.err).toBe('3 frames: 1 taken out, 2 without a tunnel dropped\n');
    expect([dropped.frames.length, dropped.code]).toEqual([1, 0]);
  });

  it('takes off the tunnels of one VNI, and of ports that -d names', async () => {
    const lines = [1, 2].map((vni) => `${OUTER}/udp/vxlan(vni=${vni})/${INNER}`);
    const one = await decap(lines, '--vni', '2');
    expect(stacks(one)).toEqual(['ethernet/ipv4/udp/vxlan/ethernet/ipv4/udp', 'ethernet/ipv4/udp']);
    const odd = [`${OUTER}/udp(dstPort=8472)/vxlan(vni=1)/${INNER}`];
    expect((await decap(odd)).err).toContain('1 without a tunnel kept');
    const named = await decap(odd, '-d', 'udp.port==8472,vxlan');
    expect(named.frames[0]?.data).toEqual(await bytesOf(INNER));
  });

  it('takes off one level, or all; with --dot1q tags, too', async () => {
    const twice = `${OUTER}/udp/vxlan(vni=1)/${OUTER}/udp/geneve(vni=2)/ethernet/dot1q(vid=5)/ipv4/udp`;
    const stack = 'ethernet/dot1q/ipv4/udp';
    expect(stacks(await decap([twice]))).toEqual([`ethernet/ipv4/udp/geneve/${stack}`]);
    expect(stacks(await decap([twice], '--all'))).toEqual([stack]);
    expect(stacks(await decap([twice], '--all', '--dot1q'))).toEqual(['ethernet/ipv4/udp']);
    const tagged = ['ethernet/dot1q(vid=5)/dot1q(vid=6)/arp', 'ethernet/arp'];
    const untagged = await decap(tagged, '--dot1q');
    expect(stacks(untagged)).toEqual(['ethernet/dot1q/arp', 'ethernet/arp']);
    expect(untagged.err).toBe('2 frames: 1 taken out, 1 without a tunnel kept\n');
  });

  it('leaves out what a receiver must drop, tells why and where that stands, and ends with 1', async () => {
    const good = `${OUTER}/udp/vxlan(vni=1)/${INNER}`;
    const outcome = await decap([
      good,
      `${OUTER}/udp/vxlan(vni=1,flags=0)/${INNER}`,
      `${OUTER}/udp/geneve(vni=1,version=1)/${INNER}`,
      `${OUTER}/udp/geneve(vni=1,oam=true)/${INNER}`,
      `${OUTER}/udp/geneve(vni=1,options=[{class=0x102,type=0x80,data=hex(00000001)}])/${INNER}`,
      `ethernet/ipv6/udp(checksum=0)/geneve(vni=1)/${INNER}`,
    ]);
    expect(outcome.err.split('\n')).toEqual([
      'framewright: in.pcap: frame 2: the I flag is not set, so the VNI is not valid (RFC 7348 §5)',
      'framewright: in.pcap: frame 3: the Geneve version is not 0 (RFC 8926 §3.4)',
      'framewright: in.pcap: frame 4: the O bit says that it is a control message, which is not to be forwarded (RFC 8926 §3.4)',
      'framewright: in.pcap: frame 5: a critical Geneve option is not known (RFC 8926 §3.5); --known-option 0x102:0x80 says that it is',
      'framewright: in.pcap: frame 6: the outer UDP checksum is 0 over IPv6, which is not allowed (RFC 6935 §5); --accept-zero-checksum takes it out',
      '6 frames: 1 taken out, 5 left out',
      '',
    ]);
    expect([outcome.frames.length, outcome.code]).toEqual([1, 1]);
  });

  it('takes out what its options accept', async () => {
    const critical = `${OUTER}/udp/geneve(vni=1,options=[{class=258,type=128,data=hex(00000001)}])/${INNER}`;
    expect((await decap([critical], '--known-option', '0x102:0x80')).code).toBe(0);
    const zero = `ethernet/ipv6/udp(checksum=0)/geneve(vni=1)/${INNER}`;
    expect((await decap([zero], '--accept-zero-checksum')).code).toBe(0);
    const bad = `${OUTER}/udp(checksum=1)/vxlan(vni=1)/${INNER}`;
    expect((await decap([bad])).code).toBe(0);
    const verified = await decap([bad], '--verify');
    expect(verified.err).toMatch(/checksum is wrong \(RFC 7348 §5\); without --verify/);
    expect(verified.code).toBe(1);
    const tagged = `${OUTER}/udp/vxlan(vni=1)/ethernet/dot1q(vid=5)/ipv4/udp`;
    expect(stacks(await decap([tagged]))).toEqual(['ethernet/dot1q/ipv4/udp']);
    const dropped = await decap([tagged], '--inner-vlan', 'drop');
    expect(dropped.err).toMatch(/the inner frame has a VLAN tag \(RFC 7348 §6.1\)/);
  });

  it('brings congestion marks inside as RFC 6040 says, or leaves packets as they are', async () => {
    const lines = [2, 0].map((ecn) => {
      return `ethernet/ipv4(ecn=3)/udp/vxlan(vni=1)/ethernet/ipv4(ecn=${ecn})/udp(srcPort=9,dstPort=9)`;
    });
    const marked = await decap(lines);
    expect(marked.frames.map(({ data }) => parse(data).layer('ipv4')?.ecn)).toEqual([3]);
    expect(parse(marked.frames[0]?.data as Uint8Array).problems).toEqual([]);
    expect(marked.err).toMatch(/frame 2: congestion was experienced.*\(RFC 6040 §4.2\)/);
    expect(marked.code).toBe(1);
    const left = await decap(lines, '--ecn', 'keep');
    expect(left.frames.map(({ data }) => parse(data).layer('ipv4')?.ecn)).toEqual([2, 0]);
    expect(left.code).toBe(0);
  });

  it('counts fragments, in which it looks for nothing', async () => {
    const { err } = await decap(['ethernet/ipv4(fragmentOffset=5,protocol=17)/zeros(100)']);
    expect(err).toBe('1 frame: 0 taken out, 1 without a tunnel kept, 1 of them fragments\n');
  });

  it('makes raw IP of what is in Geneve without Ethernet, where the file can hold it', async () => {
    const bare = `${OUTER}/udp/geneve(vni=1)/ipv4(src=10.0.0.1)/udp(dstPort=9)/"a"`;
    const framed = `${OUTER}/udp/geneve(vni=1)/${INNER}`;
    const both = await decap([framed, bare]);
    expect(both.frames.map(({ linkType }) => linkType)).toEqual([1, 101]);
    expect(stacks(both)).toEqual(['ethernet/ipv4/udp', 'ipv4/udp']);
    const alone = file('bare.pcap', pcapOf([await bytesOf(bare)]));
    expect((await runHere(['decap', alone, '-o', at('raw.pcap')])).code).toBe(0);
    expect((await openCapture(read('raw.pcap'))).linkType).toBe(101);
    const mixed = file('mixed.pcap', pcapOf(await Promise.all([framed, bare].map(bytesOf))));
    const refused = await runHere(['decap', mixed, '-o', at('no.pcap')]);
    expectError(refused, 1, /mixed\.pcap: frame 2 becomes one of link type 101.*pcapng holds/);
    expect(existsSync(at('no.pcap'))).toBe(false);
    const ng = file('mixed.pcapng', pcapngOf(await Promise.all([framed, bare].map(bytesOf))));
    await runHere(['decap', ng, '-o', at('ng.pcapng')]);
    const reader = await openCapture(read('ng.pcapng'));
    for await (const _ of reader);
    expect(reader.interfaces.map(({ name, linkType }) => `${name} ${linkType}`)).toEqual([
      'eth0 1',
      'eth1 1',
      'eth1 101',
    ]);
  });

  it('gives frames that the capture has cut their length on the wire', async () => {
    const whole = await bytesOf(`${OUTER}/udp/vxlan(vni=1)/${INNER}`);
    const from = file('cut.pcap', pcapOf([whole, whole], { cut: 90 }));
    await runHere(['decap', from, '-o', at('cut2.pcap')]);
    const [frame] = await framesIn(read('cut2.pcap'));
    const inner = await bytesOf(INNER);
    expect(frame?.wireLength).toBe(inner.length);
    expect(frame?.data).toEqual(inner.subarray(0, 40));
    const shorter = file('cut3.pcap', pcapOf([whole], { cut: 45 }));
    const said = await runHere(['decap', shorter, '-o', at('cut4.pcap')]);
    expect(said.err).toMatch(/the capture has 45 of \d+ bytes/);
  });

  it('takes out the first frames with -c, and of all kinds with - for both files', async () => {
    const frame = await bytesOf(`${OUTER}/udp/vxlan(vni=1)/${INNER}`);
    const piped = run(['decap', '-', '-o', '-', '-c', '2'], {
      input: pcapOf([frame, frame, frame]),
    });
    expect(piped.err).toBe('2 frames: 2 taken out\n');
    expect(await framesIn(piped.bytes)).toHaveLength(2);
    const none = run(['decap', '-', '-o', '-', '--to', 'pcapng'], { input: pcapOf([]) });
    expect([none.code, none.err]).toEqual([0, '0 frames: 0 taken out\n']);
  });

  it('keeps the frames of pcapng with sections in both byte orders, whose FCS it takes off', async () => {
    const from = file('all.pcapng', everything());
    const said = await runHere(['decap', from, '-o', at('all2.pcapng')]);
    expect(said.err).toMatch(
      /all2\.pcapng: left out, as only who knows them may change them: \d block/,
    );
    const [before, after] = [await framesIn(everything()), await framesIn(read('all2.pcapng'))];
    const times = (frames: readonly Kept[]) => frames.map((f) => [f.seconds, f.nanoseconds]);
    expect(times(after)).toEqual(times(before));
    for (const [i, { data, linkType, comments }] of after.entries()) {
      expect(data).toEqual(before[i]?.data.subarray(0, data.length));
      expect([linkType, comments]).toEqual([before[i]?.linkType, before[i]?.comments]);
    }
    const reader = await openCapture(read('all2.pcapng'));
    for await (const _ of reader);
    expect(reader.interfaces.every(({ fcsBytes }) => fcsBytes === undefined)).toBe(true);
  });

  it.each([
    [['--vni', 'x'], /--vni x: expected a whole number, 0–16777215/],
    [['--others', 'x'], /--others x: there are keep, drop/],
    [['--ecn', 'x'], /--ecn x: there are normal, keep/],
    [['--known-option', '1'], /--known-option 1: expected CLASS:TYPE/],
    [['-d', 'udp.port==1'], /-d udp.port==1: expected udp.port==8472,vxlan/],
    [['-c', '0'], /-c 0: expected 1 frame or more/],
  ])('refuses %j with words and 2', async (args, words) => {
    const from = file('e.pcap', pcapOf([]));
    expectError(await runHere(['decap', from, '-o', at('e2.pcap'), ...args]), 2, words);
    expect(existsSync(at('e2.pcap'))).toBe(false);
  });
});
