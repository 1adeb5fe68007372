/** The interfaces that a pcapng writer has described in its section. */
import { PacketError } from '../bytes/error.js';
import { limitOf } from './block-writer.js';
import { OPTION } from './pcapng-layout.js';
import type { CaptureInterface, CaptureOption } from './pcapng-model.js';
import { type Clock, clockOf } from './pcapng-time.js';
import type { NewInterface } from './pcapng-writer-options.js';

/** What a writer needs to know of an interface. */
export interface Described {
  readonly clock: Clock;
  readonly linkType: number;
  readonly snapLength: number;
  /** Bytes of a frame to keep. */
  readonly limit: number;
}

/** An interface that is described anew. */
export function describedAnew(one: NewInterface): Described {
  const { linkType = 1, snapLength = 262_144, oversize = 'cut', timeDigits = 6 } = one;
  const limit = limitOf(snapLength, oversize);
  return { clock: clockOf(10, timeDigits, 0n), linkType, snapLength, limit };
}

/** An interface that was read. Frames of it are not cut. */
export function describedAs(one: CaptureInterface): Described {
  return {
    clock: clockOf(one.timeBase, one.timeExponent, one.timeOffset),
    linkType: one.linkType,
    snapLength: one.snapLength,
    limit: Number.POSITIVE_INFINITY,
  };
}

/** The options of an interface that was read, for a section in either byte order. */
export function optionsFor(one: CaptureInterface, little: boolean): readonly CaptureOption[] {
  if ((one.section.byteOrder === 'little') === little) return one.options;
  return one.options.map((option) => {
    const { code, data } = option;
    const isNumber = code === OPTION.interfaceSpeed || code === OPTION.interfaceOffset;
    return isNumber ? { code, data: data.slice().reverse() } : option;
  });
}

/** The interfaces of a section, by their numbers. */
export class InterfaceTable {
  private readonly described: Described[];
  private readonly numbers: Map<CaptureInterface, number>;

  constructor() {
    this.described = [];
    this.numbers = new Map();
  }

  /** How many there are. */
  get count(): number {
    return this.described.length;
  }

  /** Adds one, and which interface of a capture it stands for. Answers its number. */
  add(one: Described, from?: CaptureInterface): number {
    const id = this.described.push(one) - 1;
    if (from !== undefined) this.numbers.set(from, id);
    return id;
  }

  /** The interface of a number. Throws `BAD_VALUE` where there is none. */
  at(id: number): Described {
    const one = this.described[id];
    if (one !== undefined) return one;
    throw new PacketError(
      'BAD_VALUE',
      `there is no interface ${id}: addInterface has been called ${this.count} times`,
    );
  }

  /** The number of the interface that stands for one of a capture. */
  numberOf(from: CaptureInterface): number | undefined {
    return this.numbers.get(from);
  }

  /** The number of the first that holds frames of a link type and times so fine. */
  find(linkType: number, timeDigits: number): number | undefined {
    const id = this.described.findIndex(
      (one) => one.linkType === linkType && one.clock.units >= 10 ** timeDigits,
    );
    return id < 0 ? undefined : id;
  }
}
