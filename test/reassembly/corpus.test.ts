/** Real captures: what tshark puts together, we do, to the byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { framesOf } from '../../src/capture/reader.js';
import { fragmentOf } from '../../src/reassembly/fragment.js';
import { IpReassembler } from '../../src/reassembly/ip-reassembler.js';
import type { TcpEnd, TcpEvent } from '../../src/reassembly/tcp-events.js';
import { TcpReassembler } from '../../src/reassembly/tcp-reassembler.js';
import { CORPUS, corpusIsThere } from '../support/corpus.js';
import { tshark } from '../support/follow.js';
import { describeWithTshark } from '../support/tshark.js';
import { type AnyPacket, parsed } from './fragments.js';

vi.setConfig({ testTimeout: 120_000 });

const captures = corpusIsThere ? readdirSync(CORPUS).filter((name) => name.endsWith('.pcap')) : [];
const framesIn = (name: string): CapturedFrame[] => [
  ...framesOf(Uint8Array.from(readFileSync(join(CORPUS, name)))),
];
const packetOf = ({ data, wireLength, linkType }: CapturedFrame): AnyPacket =>
  parsed(data, wireLength, linkType);
const timeOf = ({ seconds, nanoseconds }: CapturedFrame): number => seconds + nanoseconds / 1e9;

const described = corpusIsThere ? describeWithTshark : describe.skip;

described('IP fragments of real captures', () => {
  it('become the datagrams that tshark makes of them, in the same frames', () => {
    let datagrams = 0;
    for (const name of captures) {
      const frames = framesIn(name);
      if (!frames.some((frame) => fragmentOf(packetOf(frame)) !== undefined)) continue;
      const ours: string[] = [];
      const ip = new IpReassembler();
      for (const frame of frames) {
        const done = ip.add(packetOf(frame), timeOf(frame), frame.number);
        // tshark does not call an atomic fragment put together.
        if (done === undefined || done.frames.length === 1) continue;
        const header = done.version === 4 ? ((done.bytes[0] ?? 0) & 15) * 4 : 40;
        const extension = done.bytes.length - header;
        ours.push(`${frame.number}\t${extension}\t${toHex(done.bytes.subarray(header))}`);
      }
      const fields = ['frame.number', 'ip.reassembled.length', 'ipv6.reassembled.length'];
      fields.push('ip.reassembled.data', 'ipv6.reassembled.data');
      const filter = ['-Y', 'ip.reassembled.length or ipv6.reassembled.length'];
      const out = tshark([
        '-r',
        join(CORPUS, name),
        ...filter,
        '-T',
        'fields',
        ...fields.flatMap((f) => ['-e', f]),
      ]);
      const theirs = out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'))
        .map(([number, length4, length6, data4, data6]) =>
          [number, length4 || length6, data4 || data6].join('\t'),
        );
      expect(ours, name).toEqual(theirs);
      datagrams += ours.length;
    }
    expect(datagrams).toBeGreaterThan(5);
  });
});

/** One direction of a stream as hex, with a note where bytes are missing. */
type Told = Map<string, string>;

/** What tshark follows: for each stream the ends, and what each of them sent. */
function followed(out: string): { nodes: [string, string]; sent: [string, string] }[] {
  return out
    .split(/^Follow: /m)
    .slice(1)
    .map((text) => {
      const lines = text.split('\n');
      const node = (n: number) =>
        (lines.find((line) => line.startsWith(`Node ${n}: `)) ?? '').slice('Node 0: '.length);
      const data = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line));
      const of = (tab: boolean) =>
        data
          .filter((line) => line.startsWith('\t') === tab)
          .map((line) => line.trim())
          .join('');
      return { nodes: [node(0), node(1)], sent: [of(false), of(true)] };
    });
}
const missing = (bytes: number): string =>
  toHex(new TextEncoder().encode(`[${bytes} bytes missing in capture file]\0`));

function streamsOf(name: string): { ends: string[]; told: Told }[] {
  const ip = new IpReassembler();
  const tcp = new TcpReassembler();
  const streams: { ends: string[]; told: Told }[] = [];
  const take = (events: readonly TcpEvent[]) => {
    for (const event of events) {
      const { id, client, server } = event.connection;
      const text = ({ address, port }: TcpEnd) =>
        `${address.includes(':') ? `[${address}]` : address}:${port}`;
      streams[id] ??= { ends: [text(client), text(server)], told: new Map() };
      const { told } = streams[id];
      const from = text(event.connection[event.from]);
      if (event.kind === 'data') told.set(from, (told.get(from) ?? '') + toHex(event.bytes));
      // tshark says nothing of bytes that the snap length cut.
      const gap = event.kind === 'gap' && event.reason !== 'cut';
      if (gap) told.set(from, (told.get(from) ?? '') + missing(event.length));
    }
  };
  for (const frame of framesIn(name)) {
    const done = ip.add(packetOf(frame), timeOf(frame), frame.number);
    const whole = done?.toFrame();
    const packet =
      whole === undefined ? packetOf(frame) : parsed(whole.bytes, undefined, whole.linkType);
    take(tcp.add(packet, timeOf(frame), frame.number));
  }
  take(tcp.end());
  return streams.filter((stream) => stream !== undefined);
}

/** Where we differ on purpose, and why. */
const ON_PURPOSE: Readonly<Record<string, string>> = {
  // The server answers a SYN twice, with two numbers. tshark believes the answer that comes last,
  // and misses 118,049,816 bytes; we believe the one that the client has acknowledged.
  'suricata-tcp-fastopen-10-syn-data-ignore.pcap': 'without the gap',
};
const KNOWN_LINKS: readonly (number | undefined)[] = [1, 101, 228, 229];

described('TCP streams of real captures', () => {
  it('have the bytes that tshark follows', () => {
    let bytes = 0;
    let streams = 0;
    for (const name of captures) {
      if (!KNOWN_LINKS.includes(framesIn(name)[0]?.linkType)) continue;
      const path = join(CORPUS, name);
      const ours = streamsOf(name);
      if (ours.length === 0) continue;
      // tshark numbers what ICMP errors quote, too.
      const numbers = Array.from({ length: ours.length + 5 }, (_, i) => i);
      const asked = numbers.flatMap((number) => ['-z', `follow,tcp,raw,${number}`]);
      for (const { nodes, sent } of followed(tshark(['-q', '-r', path, ...asked]))) {
        const shown = `${name} ${nodes.join(' ')}`;
        // There is no stream of this number.
        if (nodes.includes(':0')) continue;
        streams++;
        bytes += sent.join('').length / 2;
        const at = ours.findIndex(({ ends }) => nodes.every((node) => ends.includes(node)));
        const told = at < 0 ? undefined : ours.splice(at, 1)[0]?.told;
        for (const [i, node] of nodes.entries()) {
          const wanted = ON_PURPOSE[name] === 'without the gap' ? withoutGaps(sent[i]) : sent[i];
          const got = told?.get(node) ?? '';
          expect(got, shown).toBe(wanted);
        }
      }
      expect(
        ours.filter(({ told }) => told.size > 0).map(({ ends }) => ends),
        name,
      ).toEqual([]);
    }
    expect(streams).toBeGreaterThan(50);
    expect(bytes).toBeGreaterThan(700_000);
  });
});

function withoutGaps(hex: string | undefined): string | undefined {
  const gap = /5b(3[0-9])+206279746573206d697373696e6720696e20636170747572652066696c655d00/g;
  return hex?.replace(gap, '');
}
