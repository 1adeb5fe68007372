import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { framesOf } from '../../src/capture/reader.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { type TcpFlag, tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { communityId } from '../../src/packet/community-id.js';
import { flowHash } from '../../src/packet/flow-hash.js';
import { flowLevels } from '../../src/packet/flow-level.js';
import { FlowTable } from '../../src/packet/flow-table.js';
import { parse } from '../../src/packet/parse.js';
import { Toeplitz } from '../../src/packet/toeplitz.js';
import { CORPUS, corpusFiles } from '../support/corpus.js';
import { fixture } from '../support/fixtures.js';
import { describeWithTshark, plainEnvironment } from '../support/tshark.js';

const A = '10.0.0.1';
const B = '10.0.0.2';
const at = (seconds: number, nanoseconds = 0) => ({ seconds, nanoseconds });

function udpPacket(src: string, dst: string, srcPort: number, dstPort: number) {
  return parse(build([ethernet(), ipv4({ src, dst }), udp({ srcPort, dstPort }), 'hello']));
}

/** A segment of the connection from A:1000 to B:80, or one from B back. */
function segment(from: 'A' | 'B', ...flags: TcpFlag[]) {
  const ends = from === 'A' ? { src: A, dst: B } : { src: B, dst: A };
  const ports = from === 'A' ? { srcPort: 1000, dstPort: 80 } : { srcPort: 80, dstPort: 1000 };
  return parse(build([ethernet(), ipv4(ends), tcp({ ...ports, flags })]));
}

