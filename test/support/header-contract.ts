/** What every header keeps, whatever its protocol: each header's test calls this once. */
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/bytes/address.js';
import { PacketError } from '../../src/bytes/error.js';
import type { LayoutField } from '../../src/bytes/layout.js';
import {
  CHECKED_PROBLEMS,
  type Extent,
  type HeaderView,
  NOTHING,
  type Place,
  type Protocol,
} from '../../src/headers/protocol.js';
import { parse } from '../../src/packet/parse.js';
import { fixture, linkTypeOf } from './fixtures.js';
import { bitsAt, randomFrom, viewOf, withBits } from './reference.js';

/** A field that no number of the layout holds: values that it takes, and values that it refuses. */
export interface OtherField {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
  /** Whether the view has a setter for it. */
  readonly setter: boolean;
}

export interface Contract<
  N extends string,
  F extends object,
  V extends HeaderView,
  I extends object,
> {
  readonly protocol: Protocol<N, F, V, I>;
  readonly View: new (view: DataView, offset?: number, end?: number) => V;
  readonly fixture: string;
  /** Where the header begins in the fixture, and how long it is. */
  readonly offset: number;
  readonly bytes: number;
  /** What the header says in the fixture. */
  readonly fields: F;
  readonly others?: Readonly<Record<string, OtherField>>;
  /** Fields without a setter: they say where others are. */
  readonly fixed?: readonly string[];
  /** Fields that other headers of the protocol have, but not this one. */
  readonly optional?: readonly string[];
  /** Fields that decide which others there are: they are not tried with those of the fixture. */
  readonly deciding?: readonly string[];
  /** Whether fewer bytes make a shorter header, rather than none. */
  readonly shrinks?: boolean;
  /** Numbers whose byte order the header itself tells, so that random bytes are not compared. */
  readonly eitherOrder?: readonly string[];
  /** Names whose value is computed from the bits to which they point. */
  readonly computedNames?: readonly string[];
}

type Loose = Record<string, unknown>;

const EXTENT: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

function extentFor(end: number): Extent {
  return { ...EXTENT, wireEnd: end };
}

function placeFor(headerEnd: number, end: number): Place {
  return {
    headerEnd,
    end,
    wireEnd: end,
    carrierEnd: end,
    carrierWireEnd: end,
    quoted: false,
    next: NOTHING,
    via: -1,
    tunnelAbove: false,
    pseudo: -1,
    checksumRequired: false,
  };
}

const BAD_NUMBERS = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', '', {}, [1], 1n];
const BAD_FLAGS = [2, -1, 0.5, Number.NaN, '1', 'true', '', {}, []];
const BAD_TEXTS = [5, -1, Number.NaN, 'hello', '', '1.2.3', '1.2.3.4.5', '256.0.0.1', ':', {}, []];

interface Sample {
  readonly value: unknown;
  readonly bits: bigint;
}

type Kind = 'number' | 'flag' | 'mac' | 'ipv4' | 'ipv6';

function kindOf(field: LayoutField, value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'flag';
  return field.bits === 32 ? 'ipv4' : field.bits === 48 ? 'mac' : 'ipv6';
}

/** Its least and largest value, with the bits that they are. */
function samples(field: LayoutField, kind: Kind): Sample[] {
  const max = 2n ** BigInt(field.bits) - 1n;
  const texts = {
    mac: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'],
    ipv4: ['0.0.0.0', '255.255.255.255'],
    ipv6: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  };
  if (kind === 'number')
    return [
      { value: 0, bits: 0n },
      { value: Number(max), bits: max },
    ];
  if (kind === 'flag')
    return [
      { value: false, bits: 0n },
      { value: true, bits: 1n },
    ];
  return texts[kind].map((value, i) => ({ value, bits: i === 0 ? 0n : max }));
}

function refused(field: LayoutField, kind: Kind): unknown[] {
  if (kind === 'number') return [2 ** field.bits, true, ...BAD_NUMBERS];
  return kind === 'flag' ? BAD_FLAGS : BAD_TEXTS;
}

