/** Damage to frames with their structure in mind: fields, lengths, nesting, and plain bytes. */
import { LayerSpec } from '../../src/headers/layer-spec.js';
import { build } from '../../src/packet/build.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';

/** A frame that mutation begins with. */
export interface Seed {
  readonly name: string;
  readonly data: Uint8Array;
  readonly linkType: number;
}

/** A frame to be fuzzed. */
export interface Victim {
  readonly data: Uint8Array;
  readonly linkType: number;
  readonly wireLength: number;
}

/** Whole numbers from 0 to below `n`. */
export type Random = (n: number) => number;

/** xorshift32: the same numbers for the same seed, on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed | 0 || 0x9e3779b9;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * n);
  };
}

const MAX_BYTES = 2048;
const BYTES: readonly number[] = [
  0, 1, 2, 3, 4, 5, 8, 0x0f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xfe, 0xff,
];
const LENGTH_LIKE = /length|ihl|offset|count|next|type|protocol|port|segments|version|flags/i;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Writes the low bits of `value` at an absolute bit. */
function putBits(data: Uint8Array, bit: number, bits: number, value: bigint): void {
  for (let i = 0; i < bits; i++) {
    const at = bit + i;
    const mask = 0x80 >> (at & 7);
    const byte = data[at >> 3];
    if (byte === undefined) return;
    const one = (value >> BigInt(bits - 1 - i)) & 1n;
    data[at >> 3] = one === 1n ? byte | mask : byte & ~mask;
  }
}

/** A value that a field is likely not to be ready for. */
function oddValue(random: Random, bits: number): bigint {
  const max = (1n << BigInt(bits)) - 1n;
  switch (random(6)) {
    case 0:
      return 0n;
    case 1:
      return max;
    case 2:
      return max >> 1n;
    case 3:
      return BigInt(random(64)) & max;
    case 4:
      return BigInt(random(2048)) & max;
    default:
      return BigInt(random(2 ** 32)) & max;
  }
}

function parsed(data: Uint8Array, linkType: number): Packet {
  return parse(data, { linkType });
}

type Mutation = (data: Uint8Array, random: Random, linkType: number, other: Seed) => Uint8Array;

const flipBits: Mutation = (data, random) => {
  for (let i = random(8); i >= 0; i--) {
    const at = random(data.length);
    data[at] = (data[at] as number) ^ (1 << random(8));
  }
  return data;
};

const setBytes: Mutation = (data, random) => {
  for (let i = random(6); i >= 0; i--) data[random(data.length)] = pick(random, BYTES);
  return data;
};

const setWord: Mutation = (data, random) => {
  const at = random(data.length) & ~1;
  putBits(data, at * 8, 16, oddValue(random, 16));
  return data;
};

/** One field of one header, by its layout; lengths and numbers of what follows more often. */
const setField: Mutation = (data, random, linkType) => {
  const { layers } = parsed(data, linkType);
  const layer = layers[random(layers.length)];
  if (layer === undefined) return data;
  const { fields } = layer.descriptor.layout;
  const likely = fields.filter((field) => LENGTH_LIKE.test(field.name));
  const field = likely.length > 0 && random(3) > 0 ? pick(random, likely) : pick(random, fields);
  if (field !== undefined) {
    putBits(data, layer.offset * 8 + field.bit, field.bits, oddValue(random, field.bits));
  }
  return data;
};

/** A byte between a header's fixed part and its end: options, where there are some. */
const setOption: Mutation = (data, random, linkType) => {
  const layers = parsed(data, linkType).layers.filter((l) => l.headerEnd > l.fixedEnd);
  const layer = layers[random(layers.length)];
  if (layer === undefined) return data;
  const at = layer.fixedEnd + random(layer.headerEnd - layer.fixedEnd);
  data[at] = random(2) === 0 ? pick(random, BYTES) : random(256);
  return data;
};

const cut: Mutation = (data, random) => data.slice(0, random(data.length + 1));

const append: Mutation = (data, random) => {
  const more = new Uint8Array(random(64));
  for (let i = 0; i < more.length; i++) more[i] = random(2) === 0 ? 0 : random(256);
  return join(data, more);
};

const repeatPart: Mutation = (data, random) => {
  const from = random(data.length);
  const part = data.subarray(from, from + 1 + random(48));
  const at = random(data.length);
  const copies = Array.from({ length: 1 + random(4) }, () => part);
  return join(data.subarray(0, at), ...copies, data.subarray(at));
};

const removePart: Mutation = (data, random) => {
  const from = random(data.length);
  const end = from + 1 + random(32);
  return join(data.subarray(0, from), data.subarray(end));
};

/** The headers of one frame around those of another, with right numbers where there are some. */
const nest: Mutation = (data, random, linkType, other) => {
  const outer = specOf(data, linkType).filter((part) => part instanceof LayerSpec);
  const inner = specOf(other.data, other.linkType);
  const times = 1 + random(3);
  const head = outer.slice(0, 1 + random(outer.length));
  const parts = [
    ...Array.from({ length: times }, () => head).flat(),
    ...inner.slice(random(inner.length)),
  ];
  return buildLoosely(parts) ?? data;
};

/** One header over and over: tags, extension headers, tunnels in tunnels. */
const repeatLayer: Mutation = (data, random, linkType) => {
  const parts = specOf(data, linkType);
  const at = random(parts.length);
  const part = parts[at];
  if (!(part instanceof LayerSpec)) return data;
  const end = Math.min(parts.length, at + 1 + random(4));
  const group = parts.slice(at, end).filter((one) => one instanceof LayerSpec);
  const copies = Array.from({ length: 1 + random(24) }, () => group).flat();
  return buildLoosely([...parts.slice(0, at), ...copies, ...parts.slice(at)]) ?? data;
};

function specOf(data: Uint8Array, linkType: number): SpecPart[] {
  return parsed(data, linkType).toSpec();
}

/** What can't be built is no frame to fuzz: encoding has a test of its own. */
function buildLoosely(parts: readonly SpecPart[]): Uint8Array | undefined {
  try {
    const layers = parts.filter((part, i) => part instanceof LayerSpec || i === parts.length - 1);
    return build(layers);
  } catch {
    return undefined;
  }
}

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  setBytes,
  setWord,
  setField,
  setField,
  setField,
  setOption,
  cut,
  append,
  repeatPart,
  removePart,
  nest,
  repeatLayer,
];

/** A damaged frame: one to four mutations of a seed. */
export function mutate(random: Random, seeds: readonly Seed[]): Victim {
  const seed = pick(random, seeds);
  // A frame behind another link type than its own is one more kind of damage.
  const linkType = random(32) === 0 ? pick(random, seeds).linkType : seed.linkType;
  let data: Uint8Array = seed.data.slice();
  for (let i = random(4); i >= 0 && data.length > 0; i--) {
    data = pick(random, MUTATIONS)(data, random, linkType, pick(random, seeds)).slice(0, MAX_BYTES);
  }
  const more = random(4) === 0 ? pick(random, [1, 7, 100, 1500, 70_000, 2 ** 32 - 1]) : 0;
  return { data, linkType, wireLength: data.length + more };
}