describe('a flow table', () => {
  it('counts packets and bytes of the wire, each way and together', () => {
    const table = new FlowTable();
    const [flow] = table.add(udpPacket(B, A, 5000, 53), at(10, 5));
    table.add(udpPacket(A, B, 53, 5000), at(10, 7), 1000);
    table.add(udpPacket(B, A, 5000, 53), at(11, 0), 60);
    expect(table.flows).toEqual([flow]);
    expect(flow).toMatchObject({
      number: 1,
      tuple: { src: B, dst: A, protocol: 17, srcPort: 5000, dstPort: 53 },
      packets: 3,
      bytes: 47 + 1000 + 60,
      forward: { packets: 2, bytes: 107 },
      backward: { packets: 1, bytes: 1000 },
      first: at(10, 5),
      last: at(11, 0),
      ended: undefined,
    });
  });

  it('numbers flows in order of first appearance, and answers the flows of each packet', () => {
    const table = new FlowTable();
    const numbers = (frame: Uint8Array) => table.add(parse(frame)).map((flow) => flow.number);
    expect(numbers(fixture('vxlan'))).toEqual([1, 2]);
    expect(numbers(fixture('arp-request'))).toEqual([]);
    expect(numbers(fixture('udp'))).toEqual([3]);
    expect(numbers(fixture('vxlan'))).toEqual([1, 2]);
    expect(table.flows.map(({ number, level }) => [number, level.depth, level.vni])).toEqual([
      [1, 1, -1],
      [2, 2, 5000],
      [3, 1, -1],
    ]);
    expect(table.flows.map(({ bytes }) => bytes)).toEqual([248, 248, fixture('udp').length]);
  });

  it('keeps levels apart, and tenants with the same addresses where it is told to', () => {
    const inner = [ethernet(), ipv4({ src: A, dst: B }), udp({ srcPort: 1, dstPort: 2 })];
    const outer = (vni: number) => [ethernet(), ipv4(), udp(), vxlan({ vni }), ...inner];
    const found = (byVni: boolean) => {
      const table = new FlowTable({ byVni });
      for (const parts of [outer(1), outer(2), outer(1), inner]) table.add(parse(build(parts)));
      return table.flows.map(({ level: { depth, vni }, packets }) => [depth, vni, packets]);
    };
    expect(found(true)).toEqual([
      [1, -1, 3],
      [2, 1, 2],
      [2, 2, 1],
      [1, -1, 1],
    ]);
    // The VNI is that of the first packet.
    expect(found(false)).toEqual([
      [1, -1, 3],
      [2, 1, 3],
      [1, -1, 1],
    ]);
  });

  it('takes the levels that it was made for', () => {
    const depths = (levels: 'outer' | 'inner') => {
      const table = new FlowTable({ levels });
      table.add(parse(fixture('vxlan-in-geneve')));
      return table.flows.map(({ level }) => level.depth);
    };
    expect([depths('outer'), depths('inner')]).toEqual([[1], [3]]);
  });

  it('that is directed has a flow each way', () => {
    const table = new FlowTable({ symmetry: 'directed' });
    table.add(udpPacket(B, A, 5000, 53));
    table.add(udpPacket(A, B, 53, 5000));
    table.add(udpPacket(B, A, 5000, 53));
    expect(table.flows.map(({ tuple, packets }) => [tuple.src, packets])).toEqual([
      [B, 2],
      [A, 1],
    ]);
    const none = { packets: 0, bytes: 0 };
    expect(table.flows.map(({ backward }) => backward)).toEqual([none, none]);
  });

  it('keeps the earliest and the latest time to the nanosecond, in whatever order they come', () => {
    const table = new FlowTable();
    const times = [at(10, 500), at(9, 999_999_999), at(10, 501), at(10, 499), at(10, 501)];
    for (const time of times) table.add(udpPacket(A, B, 1, 2), time);
    const [flow] = table.flows;
    expect([flow?.first, flow?.last]).toEqual([at(9, 999_999_999), at(10, 501)]);
    // A record that is used again must not change what was told.
    const reused = at(1, 1);
    const other = new FlowTable();
    other.add(udpPacket(A, B, 1, 2), reused);
    reused.seconds = 5;
    expect(other.flows[0]?.first).toEqual(at(1, 1));
    const untimed = new FlowTable();
    untimed.add(udpPacket(A, B, 1, 2));
    expect([untimed.flows[0]?.first, untimed.flows[0]?.last]).toEqual([undefined, undefined]);
  });

  it('gives every flow what its hashes need, on bytes of its own', () => {
    const table = new FlowTable();
    const frame = fixture('vxlan');
    const levels = flowLevels(parse(frame.slice()));
    table.add(parse(frame));
    frame.fill(0xff);
    const toeplitz = new Toeplitz();
    for (const [i, { level }] of table.flows.entries()) {
      const seen = levels[i] as (typeof levels)[0];
      expect(level.view.byteLength).toBe(8);
      expect(communityId(level)).toBe(communityId(seen));
      expect(flowHash(level, 9)).toBe(flowHash(seen, 9));
      expect(toeplitz.hash(level)).toBe(toeplitz.hash(seen));
    }
  });

  it('has no more flows than it may, and says what it missed', () => {
    const table = new FlowTable({ maxFlows: 2 });
    for (const port of [1, 2, 3, 3, 1]) table.add(udpPacket(A, B, port, 9));
    expect(table.add(udpPacket(A, B, 4, 9))).toEqual([]);
    expect(table.flows.map(({ packets }) => packets)).toEqual([2, 1]);
    expect(table.missed).toBe(3);
    for (const maxFlows of [0, -1, Number.NaN]) {
      expect(() => new FlowTable({ maxFlows })).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION' }),
      );
    }
  });
});

