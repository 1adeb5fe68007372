import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { build } from '../../src/packet/build.js';
import { PIECE_COST } from '../../src/reassembly/pieces.js';
import type { TcpEvent } from '../../src/reassembly/tcp-events.js';
import { TcpReassembler } from '../../src/reassembly/tcp-reassembler.js';
import { cuts, frame4, parsed } from './fragments.js';
import { followed, type Sent, segment } from './segments.js';

const SYN: Sent = { seq: 999, flags: ['SYN'] };
const SYN_ACK: Sent = { from: 'server', seq: 4999, ack: 1000, flags: ['SYN', 'ACK'] };
const say = (at: number, data: string, more: Partial<Sent> = {}): Sent => ({
  seq: 1000 + at,
  ack: 5000,
  data,
  ...more,
});
const answer = (at: number, data: string, more: Partial<Sent> = {}): Sent => ({
  from: 'server',
  seq: 5000 + at,
  ack: 1000,
  data,
  ...more,
});

describe('a TCP connection', () => {
  it('is told from its SYN to its FINs, both directions in order', () => {
    const { events, client, server, story } = followed([
      SYN,
      SYN_ACK,
      say(0, 'GET /'),
      answer(0, '200 ', { ack: 1005 }),
      answer(4, 'OK', { flags: ['FIN', 'ACK'] }),
      say(5, '', { flags: ['FIN', 'ACK'], ack: 5007 }),
      { from: 'server', seq: 5007, ack: 1006 },
    ]);
    expect({ client, server }).toEqual({ client: 'GET /', server: '200 OK' });
    expect(story).toEqual(['fin server #5', 'fin client #6', 'end client #6 fin']);
    expect(events[0]).toEqual({
      kind: 'start',
      how: 'syn',
      from: 'client',
      frame: 1,
      time: 0,
      connection: {
        id: 1,
        key: expect.any(String),
        client: { address: '10.0.0.1', port: 50_000 },
        server: { address: '10.0.0.2', port: 80 },
      },
    });
    expect(events[1]).toMatchObject({
      kind: 'data',
      from: 'client',
      frame: 3,
      position: 0,
      seq: 1000,
      length: 5,
    });
    expect(new Set(events.map((event) => event.connection)).size).toBe(1);
  });

  it('is told in order of the stream where segments come in another', () => {
    const { client, story, events } = followed([
      SYN,
      say(3, 'de', { time: 1 }),
      say(5, 'f', { time: 2 }),
      say(0, 'abc', { time: 3 }),
    ]);
    expect(client).toBe('abcdef');
    expect(story).toEqual([
      'outOfOrder client #2 3+2',
      'outOfOrder client #3 5+1',
      'end client #4 capture',
    ]);
    const data = events.filter((event) => event.kind === 'data');
    expect(data.map(({ frame, time }) => [frame, time])).toEqual([
      [4, 3],
      [2, 1],
      [3, 2],
    ]);
  });

  it('that begins in the middle is told from its first segment', () => {
    const { events, client, server } = followed([say(7, 'lo'), say(9, '!'), answer(0, 'yes')]);
    expect(events[0]).toMatchObject({ kind: 'start', how: 'middle' });
    expect({ client, server }).toEqual({ client: 'lo!', server: 'yes' });
  });

  it('whose SYN was missed knows the server by its answer, also where that comes first', () => {
    const one = followed([SYN_ACK, say(0, 'a')]);
    expect(one.events[0]?.connection.server.port).toBe(80);
    expect(one.client).toBe('a');
    const two = followed([SYN_ACK, SYN, say(0, 'a'), answer(0, 'b')]);
    expect(new Set(two.events.map(({ connection }) => connection.id)).size).toBe(1);
    expect([two.client, two.server]).toEqual(['a', 'b']);
  });

  it('has sequence numbers that pass 2^32', () => {
    const base = 2 ** 32 - 3;
    const { client, story, events } = followed([
      { seq: base - 1, flags: ['SYN'] },
      { seq: base + 4, data: 'efg' },
      { seq: base, data: 'abcd' },
      { seq: base + 7, data: 'h' },
    ]);
    expect(client).toBe('abcdefgh');
    expect(story).toEqual(['outOfOrder client #2 4+3', 'wrap client #3', 'end client #4 capture']);
    expect(events.at(-2)).toMatchObject({ kind: 'data', position: 7, seq: 4 });
  });

  it('whose SYN brings data tells them once (RFC 7413)', () => {
    const open: Sent = { seq: 999, flags: ['SYN'], data: 'hello' };
    const { client, story } = followed([open, open, SYN_ACK, say(0, 'hello'), say(5, '!')]);
    expect(client).toBe('hello!');
    expect(story.slice(0, 4)).toEqual([
      'fastOpen client #1 0+5',
      'fastOpen client #2 0+5',
      'retransmission client #2 0+5',
      'retransmission client #4 0+5',
    ]);
  });

  it('ends by a reset, and is told what comes after it', () => {
    const { client, story } = followed([
      SYN,
      say(0, 'a'),
      answer(0, '', { flags: ['RST'] }),
      say(1, 'b'),
      say(2, '', { flags: ['RST'] }),
    ]);
    expect(client).toBe('ab');
    expect(story).toEqual(['reset server #3', 'end server #3 reset', 'reset client #5']);
  });

  it('is another one after a SYN with another number, or an answer to one', () => {
    const again: Sent = { seq: 77_000, flags: ['SYN'] };
    const { events, client, story } = followed([
      SYN,
      say(0, 'a'),
      say(5, 'late'),
      again,
      { seq: 77_001, data: 'b' },
    ]);
    expect(client).toBe('a<4>lateb');
    expect(story).toContain('end client #3 reused');
    expect(events.at(-1)?.connection.id).toBe(2);
    const missed = followed([
      SYN,
      SYN_ACK,
      answer(0, 'old'),
      { from: 'server', seq: 90_000, ack: 500_000, flags: ['SYN', 'ACK'] },
      { from: 'server', seq: 90_001, data: 'new' },
    ]);
    expect(missed.server).toBe('oldnew');
    expect(missed.events.at(-1)?.connection.id).toBe(2);
    const middle = followed([answer(0, 'old'), SYN, SYN_ACK, answer(0, 'new')]);
    expect(middle.events.at(-1)?.connection.id).toBe(2);
    expect(middle.client + middle.server).toBe('oldnew');
  });

  it('believes the answer that the client has acknowledged', () => {
    const other: Sent = { ...SYN_ACK, seq: 8_000_000 };
    const { server } = followed([
      SYN,
      other,
      SYN_ACK,
      say(0, 'hi'),
      other,
      answer(0, 'yes'),
      other,
      answer(3, '!'),
    ]);
    expect(server).toBe('yes!');
  });
});

