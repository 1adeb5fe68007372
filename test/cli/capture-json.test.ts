import { describe, expect, it } from 'vitest';
import type { CaptureInterface, CaptureSection } from '../../src/capture/pcapng-model.js';
import {
  detailsFromJson,
  detailsToJson,
  interfaceFromJson,
  interfacesFromJson,
  interfaceToJson,
} from '../../src/cli/capture-json.js';

const section = { number: 2, byteOrder: 'big' } as CaptureSection;
const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
const NOTHING = { comments: [], fcsBytes: undefined, description: undefined, name: undefined };

describe('an interface', () => {
  it('is there with all its options, numbers in little-endian order', () => {
    const one = {
      ...NOTHING,
      id: 3,
      section,
      name: 'eth0',
      description: 'the first',
      linkType: 1,
      snapLength: 96,
      timeDigits: 9,
      fcsBytes: 4,
      comments: ['odd'],
      options: [
        { code: 2, data: bytes(101) },
        { code: 9, data: bytes(9) },
        { code: 8, data: bytes(0, 0, 0, 0, 0, 0, 0, 7) },
        { code: 12, data: bytes(76) },
      ],
    } as unknown as CaptureInterface;
    const json = {
      section: 2,
      id: 3,
      name: 'eth0',
      linkType: 1,
      snapLength: 96,
      timeDigits: 9,
      description: 'the first',
      fcsBytes: 4,
      comments: ['odd'],
      options: [
        { code: 8, data: bytes(7, 0, 0, 0, 0, 0, 0, 0) },
        { code: 12, data: bytes(76) },
      ],
    };
    expect(interfaceToJson(one)).toEqual(json);
    const { section: number, id, ...described } = json;
    expect(interfaceFromJson(json, 'interface')).toEqual({ section: number, id, described });
    const little = { ...one, section: { ...section, number: 1, byteOrder: 'little' } } as const;
    expect(interfaceToJson(little)).toMatchObject({
      id: 3,
      options: [{ code: 8, data: bytes(0, 0, 0, 0, 0, 0, 0, 7) }, {}],
    });
  });

  it('says no more than it knows', () => {
    const one = { ...NOTHING, id: 0, section: { ...section, number: 1 }, options: [] };
    const plain = {
      ...one,
      linkType: 1,
      snapLength: 0,
      timeDigits: 6,
    } as unknown as CaptureInterface;
    expect(interfaceToJson(plain)).toEqual({ id: 0, linkType: 1, snapLength: 0, timeDigits: 6 });
    expect(interfacesFromJson(undefined)).toEqual([]);
    expect(interfacesFromJson([{ id: 1 }])).toMatchObject([{ section: 1, id: 1 }]);
  });

  it.each([
    [5, 'interface is 5, expected an object with the id of an interface'],
    [{ id: -1 }, 'interface.id is -1, expected a whole number up to 4294967295'],
    [{ id: 0, timeDigits: 10 }, 'interface.timeDigits is 10, expected a whole number up to 9'],
    [{ id: 0, nam: 'x' }, 'interface has no nam'],
    [{ id: 0, name: 7 }, 'interface.name is 7, expected text'],
    [{ id: 0, comments: 'x' }, 'interface.comments is "x", expected a list'],
    [{ id: 0, options: [1] }, 'interface.options[0] is 1, expected an option with code and data'],
    [
      { id: 0, options: [{ code: 1, data: 'x' }] },
      'interface.options[0].data is "x", expected bytes',
    ],
  ])('%j is refused in words', (value, words) => {
    expect(() => interfaceFromJson(value, 'interface')).toThrow(words);
  });
});

describe('details of a frame', () => {
  it('come back, numbers beyond 2^53 as digits', () => {
    const details = {
      comments: ['a', 'b'],
      flags: 0xffff_ffff,
      dropCount: 2n ** 64n - 1n,
      packetId: 7n,
      queue: 0,
      options: [{ code: 2988, enterprise: 32473, data: bytes(1) }],
    };
    const json = detailsToJson(details);
    expect(json).toMatchObject({ dropCount: '18446744073709551615', packetId: 7 });
    expect(detailsFromJson(json as Record<string, unknown>)).toEqual(details);
    expect(detailsToJson({})).toEqual({});
    expect(detailsFromJson({ layers: [] })).toBeUndefined();
  });

  it('take bytes for text, as strings that look like bytes are read', () => {
    const comments = [new TextEncoder().encode('@file')];
    expect(detailsFromJson({ comments })).toMatchObject({ comments: ['@file'] });
  });

  it.each([
    [{ flags: 2 ** 32 }, 'flags is 4294967296'],
    [{ flags: 'x' }, 'flags is "x"'],
    [{ dropCount: -1 }, 'dropCount is -1, expected a whole number of 64 bits'],
    [{ packetId: '18446744073709551616' }, 'packetId is "18446744073709551616"'],
    [{ queue: 1.5 }, 'queue is 1.5'],
    [{ options: {} }, 'options is {}, expected a list'],
  ])('%j is refused in words', (value, words) => {
    expect(() => detailsFromJson(value)).toThrow(words);
  });
});
