import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { type HandRecord, pcapFile } from '../capture/pcap-file.js';
import { cuts, frame4 } from '../reassembly/fragments.js';
import { type Sent, segment } from '../reassembly/segments.js';
import { CORPUS, corpusFiles } from '../support/corpus.js';
import { tshark } from '../support/follow.js';
import { describeWithTshark } from '../support/tshark.js';
import { expectError, requireBuild, run } from './command.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright-follow-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Frame = Uint8Array | { readonly bytes: Uint8Array; readonly wire: number };

/** A capture of these frames, a second apart. */
function capture(name: string, frames: readonly Frame[]): string {
  const records = frames.map((frame, i): HandRecord => {
    const data = frame instanceof Uint8Array ? frame : frame.bytes;
    const wire = frame instanceof Uint8Array ? data.length : frame.wire;
    return { seconds: 1_700_000_000 + i, fraction: 250_000, data, lengths: [data.length, wire] };
  });
  const path = join(folder, name);
  writeFileSync(path, pcapFile({ records }));
  return path;
}

const LINE = '='.repeat(67);
const say = (at: number, data: string, more: Partial<Sent> = {}) =>
  segment({ seq: 1000 + at, ack: 5000, data, ...more });
const answer = (at: number, data: string) => segment({ from: 'server', seq: 5000 + at, data });
const HANDSHAKE = [
  segment({ seq: 999, flags: ['SYN'] }),
  segment({ from: 'server', seq: 4999, ack: 1000, flags: ['SYN', 'ACK'] }),
];
const CONVERSATION = [
  ...HANDSHAKE,
  say(0, 'GET / \tHTTP\n'),
  answer(0, 'two\u0001'),
  answer(4, 'pieces'),
  say(12, 'bye'),
];