describe('bytes that are sent again', () => {
  it('are told as retransmissions, and not delivered twice', () => {
    const { client, story } = followed([
      SYN,
      say(0, 'abc'),
      say(0, 'abc'),
      say(1, 'bcdef'),
      say(4, 'ef'),
    ]);
    expect(client).toBe('abcdef');
    expect(story).toEqual([
      'retransmission client #3 0+3',
      'retransmission client #4 1+2',
      'retransmission client #5 4+2',
      'end client #5 capture',
    ]);
  });

  it('and differ are told; what was told stays', () => {
    const { client, story } = followed([SYN, say(0, 'abc'), say(1, 'XXde'), say(3, 'de')], {
      overlap: 'last',
    });
    expect(client).toBe('abcde');
    expect(story).toEqual([
      'retransmission client #3 1+2 differs',
      'retransmission client #4 3+2',
      'end client #4 capture',
    ]);
  });

  it('while the first still wait: the first win, or the last where asked for', () => {
    const sent = [SYN, say(2, 'cdef'), say(4, 'EFGH'), say(0, 'ab')];
    const first = followed(sent);
    expect(first.client).toBe('abcdefGH');
    expect(first.story).toContain('retransmission client #3 4+4 differs');
    expect(followed(sent, { overlap: 'last' }).client).toBe('abcdEFGH');
  });

  it('as a segment that fills the gap and goes on into what waits', () => {
    expect(followed([SYN, say(2, 'CD'), say(0, 'abcdef')]).client).toBe('abCDef');
    expect(followed([SYN, say(2, 'CD'), say(0, 'abcdef')], { overlap: 'last' }).client).toBe(
      'abcdef',
    );
  });

  it('and are cut by the snap length are compared as far as they go', () => {
    const { story } = followed([
      SYN,
      say(0, 'abcdef'),
      say(0, 'abcdef', { cut: 3 }),
      say(0, 'aXcdef', { cut: 3 }),
    ]);
    expect(story.slice(0, 2)).toEqual([
      'retransmission client #3 0+6',
      'retransmission client #4 0+6 differs',
    ]);
  });

  it('are not compared with what has been forgotten', () => {
    const long = 'x'.repeat(40_000);
    const { story } = followed([SYN, say(0, long), say(40_000, long), say(0, 'yyy')]);
    expect(story[0]).toBe('retransmission client #4 0+3');
  });

  it('by a keep-alive or a probe are no data (RFC 9293 §3.8.4)', () => {
    const { client, story } = followed([
      SYN,
      say(0, 'ab'),
      say(1, ''),
      say(1, 'Z'),
      say(2, 'c'),
      say(2, 'cd'),
    ]);
    expect(client).toBe('abcd');
    expect(story.slice(0, 3)).toEqual([
      'keepAlive client #3 1+0',
      'keepAlive client #4 1+1',
      'retransmission client #6 2+1',
    ]);
  });

  it('from before the first that was seen are late, and given', () => {
    const { client, events } = followed([say(5, 'f'), say(0, 'abcdefg')]);
    expect(client).toBe('fg');
    const late = events.find((event) => event.kind === 'late');
    expect(late).toMatchObject({ position: -5, seq: 1000, length: 6 });
    expect(late?.kind === 'late' && new TextDecoder().decode(late.bytes)).toBe('abcdef');
  });
});