describe('the end of a TCP connection', () => {
  it('is FIN from both sides', () => {
    const table = new FlowTable();
    const ended = (from: 'A' | 'B', ...flags: TcpFlag[]) =>
      table.add(segment(from, ...flags))[0]?.ended;
    expect(ended('A', 'SYN')).toBeUndefined();
    expect(ended('B', 'SYN', 'ACK')).toBeUndefined();
    expect(ended('A', 'FIN', 'ACK')).toBeUndefined();
    expect(ended('A', 'FIN', 'ACK')).toBeUndefined();
    expect(ended('B', 'FIN', 'ACK')).toBe('fin');
    // What follows does not change how it ended, and belongs to it.
    expect(ended('A', 'RST')).toBe('fin');
    expect(table.flows.map(({ packets }) => packets)).toEqual([6]);
  });

  it('is RST from one, and a SYN behind it is another flow', () => {
    const table = new FlowTable();
    table.add(segment('A', 'SYN'));
    table.add(segment('B', 'RST', 'ACK'));
    expect(table.flows[0]?.ended).toBe('reset');
    table.add(segment('B', 'FIN', 'ACK'));
    table.add(segment('A', 'FIN', 'ACK'));
    expect(table.flows[0]?.ended).toBe('reset');
    table.add(segment('B', 'SYN', 'ACK'));
    expect(table.flows).toHaveLength(1);
    expect(table.add(segment('A', 'SYN'))[0]?.number).toBe(2);
    expect(table.add(segment('B', 'SYN', 'ACK'))[0]).toBe(table.flows[1]);
    expect(table.flows.map(({ packets, ended }) => [packets, ended])).toEqual([
      [5, 'reset'],
      [2, undefined],
    ]);
  });

  it('is FIN from the one side of a directed flow', () => {
    const table = new FlowTable({ symmetry: 'directed' });
    expect(table.add(segment('A', 'FIN', 'ACK'))[0]?.ended).toBe('fin');
    expect(table.add(segment('B', 'ACK'))[0]?.ended).toBeUndefined();
  });

  it('is not read from data, nor from what was cut', () => {
    const table = new FlowTable();
    const fin = Uint8Array.of(3, 232, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x05);
    const add = (protocol: number, fragmentOffset: number, bytes: Uint8Array) =>
      table.add(parse(build([ethernet(), ipv4({ protocol, fragmentOffset }), bytes])))[0]?.ended;
    expect(add(17, 0, fin)).toBeUndefined();
    expect(add(6, 1, fin)).toBeUndefined();
    expect(add(6, 0, fin.slice(0, 13))).toBeUndefined();
    expect(add(6, 0, fin)).toBe('reset');
  });
});

describeWithTshark('flows are the streams of tshark', () => {
  const files = corpusFiles([
    'suricata-bug-3616-smtp.pcap',
    'suricata-tcp-fastopen-10-syn-data-ignore.pcap',
    // Each direction of its conversation has another VNI.
    'tcpdump-geneve.pcap',
    'zeek-conn-size.pcap',
    'zeek-tcp-option-sack.pcap',
    'zeek-tcp-timeout-with-pings.pcap',
    'zeek-http-qinq-0.pcap',
    'zeek-wikipedia.pcap',
  ]);
  it.skipIf(files.length === 0).each(files)('in %s, with their packets and bytes', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
    const asked = ['tcp.stream', 'udp.stream', 'frame.len', 'icmp'].flatMap((field) => [
      '-e',
      field,
    ]);
    const { stdout } = spawnSync(
      'tshark',
      ['-n', '-r', join(CORPUS, name), '-T', 'fields', ...asked],
      { encoding: 'utf8', env: plainEnvironment(folder) },
    );
    rmSync(folder, { recursive: true });
    const theirs = new Map<string, { number: number; packets: number; bytes: number }>();
    const table = new FlowTable({ levels: 'inner' });
    const lines = stdout.split('\n').slice(0, -1);
    for (const { data, linkType, wireLength, number } of framesOf(
      readFileSync(join(CORPUS, name)),
    )) {
      const [flow] = table.add(parse(data, { linkType, wireLength }));
      const [tcpStream = '', udpStream = '', length, icmp = ''] =
        lines[number - 1]?.split('\t') ?? [];
      // What an ICMP error quotes tshark counts to the quoted stream, too.
      if ((tcpStream === '' && udpStream === '') || icmp !== '') continue;
      // Of a tunnelled connection tshark tells the tunnel's stream, too.
      const stream = tcpStream === '' ? `udp ${udpStream}` : `tcp ${tcpStream}`;
      const known = theirs.get(stream) ?? { number: flow?.number ?? 0, packets: 0, bytes: 0 };
      // Every frame of a stream is of one flow.
      expect(flow?.number, `frame ${number}`).toBe(known.number);
      const { packets, bytes } = known;
      theirs.set(stream, { ...known, packets: packets + 1, bytes: bytes + Number(length) });
    }
    expect(theirs.size).toBeGreaterThan(0);
    for (const { number, packets, bytes } of theirs.values()) {
      expect(table.flows[number - 1]).toMatchObject({ packets, bytes });
    }
    const ported = table.flows.filter(({ tuple }) => tuple.srcPort !== undefined);
    expect(ported).toHaveLength(theirs.size);
  });
});