describe('follow', () => {
  it('prints what was said, what the server said set in', () => {
    const { out, err, code } = run(['follow', capture('a.pcap', CONVERSATION), '--flow', '1']);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(out.split('\n')).toEqual([
      '',
      LINE,
      'Follow: tcp,ascii',
      'Filter: flow 1',
      'Node 0: 10.0.0.1:50000',
      'Node 1: 10.0.0.2:80',
      '12',
      'GET / .HTTP',
      '',
      '\t4',
      'two.',
      '\t6',
      'pieces',
      '3',
      'bye',
      LINE,
      '',
    ]);
  });

  it('prints hex with the place in each direction, and raw hex', () => {
    const file = capture('a.pcap', CONVERSATION);
    const lines = (form: string) =>
      run(['follow', file, '--flow', '1', '--as', form]).out.split('\n').slice(6, -2);
    expect(lines('raw')).toEqual([
      '474554202f2009485454500a',
      '\t74776f01',
      '\t706965636573',
      '627965',
    ]);
    expect(lines('hex').slice(1)).toEqual([
      `\t00000000  74 77 6f 01${' '.repeat(38)} two.`,
      `\t00000004  70 69 65 63 65 73${' '.repeat(32)} pieces`,
      `0000000C  62 79 65${' '.repeat(41)} bye`,
    ]);
    expect(lines('hex')[0]).toMatch(
      /^00000000 {2}47 45 54 20 2f 20 09 48 {2}54 54 50 0a +GET \/ \.H TTP\.$/,
    );
  });

  it('prints JSON lines with frames and times', () => {
    const file = capture('gap.pcap', [...HANDSHAKE, say(0, 'a'), say(5, 'b')]);
    const { out } = run(['follow', file, '--flow', '1', '--as', 'jsonl']);
    const about = { from: 'client', connection: 1 };
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { ...about, frame: 3, time: '1700000002.250000', length: 1, bytes: '61' },
      { ...about, frame: 4, time: '1700000003.250000', length: 4, missing: 'end' },
      { ...about, frame: 4, time: '1700000003.250000', length: 1, bytes: '62' },
    ]);
  });

  it('tells gaps on their place, and what else a person ought to know', () => {
    const cut = say(9, 'cut off');
    const frames = [
      ...HANDSHAKE,
      say(0, 'abc'),
      say(0, 'aXc'),
      say(8, '!'),
      { bytes: cut.slice(0, -4), wire: cut.length },
      segment({ from: 'server', seq: 5000, ack: 1016 }),
      segment({ from: 'server', seq: 5000, ack: 1016 }),
      say(4, 'late'),
    ];
    const { out, err } = run(['follow', capture('gaps.pcap', frames), '--flow', '1']);
    expect(out.split('\n').slice(6, -2)).toEqual([
      '3',
      'abc',
      '[5 bytes are missing here: the other end has acknowledged them, but they were not captured]',
      '1',
      '!',
      '3',
      'cut',
      '[4 bytes are missing here: the snap length cut them off]',
    ]);
    expect(err.split('\n').slice(0, -1)).toEqual([
      'framewright: frame 4 repeats bytes of the client with others: the first count',
      'framewright: frame 9 brings 4 bytes of the client too late',
    ]);
  });

  it('tells the first twenty notes of many', () => {
    const again = Array.from({ length: 25 }, () => say(0, 'xxx'));
    const { err } = run([
      'follow',
      capture('notes.pcap', [say(0, 'abc'), ...again]),
      '--flow',
      '1',
    ]);
    expect(err.split('\n')).toHaveLength(22);
    expect(err).toContain('framewright: 5 more notes are left out\n');
  });

  it('says one byte of one byte', () => {
    const file = capture('one.pcap', [...HANDSHAKE, say(1, 'b')]);
    expect(run(['follow', file, '--flow', '1']).out).toContain(
      '[1 byte is missing here: they were',
    );
  });

  it('takes one direction', () => {
    const file = capture('a.pcap', CONVERSATION);
    const raw = (way: string) =>
      run(['follow', file, '--flow', '1', '--as', 'raw', '--direction', way])
        .out.split('\n')
        .slice(6, -2);
    expect(raw('client')).toEqual(['474554202f2009485454500a', '627965']);
    expect(raw('server')).toEqual(['\t74776f01', '\t706965636573']);
  });

  it('writes the bytes to a file, and says on standard error which are missing', () => {
    const file = capture('gap.pcap', [...HANDSHAKE, say(0, 'a'), say(5, 'b'), answer(0, 'no')]);
    const target = join(folder, 'out.bin');
    const { out, err, code } = run([
      'follow',
      file,
      '--flow',
      '1',
      '-o',
      target,
      '--direction',
      'client',
    ]);
    expect({ out, code }).toEqual({ out: '', code: 0 });
    expect(err).toBe('framewright: client: 4 bytes are missing here: they were not captured\n');
    expect(readFileSync(target, 'latin1')).toBe('ab');
    expect(run(['follow', file, '--flow', '1', '-o', '-']).bytes.toString()).toBe('anob');
    const big = 'x'.repeat(50_000);
    const many = Array.from({ length: 20 }, (_, i) => say(i * 50_000, big));
    const long = run(['follow', capture('big.pcap', many), '--flow', '1', '-o', target]);
    expect(long).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(target).length).toBe(1_000_000);
  });

  it('names a second connection between the same ports', () => {
    const again = [segment({ seq: 77_000, flags: ['SYN'] }), segment({ seq: 77_001, data: 'new' })];
    const file = capture('again.pcap', [...CONVERSATION, ...again]);
    const lines = run(['follow', file, '--flow', '1']).out.split('\n');
    expect(lines.slice(-5, -2)).toEqual([
      '[another connection between the same ports]',
      '3',
      'new',
    ]);
    const hex = run(['follow', file, '--flow', '1', '--as', 'hex']).out;
    expect(hex).toMatch(/same ports\]\n00000000 {2}6e 65 77/);
  });

  it('puts IP fragments together first, in a tunnel and out of it', () => {
    const inner = build([
      ethernet({}),
      ipv4({ src: '192.168.0.1', dst: '192.168.0.2' }),
      udp({ srcPort: 7, dstPort: 9 }),
      'x'.repeat(100),
    ]);
    const outer = build([
      udp({ srcPort: 49_152 }),
      vxlan({ vni: 5 }),
      ethernet({}),
      inner.slice(14),
    ]);
    const tunnel = build([udp({ srcPort: 49_152, dstPort: 4789 }), vxlan({ vni: 5 }), inner]);
    expect(outer.length).toBe(tunnel.length);
    const frames = cuts(tunnel, [96]).map((cut) => frame4(cut));
    const file = capture('fragments.pcap', frames);
    expect(run(['follow', file, '--flow', '2']).out.split('\n').slice(4, 8)).toEqual([
      'Node 0: 192.168.0.1:7',
      'Node 1: 192.168.0.2:9',
      '100',
      'x'.repeat(100),
    ]);
    const back = capture('reverse.pcap', frames.toReversed());
    const numbers = run(['flows', back, '-T', 'jsonl']).out.trim().split('\n').length;
    expect(numbers).toBe(3);
    expect(run(['follow', back, '--flow', '3']).out).toContain('x'.repeat(100));
    const lost = run(['follow', capture('lost.pcap', frames.slice(0, 1)), '--flow', '1']);
    expect(lost.err).toBe('framewright: frame 1: the capture ends before a datagram is whole\n');
  });

  it('numbers flows by VNI where asked to, as flows does', () => {
    const tunnel = (vni: number) => [
      ethernet({}),
      ipv4({ src: '10.9.0.1', dst: '10.9.0.2' }),
      udp({ srcPort: 49_152 }),
      vxlan({ vni }),
      ethernet({}),
    ];
    const file = capture('tenants.pcap', [
      segment({ seq: 1, data: 'red', front: tunnel(1) }),
      segment({ seq: 1, data: 'blue', front: tunnel(2) }),
      segment({ seq: 4, data: 'dish', front: tunnel(1) }),
    ]);
    const bytes = (args: readonly string[]) => run(['follow', file, '-o', '-', ...args]).out;
    // The outer flow is the first; without VNIs the two tenants are one.
    expect(bytes(['--flow', '2'])).toBe('redeish');
    expect(bytes(['--flow', '2', '--by-vni'])).toBe('reddish');
    expect(run(['flows', file, '--by-vni', '-T', 'jsonl']).out.trim().split('\n')).toHaveLength(3);
  });

  it('follows UDP, both ways, with cut datagrams', () => {
    const front = [ethernet({}), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' })];
    const back = [ethernet({}), ipv4({ src: '10.0.0.2', dst: '10.0.0.1' })];
    const reply = build([...back, udp({ srcPort: 9, dstPort: 7 }), 'pong pong']);
    const file = capture('udp.pcap', [
      build([...front, udp({ srcPort: 7, dstPort: 9 }), 'ping']),
      { bytes: reply.slice(0, -5), wire: reply.length },
    ]);
    expect(run(['follow', file, '--flow', '1']).out.split('\n').slice(2, -2)).toEqual([
      'Follow: udp,ascii',
      'Filter: flow 1',
      'Node 0: 10.0.0.1:7',
      'Node 1: 10.0.0.2:9',
      '4',
      'ping',
      '\t4',
      'pong',
      '\t[5 bytes are missing here: the snap length cut them off]',
    ]);
  });

  it('has errors in words', () => {
    const file = capture('a.pcap', CONVERSATION);
    expectError(
      run(['follow', file, '--flow', '2']),
      2,
      /--flow 2: .*a\.pcap has the flows 1 to 1 \(see framewright flows\)/,
    );
    expectError(run(['follow', file, '--flow', '0']), 2, /--flow 0: /);
    expectError(
      run(['follow', '-', '--flow', '3'], { input: pcapFile() }),
      2,
      /standard input has no flows/,
    );
    expectError(run(['follow', file, '--flow', 'x']), 2, /--flow x: expected a whole number/);
    expectError(run(['follow', file]), 2, /flow/);
    expectError(
      run(['follow', file, '--flow', '1', '--as', 'pdf']),
      2,
      /--as pdf: there are ascii, hex, raw, jsonl/,
    );
    expectError(
      run(['follow', file, '--flow', '1', '--direction', 'up']),
      2,
      /--direction up: there are both, client, server/,
    );
    expectError(
      run(['follow', file, '--flow', '1', '--as', 'raw', '-o', '-']),
      2,
      /-o writes the bytes/,
    );
    expectError(run(['follow', join(folder, 'none'), '--flow', '1']), 1, /there is no such file/);
    const icmp = capture('icmp.pcap', [
      build([ethernet({}), ipv4({ protocol: 1 }), new Uint8Array(8)]),
    ]);
    expectError(run(['follow', icmp, '--flow', '1']), 2, /--flow 1 has IP protocol 1; TCP and UDP/);
    const later = capture('later.pcap', [
      frame4({ offset: 8, more: true, data: new Uint8Array(8) }),
    ]);
    expectError(run(['follow', later, '--flow', '1']), 2, /--flow 1 has no ports: fragments/);
  });

  it('prints what could be read of a damaged file, and then the error', () => {
    const path = join(folder, 'damaged.pcap');
    writeFileSync(path, readFileSync(capture('a.pcap', CONVERSATION)).subarray(0, -10));
    const result = run(['follow', path, '--flow', '1']);
    expect(result.out).toContain('pieces');
    expectError(result, 1, /damaged\.pcap: /);
  });
});

describeWithTshark('follow beside tshark', () => {
  const names = corpusFiles(['pcpp-tls.pcap', 'pcpp-http_req_frag.pcap', 'zeek-http-qinq-0.pcap']);
  it.skipIf(names.length === 0).each(names)('prints %s to the letter', (name) => {
    const path = join(CORPUS, name);
    const withoutFilter = (text: string) => text.replace(/^Filter: .*\n/m, '');
    for (const form of ['ascii', 'hex', 'raw']) {
      const theirs = tshark(['-q', '-r', path, '-z', `follow,tcp,${form},0`]);
      const { out } = run(['follow', path, '--flow', '1', '--as', form]);
      expect(withoutFilter(out), form).toBe(withoutFilter(theirs));
    }
  });
});
