import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_COST } from '../../src/reassembly/pieces.js';
import type { TcpEvent } from '../../src/reassembly/tcp-events.js';
import { TcpReassembler } from '../../src/reassembly/tcp-reassembler.js';
import { parsed } from './fragments.js';
import { segment } from './segments.js';

const joined = (events: readonly TcpEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'data' ? [...event.bytes] : []));

describe('a TCP stream', () => {
  it('cut anywhere, in any order, with anything sent twice, gives the same bytes', () => {
    const ranges = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 60 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.nat(2 ** 32 - 1),
        ranges,
        fc.constantFrom('first' as const, 'last' as const),
        (bytes, isn, some, overlap) => {
          const tcp = new TcpReassembler({ overlap });
          const events = tcp.add(parsed(segment({ seq: isn, flags: ['SYN'] })));
          const send = (from: number, to: number) => {
            const data = bytes.slice(from, to);
            if (data.length > 0)
              events.push(...tcp.add(parsed(segment({ seq: isn + 1 + from, data }))));
          };
          for (const [from, length] of some) send(from, from + length);
          // Whatever is not there yet, from behind.
          for (let at = Math.floor(bytes.length / 7) * 7; at >= 0; at -= 7) send(at, at + 7);
          events.push(...tcp.end());
          expect(joined(events)).toEqual([...bytes]);
          expect(events.some(({ kind }) => kind === 'gap' || kind === 'late')).toBe(false);
          expect(events.some((event) => event.kind === 'retransmission' && event.differs)).toBe(
            false,
          );
          expect(tcp.bytes).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of any segments never throws, tells each place once and in order, and keeps the limits', () => {
    const flag = fc.constantFrom<'SYN' | 'ACK' | 'FIN' | 'RST'>('SYN', 'ACK', 'FIN', 'RST');
    const step = fc.record({
      from: fc.constantFrom('client' as const, 'server' as const),
      seq: fc.oneof({ weight: 5, arbitrary: fc.nat(300) }, fc.nat(2 ** 32 - 1)),
      ack: fc.oneof(fc.nat(300), fc.nat(2 ** 32 - 1)),
      flags: fc.oneof(
        { weight: 3, arbitrary: fc.constant(['ACK' as const]) },
        fc.uniqueArray(flag),
      ),
      data: fc.uint8Array({ maxLength: 40 }),
      clientPort: fc.integer({ min: 1, max: 3 }),
    });
    const maxStreamBytes = 4 * PIECE_COST;
    const maxBytes = 12 * PIECE_COST;
    const runs = fc.array(fc.tuple(step, fc.nat(60), fc.nat(5)), { maxLength: 80 });
    fc.assert(
      fc.property(runs, fc.constantFrom('first' as const, 'last' as const), (steps, overlap) => {
        const tcp = new TcpReassembler({ overlap, maxStreamBytes, maxBytes, maxConnections: 2 });
        const events: TcpEvent[] = [];
        for (const [sent, cut, time] of steps) {
          const frame = segment(sent);
          const kept = frame.slice(0, frame.length - Math.min(cut, sent.data.length));
          events.push(...tcp.add(parsed(kept, frame.length), time));
          expect(tcp.bytes).toBeLessThanOrEqual(maxBytes);
          expect(tcp.size).toBeLessThanOrEqual(2);
        }
        events.push(...tcp.end());
        const next = new Map<string, number>();
        for (const event of events) {
          if (event.kind !== 'data' && event.kind !== 'gap') continue;
          const stream = `${event.connection.id} ${event.from}`;
          expect(event.position).toBe(next.get(stream) ?? 0);
          expect(event.length).toBeGreaterThan(0);
          next.set(stream, event.position + event.length);
        }
        const ends = events.filter(({ kind }) => kind === 'end').map((e) => e.connection.id);
        expect(new Set(ends).size).toBe(ends.length);
        expect({ size: tcp.size, bytes: tcp.bytes }).toEqual({ size: 0, bytes: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
