/** pcapng files made by hand, with literal offsets, so that reader and writer are not each other's judge. */

/** One option: its code and its value, text or bytes. */
export type HandOption = readonly [code: number, value: string | readonly number[]];

/** Makes the blocks of one byte order. */
export class Hand {
  readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  u16(value: number): number[] {
    const bytes = [(value >>> 8) & 0xff, value & 0xff];
    return this.little ? bytes.reverse() : bytes;
  }

  u32(value: number): number[] {
    const bytes = [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
    return this.little ? bytes.reverse() : bytes;
  }

  u64(value: bigint): number[] {
    const high = this.u32(Number(BigInt.asUintN(64, value) >> 32n));
    const low = this.u32(Number(value & 0xffffffffn));
    return this.little ? [...low, ...high] : [...high, ...low];
  }

  /** A block of any type: a body padded to four bytes between its two lengths. */
  block(
    type: number,
    body: readonly number[],
    lengths: { readonly length?: number; readonly end?: number } = {},
  ): number[] {
    const data = pad(body);
    const { length = data.length + 12, end = length } = lengths;
    return [...this.u32(type), ...this.u32(length), ...data, ...this.u32(end)];
  }

  options(options: readonly HandOption[], end = true): number[] {
    const all = options.flatMap(([code, value]) => {
      const data = typeof value === 'string' ? [...new TextEncoder().encode(value)] : value;
      return [...this.u16(code), ...this.u16(data.length), ...pad(data)];
    });
    return end && options.length > 0 ? [...all, 0, 0, 0, 0] : all;
  }

  section(options: readonly HandOption[] = [], { major = 1, length = -1n } = {}): number[] {
    return this.block(0x0a0d0d0a, [
      ...this.u32(0x1a2b3c4d),
      ...this.u16(major),
      ...this.u16(0),
      ...this.u64(length),
      ...this.options(options),
    ]);
  }

  interface(
    linkType = 1,
    snapLength = 0,
    options: readonly HandOption[] = [],
    end = true,
  ): number[] {
    return this.block(1, [
      ...this.u16(linkType),
      ...this.u16(0),
      ...this.u32(snapLength),
      ...this.options(options, end),
    ]);
  }

  enhanced(
    data: readonly number[],
    { id = 0, ticks = 0n, captured = data.length, wire = data.length } = {},
    options: readonly HandOption[] = [],
    end = true,
  ): number[] {
    return this.block(6, [
      ...this.u32(id),
      ...this.u32(Number(ticks >> 32n)),
      ...this.u32(Number(ticks & 0xffffffffn)),
      ...this.u32(captured),
      ...this.u32(wire),
      ...pad(data),
      ...this.options(options, end),
    ]);
  }

  obsolete(data: readonly number[], { id = 0, drops = 0, ticks = 0n } = {}): number[] {
    return this.block(2, [
      ...this.u16(id),
      ...this.u16(drops),
      ...this.u32(Number(ticks >> 32n)),
      ...this.u32(Number(ticks & 0xffffffffn)),
      ...this.u32(data.length),
      ...this.u32(data.length),
      ...data,
    ]);
  }

  simple(data: readonly number[], wire = data.length): number[] {
    return this.block(3, [...this.u32(wire), ...data]);
  }
}

function pad(bytes: readonly number[]): number[] {
  return [...bytes, ...Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
}

/** A file of blocks. */
export function fileOf(...blocks: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(blocks.flat());
}

/** Ethernet with an EtherType for experiments, so that no dissector has an opinion. */
export function ethernet(length: number, first = 0): number[] {
  const head = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5];
  return Array.from({ length }, (_, i) => head[i] ?? (first + i) & 0xff);
}

/** A file with everything: two sections of different order, and every kind of block. */
export function everything(): Uint8Array<ArrayBuffer> {
  const big = new Hand(false);
  const little = new Hand(true);
  const blocks = (make: Hand): number[][] => [
    make.section([
      [1, 'first'],
      [1, 'second'],
      [2, 'machine'],
      [3, 'system'],
      [4, 'program'],
      [77, [1, 2, 3]],
    ]),
    make.interface(1, 96, [
      [2, 'eth0'],
      [3, 'the first'],
      [8, make.u64(1_000_000_000n)],
      [9, [9]],
      [11, [0, ...new TextEncoder().encode('port 80')]],
      [12, 'linux'],
      [13, [4]],
      [14, make.u64(1_000_000n)],
      [15, 'card'],
    ]),
    make.interface(101, 0, [[9, [0x8a]]], false),
    make.enhanced(ethernet(60), { ticks: 1_700_000_000_123_456_789n, wire: 70 }, [
      [1, 'one'],
      [2, make.u32(0x01)],
      [1, 'two'],
      [3, [2, 9, 9, 9, 9]],
      [4, make.u64(5n)],
      [5, make.u64(0xfedcba9876543210n)],
      [6, make.u32(7)],
      [2988, [...make.u32(32473), 104, 105]],
    ]),
    make.enhanced(
      [0x45, 0, 0, 20],
      { id: 1, ticks: 1_700_000_000n * 1024n + 512n },
      [[1, 'x']],
      false,
    ),
    make.simple(ethernet(96), 200),
    make.obsolete(ethernet(61), { drops: 3, ticks: 5_000_000_000n }),
    make.block(4, [
      ...make.u16(1),
      ...make.u16(15),
      ...[10, 0, 0, 1],
      ...new TextEncoder().encode('a.example\0\0').slice(0, 11),
      0,
      ...make.u32(0),
      ...make.options([[1, 'names']]),
    ]),
    make.block(5, [
      ...make.u32(0),
      ...make.u32(0),
      ...make.u32(9),
      ...make.options([
        [4, make.u64(100n)],
        [5, make.u64(2n)],
        [6, make.u64(90n)],
        [7, make.u64(1n)],
        [8, make.u64(88n)],
      ]),
    ]),
    make.block(10, [...make.u32(0x544c534b), ...make.u32(5), 1, 2, 3, 4, 5, 0, 0, 0]),
    make.block(0xbad, [...make.u32(32473), 1, 2, 3]),
    make.block(0x40000bad, [...make.u32(32473), 9]),
    make.block(0x1234, [5, 6, 7, 8]),
  ];
  return fileOf(...blocks(big), ...blocks(little));
}