describe('bytes that are missing', () => {
  it('are told where they are missing, at the end', () => {
    const { client, events } = followed([
      SYN,
      say(0, 'a'),
      say(3, 'd'),
      say(6, 'g', { flags: ['FIN', 'ACK'] }),
    ]);
    expect(client).toBe('a<2>d<2>g');
    expect(events.filter(({ kind }) => kind === 'gap')).toMatchObject([
      { position: 1, seq: 1001, length: 2, reason: 'end', from: 'client' },
      { position: 4, seq: 1004, length: 2, reason: 'end' },
    ]);
    expect(events.some(({ kind }) => kind === 'fin')).toBe(true);
  });

  it('before a FIN are told too', () => {
    const { client, story } = followed([SYN, say(0, 'a'), say(3, '', { flags: ['FIN', 'ACK'] })]);
    expect(client).toBe('a<2>');
    expect(story.slice(-3)).toEqual([
      'gap client #3 1+2 end',
      'fin client #3',
      'end client #3 capture',
    ]);
  });

  it('are given up a second after the receiver has acknowledged them', () => {
    const lost = [SYN, SYN_ACK, say(0, 'a', { time: 1 }), say(3, 'd', { time: 1 })];
    const acks = (time: number): Sent => answer(0, '', { ack: 1004, time });
    const { client, story } = followed([
      ...lost,
      acks(1.1),
      acks(1.9),
      acks(2.1),
      say(1, 'bc', { time: 3 }),
      say(4, 'e', { time: 3 }),
    ]);
    expect(client).toBe('a<2>de');
    expect(story).toContain('gap client #4 1+2 acknowledged');
    expect(story).toContain('late client #8 1+2');
    const inTime = followed([...lost, acks(1.1), say(1, 'bc', { time: 1.2 }), acks(5)]);
    expect(inTime.client).toBe('abcd');
    // What is acknowledged is not what is missing.
    expect(
      followed([...lost, answer(0, '', { ack: 1001, time: 9 }), acks(9), say(1, 'bc', { time: 9 })])
        .client,
    ).toBe('abcd');
  });

  it('because the snap length cut them are told at once', () => {
    const { client, events, story } = followed([SYN, say(0, 'abcdef', { cut: 4 }), say(6, 'g')]);
    expect(client).toBe('ab<4>g');
    expect(events.find(({ kind }) => kind === 'gap')).toMatchObject({ frame: 2, position: 2 });
    expect(story[0]).toBe('gap client #2 2+4 cut');
    expect(followed([SYN, say(2, 'cdef', { cut: 4 }), say(0, 'ab')]).client).toBe('ab<4>');
    expect(followed([SYN, say(0, 'abc', { cut: 3 }), say(1, 'bcd')]).client).toBe('<3>d');
  });
});