/** What is thrown, which must be ours and say where. */
function refusal(action: () => void): PacketError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return error as PacketError;
  }
  throw new Error('it was taken');
}

/** The text or number of a field as buffer-layout's own value says it. */
function asField(kind: Kind, raw: number | Uint8Array): unknown {
  if (typeof raw === 'number') {
    if (kind === 'ipv4') return formatIpv4(raw);
    return kind === 'flag' ? raw === 1 : raw;
  }
  const hex = [...raw].map((byte) => byte.toString(16).padStart(2, '0'));
  if (kind === 'mac') return hex.join(':');
  const groups = (hex.join('').match(/..../g) ?? []).map((group) => Number.parseInt(group, 16));
  return groups.map((group) => group.toString(16)).join(':');
}

/** Checks the contract for one header in one fixture. */
export function headerContract<
  N extends string,
  F extends object,
  V extends HeaderView,
  I extends object,
>(c: Contract<N, F, V, I>): void {
  const { protocol, offset, others = {}, fixed = [], computedNames = [], eitherOrder = [] } = c;
  const { optional = [], deciding = [], shrinks = false } = c;
  const frame = fixture(c.fixture);
  const headerEnd = offset + c.bytes;
  const header = frame.slice(offset, headerEnd);
  const expected = c.fields as Loose;
  const all = c.fields as unknown as I;
  const name = protocol.name;

  /** Our layer of the fixture, as parse finds it, and its surroundings. */
  const found = (): { layer: V; place: Place } => {
    const packet = parse(frame, { linkType: linkTypeOf(c.fixture) });
    const index = packet.layers.findIndex((l) => l.offset === offset && l.layer === name);
    return { layer: packet.layers[index] as V, place: packet.places()[index] as Place };
  };
  const kindOfField = (field: LayoutField): Kind => kindOf(field, expected[field.name]);
  const place = placeFor(headerEnd, frame.length);

  describe(`the ${name} header of ${c.fixture}.hex keeps the contract`, () => {
    it('is found where it is, and decodes to its fields', () => {
      const { layer } = found();
      expect(layer).toBeInstanceOf(c.View);
      expect(layer.layer).toBe(name);
      expect(layer.descriptor.name).toBe(name);
      expect(layer.headerEnd).toBe(headerEnd);
      expect(layer.headerBytes).toEqual(header);
      expect(protocol.decode(layer)).toEqual(c.fields);
      expect(protocol.decode(new c.View(viewOf(frame), offset))).toEqual(c.fields);
      expect(protocol.size(all)).toBe(c.bytes);
    });

    it('says the same on a view of its own that lies inside a larger buffer', () => {
      const larger = new Uint8Array(frame.length + 40).fill(0x5a);
      larger.set(frame, 13);
      const view = new DataView(larger.buffer, 13, frame.length);
      expect(protocol.decode(new c.View(view, offset))).toEqual(c.fields);
    });

    it('encodes to the same bytes whatever was in the buffer', () => {
      for (const dirt of [0x00, 0xa5, 0xff]) {
        const buffer = frame.slice().fill(dirt, offset, headerEnd);
        protocol.encode(viewOf(buffer), offset, all, place);
        protocol.seal(viewOf(buffer), offset, all, place);
        expect(buffer).toEqual(frame);
      }
    });

    it('leaves its neighbours alone, in the middle of a larger buffer', () => {
      const larger = new Uint8Array(c.bytes + 80).fill(0x5a);
      const view = new DataView(larger.buffer, 13, c.bytes + 40);
      protocol.encode(view, 7, all, placeFor(7 + c.bytes, 7 + c.bytes));
      const wanted = new Uint8Array(c.bytes + 80).fill(0x5a);
      wanted.set(header, 20);
      expect(larger).toEqual(wanted);
    });

    it('is not written where there is no room for it', () => {
      for (const room of [0, 1, c.bytes - 1].filter((bytes) => bytes < c.bytes)) {
        const buffer = new Uint8Array(room + 3).fill(0xa5);
        const thrown = refusal(() => protocol.encode(viewOf(buffer), 3, all, place));
        expect(thrown.code).toBe('NO_ROOM');
        expect(thrown.layer).toBe(name);
        expect(buffer).toEqual(new Uint8Array(room + 3).fill(0xa5));
      }
    });

    it('is neither written nor viewed outside the buffer', () => {
      const buffer = frame.slice();
      for (const outside of [-1, -c.bytes, -4096, frame.length, frame.length + 1, 2 ** 32]) {
        const thrown = refusal(() => protocol.encode(viewOf(buffer), outside, all, place));
        expect(thrown.code).toBe('NO_ROOM');
        expect(refusal(() => new c.View(viewOf(buffer), outside)).code).toBe('NOT_A_HEADER');
      }
      const past = refusal(() => new c.View(viewOf(buffer), offset, frame.length + 1));
      expect(past.code).toBe('NOT_A_HEADER');
      expect(buffer).toEqual(frame);
    });

    it('is checked within its bounds at every truncation', () => {
      for (let end = offset; end <= frame.length; end++) {
        const whole = extentFor(end);
        const cut = extentFor(end);
        const answer = protocol.check(viewOf(frame), offset, end, whole);
        const cutView = viewOf(frame.slice(0, end));
        expect(protocol.check(cutView, offset, end, cut)).toBe(answer);
        expect(cut).toEqual(whole);
        if (answer === 0) {
          expect(cut.problems).not.toBe(0);
          expect(refusal(() => new c.View(cutView, offset)).code).toBe('NOT_A_HEADER');
          continue;
        }
        if (shrinks && end < headerEnd) {
          expect(answer).toBeLessThanOrEqual(end);
          const shorter = protocol.layer(cutView, offset, answer, cut.bodyEnd);
          expect(protocol.size(protocol.decode(shorter) as unknown as I)).toBe(answer - offset);
          continue;
        }
        expect(end).toBeGreaterThanOrEqual(headerEnd);
        expect(answer).toBe(headerEnd);
        expect(cut.bodyEnd).toBeGreaterThanOrEqual(answer);
        expect(cut.bodyEnd).toBeLessThanOrEqual(end);
        expect(cut.wireEnd).toBeGreaterThanOrEqual(cut.bodyEnd);
        const layer = protocol.layer(cutView, offset, answer, cut.bodyEnd);
        expect(protocol.decode(layer)).toEqual(c.fields);
      }
      const short = extentFor(headerEnd - 1);
      if (shrinks) return;
      expect(protocol.check(viewOf(frame), offset, headerEnd - 1, short)).toBe(0);
    });

    it('has a layout without gaps', () => {
      let bit = 0;
      for (const field of protocol.layout.fields) {
        expect(field.bit).toBe(bit);
        expect(field.bits).toBeGreaterThan(0);
        bit += field.bits;
      }
      expect(bit).toBe(protocol.layout.span * 8);
    });

    it('lists its fields as decode gives them', () => {
      expect(Object.keys(protocol.decode(found().layer))).toEqual(
        protocol.fields.filter((key) => !optional.includes(key)),
      );
      expect(protocol.fields).toEqual(expect.arrayContaining([...protocol.derived, ...optional]));
      expect(protocol.fields).toEqual(
        expect.arrayContaining(protocol.layout.fields.map((f) => f.name)),
      );
      const beside = protocol.fields.filter(
        (key) => !protocol.layout.fields.some((f) => f.name === key) && !optional.includes(key),
      );
      expect(beside, 'fields beside the layout need values in `others`').toEqual(
        Object.keys(others),
      );
    });

    it('reads every field of the layout as buffer-layout itself does', () => {
      const random = randomFrom(1);
      for (let round = 0; round < 50; round++) {
        const bytes = Buffer.from(header.map(() => random(256)));
        const raw = protocol.layout.decode(bytes) as Record<string, number | Uint8Array>;
        const layer = protocol.layer(viewOf(bytes), 0, c.bytes, c.bytes);
        for (const field of protocol.layout.fields) {
          if (eitherOrder.includes(field.name)) continue;
          const value = raw[field.name] as number | Uint8Array;
          const said = asField(kindOfField(field), value);
          const ours = (layer as unknown as Loose)[field.name];
          if (kindOfField(field) === 'ipv6') {
            const rewritten = bytes.slice();
            (protocol.layer(viewOf(rewritten), 0, c.bytes, c.bytes) as unknown as Loose)[
              field.name
            ] = said;
            expect(rewritten, `${field.name}: ${said}`).toEqual(bytes);
          } else {
            expect(ours, field.name).toBe(said);
          }
          if (typeof value === 'number') {
            expect(BigInt(value)).toBe(bitsAt(bytes, field.bit, field.bits));
          }
        }
      }
    });

    it('is written as buffer-layout itself writes it', () => {
      const values = protocol.layout.decode(Buffer.from(header));
      const bytes = Buffer.alloc(protocol.layout.span, 0xa5);
      protocol.layout.encode(values, bytes);
      expect(Uint8Array.from(bytes)).toEqual(header.slice(0, protocol.layout.span));
    });

    describe.each(protocol.layout.fields.map((field) => [field.name, field] as const))(
      'its field %s',
      (key, field) => {
        const kind = kindOfField(field);
        const at = offset * 8 + field.bit;

        it('takes its least and its largest value, and changes nothing else', () => {
          for (const { value, bits } of samples(field, kind)) {
            const wanted = withBits(frame, at, field.bits, bits);
            if (deciding.includes(key)) {
              const set = frame.slice();
              const own = protocol.layer(viewOf(set), offset, headerEnd, frame.length);
              (own as unknown as Loose)[key] = value;
              expect(set).toEqual(wanted);
              continue;
            }
            const encoded = frame.slice().fill(0xa5, offset, headerEnd);
            protocol.encode(viewOf(encoded), offset, { ...all, [key]: value }, place);
            expect(encoded).toEqual(wanted);
            const layer = protocol.layer(viewOf(encoded), offset, headerEnd, frame.length);
            expect((layer as unknown as Loose)[key]).toBe(value);
            if (fixed.includes(key)) continue;
            expect((protocol.decode(layer) as Loose)[key]).toBe(value);

            const set = frame.slice();
            const own = protocol.layer(viewOf(set), offset, headerEnd, frame.length);
            (own as unknown as Loose)[key] = value;
            expect(set).toEqual(wanted);
          }
        });

        it('refuses what does not fit, and leaves the buffer as it was', () => {
          const dirty = frame.map((byte) => byte ^ 0xa5);
          const buffer = dirty.slice();
          const layer = protocol.layer(viewOf(buffer), offset, headerEnd, frame.length);
          for (const value of refused(field, kind)) {
            const fits = typeof value === 'number' && Number.isInteger(value) && kind === 'number';
            const actions = [
              () => protocol.encode(viewOf(buffer), offset, { ...all, [key]: value }, place),
            ];
            if (!fixed.includes(key)) {
              actions.push(() => {
                (layer as unknown as Loose)[key] = value;
              });
            }
            for (const action of actions) {
              const thrown = refusal(action);
              expect(thrown.code).toBe(fits ? 'OUT_OF_RANGE' : 'BAD_VALUE');
              expect([thrown.layer, thrown.field]).toEqual([name, key]);
              expect(thrown.message).toContain(`${name}.${key}`);
              expect(buffer, `${key} = ${String(value)}`).toEqual(dirty);
            }
          }
        });

        if (fixed.includes(key)) {
          it('can not be set in place', () => {
            expect(() => {
              (found().layer as unknown as Loose)[key] = 1;
            }).toThrow(TypeError);
          });
        }
      },
    );

    describe.each(Object.entries(others))('its field %s', (key, other) => {
      it('comes back from what it takes', () => {
        for (const value of other.good) {
          const fields = { ...all, [key]: value };
          const size = protocol.size(fields);
          const buffer = new Uint8Array(size + 8).fill(0xa5);
          protocol.encode(viewOf(buffer), 4, fields, placeFor(4 + size, 4 + size));
          const layer = protocol.layer(viewOf(buffer), 4, 4 + size, 4 + size);
          expect((protocol.decode(layer) as Loose)[key]).toEqual(value);
          expect([...buffer.slice(0, 4), ...buffer.slice(-4)]).toEqual(Array(8).fill(0xa5));
          if (other.setter) {
            const set = frame.slice();
            const own = protocol.layer(viewOf(set), offset, headerEnd, frame.length);
            (own as unknown as Loose)[key] = value;
            expect((own as unknown as Loose)[key]).toEqual(value);
          }
        }
      });

      it('refuses what is none, and leaves the buffer as it was', () => {
        const dirty = new Uint8Array(400).fill(0xa5);
        for (const value of other.bad) {
          const buffer = dirty.slice();
          const thrown = refusal(() =>
            protocol.encode(viewOf(buffer), 4, { ...all, [key]: value }, placeFor(400, 400)),
          );
          expect(['OUT_OF_RANGE', 'BAD_VALUE']).toContain(thrown.code);
          expect(thrown.layer).toBe(name);
          expect(thrown.field).toMatch(new RegExp(`^${key}`));
          expect(buffer, JSON.stringify(value)).toEqual(dirty);
          if (other.setter) {
            const set = frame.slice();
            const own = protocol.layer(viewOf(set), offset, headerEnd, frame.length);
            refusal(() => {
              (own as unknown as Loose)[key] = value;
            });
            expect(set).toEqual(frame);
          }
        }
      });
    });

    it('emits under every name values that lie in the frame and are what is there', () => {
      const { layer, place: surroundings } = found();
      for (const one of protocol.names) {
        one.each(layer, surroundings, (value, bit, bits) => {
          const shown = `${one.name} = ${String(value)} at bit ${bit}, ${bits} bits`;
          expect(bit, shown).toBeGreaterThanOrEqual(offset * 8);
          expect(bits, shown).toBeGreaterThanOrEqual(0);
          expect(bit + bits, shown).toBeLessThanOrEqual(frame.length * 8);
          if (value instanceof Uint8Array) {
            expect(one.form, shown).toBe('bytes');
            expect(value, shown).toEqual(frame.slice(bit / 8, (bit + bits) / 8));
          } else if (typeof value === 'string') {
            expect(one.form, shown).toBe('text');
          } else if (bits > 0 && bits <= 32 && !computedNames.includes(one.name)) {
            const there = bitsAt(frame, bit, bits);
            if (one.form === 'bool') expect(value !== 0, shown).toBe(there !== 0n);
            else expect(BigInt(value), shown).toBe(there);
          }
        });
      }
    });

    it('has names and problems that are well formed', () => {
      const names = protocol.names.map((one) => one.name);
      expect(new Set(names).size).toBe(names.length);
      for (const one of protocol.names) {
        expect(one.name).toMatch(/^[a-z][a-z0-9_]*(\.[a-zA-Z0-9_]+)+$/);
        expect(one.label).not.toBe('');
      }
      const codes = protocol.problems.map((problem) => problem.code);
      expect(new Set(codes).size).toBe(codes.length);
      for (const problem of protocol.problems) {
        expect(problem.code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
        // A header that is the mere start of another has the problems of that one.
        const owners = [name, protocol.wireshark].map((owner) => `${owner.toUpperCase()}_`);
        expect(owners.some((owner) => problem.code.startsWith(owner))).toBe(true);
        expect(problem.message).not.toBe('');
        if (problem.field !== undefined) expect(protocol.fields).toContain(problem.field);
      }
      // Those that check finds come first, and parse keeps the bits above theirs for its own.
      const checked = protocol.problems.filter((problem) => problem.when === undefined);
      expect(protocol.problems.slice(0, checked.length)).toEqual(checked);
      expect(checked.length).toBeLessThanOrEqual(CHECKED_PROBLEMS);
    });
  });
}
