import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_COST, type Piece, Pieces } from '../../src/reassembly/pieces.js';

const piece = (start: number, bytes: readonly number[] | undefined, length = 0): Piece => ({
  start,
  end: start + (bytes?.length ?? length),
  bytes: bytes === undefined ? undefined : Uint8Array.from(bytes),
  frame: 1,
  time: 0,
});

describe('pieces', () => {
  it('know what a piece would meet, and which of it is known to be lost', () => {
    const pieces = new Pieces();
    pieces.add(piece(10, [1, 2, 3]), 'first');
    pieces.add(piece(13, undefined, 4), 'first');
    expect(pieces.meet(0, 10, undefined)).toEqual({
      bytes: 0,
      differs: false,
      lost: 0,
      exact: false,
    });
    expect(pieces.meet(10, 13, Uint8Array.of(1, 2, 3))).toMatchObject({
      bytes: 3,
      differs: false,
      exact: true,
    });
    expect(pieces.meet(9, 15, Uint8Array.of(0, 1, 9, 3, 7, 7))).toEqual({
      bytes: 5,
      differs: true,
      lost: 2,
      exact: false,
    });
    expect(pieces.meet(9, 15, undefined)).toMatchObject({ bytes: 5, differs: false });
    expect({ covered: pieces.covered, cost: pieces.cost, end: pieces.end }).toEqual({
      covered: 7,
      cost: 3 + 2 * PIECE_COST,
      end: 17,
    });
  });

  it('are nothing where nothing was added', () => {
    const pieces = new Pieces();
    pieces.add(piece(3, []), 'first');
    pieces.drop();
    expect(pieces.take(0)).toEqual([]);
    expect({ all: pieces.all, first: pieces.first, end: pieces.end }).toEqual({
      all: [],
      first: undefined,
      end: 0,
    });
  });

  it('are what a model of single bytes says, whatever is added and taken away', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.tuple(fc.constant('add'), fc.nat(60), fc.integer({ min: 1, max: 9 })),
      },
      fc.tuple(fc.constant('take'), fc.nat(60), fc.constant(0)),
      fc.tuple(fc.constant('drop'), fc.constant(0), fc.constant(0)),
    );
    const winner = fc.constantFrom('first' as const, 'last' as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), winner, (steps, wins) => {
        const pieces = new Pieces();
        const model = new Map<number, number>();
        const forget = (gone: readonly Piece[]) => {
          for (const { start, end } of gone) for (let at = start; at < end; at++) model.delete(at);
        };
        for (const [i, [what, at, length]] of steps.entries()) {
          if (what === 'add') {
            const bytes = Array.from({ length }, (_, k) => (i + k) & 255);
            pieces.add(piece(at, bytes), wins);
            bytes.forEach((byte, k) => {
              if (wins === 'last' || !model.has(at + k)) model.set(at + k, byte);
            });
          } else if (what === 'take') {
            const from = pieces.first !== undefined && at % 2 === 0 ? pieces.first.start : at;
            forget(pieces.take(from));
          } else {
            forget(pieces.first === undefined ? [] : [pieces.first]);
            pieces.drop();
          }
          const all = pieces.all.flatMap(({ start, bytes }) =>
            [...(bytes ?? [])].map((byte, k) => [start + k, byte] as const),
          );
          expect(all).toEqual([...model].sort(([a], [b]) => a - b));
          expect(pieces.covered).toBe(model.size);
          expect(pieces.cost).toBe(model.size + pieces.all.length * PIECE_COST);
        }
      }),
      { numRuns: 300 },
    );
  });
});