describe('connections', () => {
  const segments = (reassembler: TcpReassembler, frames: readonly Uint8Array[]): TcpEvent[] =>
    frames.flatMap((frame) => reassembler.add(parsed(frame)));

  it('in tunnels are told apart by depth, and by VNI where asked for', () => {
    const tunnel = (vni: number) => [
      ethernet({}),
      ipv4({ src: '10.9.0.1', dst: '10.9.0.2' }),
      udp({ srcPort: 49_152 }),
      vxlan({ vni }),
      ethernet({}),
    ];
    const frames = [
      segment({ ...SYN, front: tunnel(1) }),
      segment({ ...say(0, 'one'), front: tunnel(1) }),
      segment({ ...say(0, 'two'), front: tunnel(2) }),
      segment(say(0, 'three')),
    ];
    const mixed = segments(new TcpReassembler(), frames).filter(({ kind }) => kind === 'data');
    expect(mixed.map(({ connection }) => connection.id)).toEqual([1, 2]);
    const events = segments(new TcpReassembler({ byVni: true }), frames);
    const data = events.filter((event) => event.kind === 'data');
    expect(data.map(({ connection }) => connection.id)).toEqual([1, 2, 3]);
    expect(new Set(data.map(({ connection }) => connection.key)).size).toBe(3);
  });

  it('are not made of fragments, nor of what ICMP quotes, nor of anything else', () => {
    const tcp = new TcpReassembler();
    const whole = segment(say(0, 'x'.repeat(64)));
    const first = frame4(cuts(whole.slice(34), [40])[0] as never, { protocol: 6 });
    const quote = Uint8Array.from([3, 1, 0, 0, 0, 0, 0, 0, ...whole.slice(14)]);
    const icmp = build([ethernet({}), ipv4({ protocol: 1 }), quote]);
    const tunnel = build([udp({ dstPort: 4789 }), vxlan({ vni: 1 }), whole]);
    const outer = frame4(cuts(tunnel, [96])[0] as never);
    expect(parsed(outer).layers.at(-1)?.layer).toBe('tcp');
    const other = build([ethernet({}), ipv4({}), udp({}), 'x']);
    const short = build([ethernet({}), ipv4({ protocol: 6 }), new Uint8Array(12)]);
    expect(segments(tcp, [first, outer, icmp, other, short])).toEqual([]);
    expect(tcp.size).toBe(0);
  });

  it('are numbered with their frames where no number is given', () => {
    const tcp = new TcpReassembler();
    segments(tcp, [build([ethernet({}), 'x'])]);
    expect(tcp.add(parsed(segment(SYN)))[0]).toMatchObject({ frame: 2, time: 0 });
  });

  it('above the limit end the one that was quiet for the longest time', () => {
    const tcp = new TcpReassembler({ maxConnections: 2 });
    const from = (clientPort: number, at: number, data: string) =>
      segment({ ...say(at, data), clientPort });
    const events = segments(tcp, [
      from(1, 0, 'a'),
      from(2, 0, 'b'),
      from(2, 5, 'waits'),
      from(1, 1, 'a'),
      from(3, 0, 'c'),
    ]);
    expect(tcp.size).toBe(2);
    expect(events.filter(({ kind }) => kind === 'gap' || kind === 'end')).toMatchObject([
      { kind: 'gap', reason: 'end', connection: { id: 2 } },
      { kind: 'end', reason: 'evicted', connection: { id: 2 }, frame: 3 },
    ]);
    expect(tcp.end().filter(({ kind }) => kind === 'end')).toHaveLength(2);
    expect({ size: tcp.size, bytes: tcp.bytes }).toEqual({ size: 0, bytes: 0 });
  });

  it('keep no more for one direction than is allowed', () => {
    const tcp = new TcpReassembler({ maxStreamBytes: 3 * (PIECE_COST + 10) });
    let gaps = 0;
    for (let i = 0; i < 1000; i++) {
      const events = tcp.add(parsed(segment(say(i * 20, 'x'.repeat(10)))));
      for (const event of events) {
        if (event.kind !== 'gap') continue;
        expect(event).toMatchObject({ reason: 'limit', length: 10 });
        gaps++;
      }
      expect(tcp.bytes).toBeLessThan(70_000);
    }
    expect(gaps).toBe(996);
  });

  it('keep no more in all than is allowed; who was quiet longest gives up', () => {
    const maxBytes = 40_000;
    const tcp = new TcpReassembler({ maxBytes });
    const events: TcpEvent[] = [];
    for (let i = 0; i < 400; i++) {
      const front = { clientPort: 1000 + (i % 100) };
      const at = Math.floor(i / 100) * 500;
      events.push(...tcp.add(parsed(segment({ ...say(at, 'x'.repeat(100)), ...front }))));
      expect(tcp.bytes).toBeLessThanOrEqual(maxBytes);
    }
    const limits = events.filter((event) => event.kind === 'gap');
    expect(limits.length).toBeGreaterThan(100);
    expect(new Set(limits.map((event) => event.kind === 'gap' && event.reason))).toEqual(
      new Set(['limit']),
    );
    events.push(...tcp.end());
    const told = events.reduce((sum, event) => sum + (event.kind === 'data' ? event.length : 0), 0);
    expect(told).toBe(400 * 100);
  });

  it('in reverse order take 10,000 segments in no time', () => {
    const tcp = new TcpReassembler({ maxStreamBytes: 2 ** 26 });
    tcp.add(parsed(segment(SYN)));
    const data = 'x'.repeat(1000);
    const packets = Array.from({ length: 10_000 }, (_, i) =>
      parsed(segment(say((9999 - i) * 1000, data))),
    );
    const begin = performance.now();
    const events = packets.flatMap((packet) => tcp.add(packet));
    const took = performance.now() - begin;
    expect(events.filter(({ kind }) => kind === 'data')).toHaveLength(10_000);
    expect(events.at(-1)).toMatchObject({ position: 9_999_000 });
    // Half a second on a busy machine. What is quadratic takes minutes.
    expect(took).toBeLessThan(10_000);
  });

  it.each([
    [{ maxConnections: 0 }, /maxConnections is 0/],
    [{ maxBytes: -1 }, /maxBytes is -1/],
    [{ maxStreamBytes: Number.NaN }, /maxStreamBytes is NaN/],
    [{ overlap: 'drop' as 'first' }, /overlap is drop: expected first, last/],
  ])('have limits that make sense: %j is refused', (options, words) => {
    expect(() => new TcpReassembler(options)).toThrow(words);
  });
});
