/** What pcapng says about frames and interfaces, as plain data in the lines of `decode -T jsonl`. */
import { PacketError } from '../bytes/error.js';
import type { CaptureInterface, CaptureOption, FrameDetails } from '../capture/pcapng-model.js';
import type { NewInterface } from '../capture/pcapng-writer.js';

/** An interface that a line names. */
export interface SpecInterface {
  /** Its section, from 1. */
  readonly section: number;
  /** Its number in the section, from 0. */
  readonly id: number;
  /** What the writer needs; only partly there where a line just refers to the interface. */
  readonly described: NewInterface;
}

/** Interface options that a line gives by a name of its own, and those of times, which it has. */
const NAMED_OPTIONS: readonly number[] = [1, 2, 3, 9, 13, 14];
/** Interface options that are a number: `if_speed`, `if_tzone`, `if_txspeed`, `if_rxspeed`. */
const NUMBER_OPTIONS: readonly number[] = [8, 10, 16, 17];

/** How each line names the interface of its frame. */
export function interfaceReference({ id, name, section }: CaptureInterface): object {
  return {
    ...(section.number === 1 ? {} : { section: section.number }),
    id,
    ...(name === undefined ? {} : { name }),
  };
}

/** All that is known of an interface, for the first line that can be of it. */
export function interfaceToJson(one: CaptureInterface): object {
  const { description, linkType, snapLength, timeDigits, fcsBytes, comments, section } = one;
  const options = one.options
    .filter(({ code }) => !NAMED_OPTIONS.includes(code))
    .map((option) => littleEndian(option, section.byteOrder));
  return {
    ...interfaceReference(one),
    linkType,
    snapLength,
    timeDigits,
    ...(description === undefined ? {} : { description }),
    ...(fcsBytes === undefined ? {} : { fcsBytes }),
    ...(comments.length === 0 ? {} : { comments }),
    ...(options.length === 0 ? {} : { options }),
  };
}

/** The lines are the same whatever the byte order of the file was. */
function littleEndian(option: CaptureOption, byteOrder: 'big' | 'little'): CaptureOption {
  if (byteOrder === 'little' || !NUMBER_OPTIONS.includes(option.code)) return option;
  return { ...option, data: option.data.slice().reverse() };
}

/** What a file says about a frame, as keys of its line. */
export function detailsToJson(details: FrameDetails): object {
  const { comments = [], flags, dropCount, packetId, queue, options = [] } = details;
  return {
    ...(comments.length === 0 ? {} : { comments }),
    ...(flags === undefined ? {} : { flags }),
    ...(dropCount === undefined ? {} : { dropCount: longToJson(dropCount) }),
    ...(packetId === undefined ? {} : { packetId: longToJson(packetId) }),
    ...(queue === undefined ? {} : { queue }),
    ...(options.length === 0 ? {} : { options }),
  };
}

/** A number where JSON can hold it exactly, else its digits. */
function longToJson(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

/** Keys of a frame's object that are read here. */
export const CAPTURE_KEYS: readonly string[] = [
  'interface',
  'interfaces',
  'comments',
  'flags',
  'dropCount',
  'packetId',
  'queue',
  'options',
];

type Json = Readonly<Record<string, unknown>>;

/** The details in a frame's object, or undefined when there are none. Throws `BAD_SPEC`. */
export function detailsFromJson(frame: Json): FrameDetails | undefined {
  const { comments, flags, dropCount, packetId, queue, options } = frame;
  if ([comments, flags, dropCount, packetId, queue, options].every((one) => one === undefined)) {
    return undefined;
  }
  return {
    comments: texts(comments, 'comments'),
    flags: whole(flags, 'flags', 0xffff_ffff),
    dropCount: long(dropCount, 'dropCount'),
    packetId: long(packetId, 'packetId'),
    queue: whole(queue, 'queue', 0xffff_ffff),
    options: optionsFromJson(options, 'options'),
  };
}

/** The interface that a frame's object refers to. Throws `BAD_SPEC`. */
export function interfaceFromJson(value: unknown, where: string): SpecInterface {
  if (!isObject(value)) throw wrong(where, value, 'an object with the id of an interface');
  const { id, section, name, description, linkType, snapLength, timeDigits, fcsBytes, ...rest } =
    value;
  const { comments, options, ...unknown } = rest;
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw new PacketError('BAD_SPEC', `${where} has no ${key}`);
  return {
    section: whole(section, `${where}.section`, 0xffff_ffff) ?? 1,
    id: whole(id, `${where}.id`, 0xffff_ffff) ?? 0,
    described: {
      linkType: whole(linkType, `${where}.linkType`, 0xffff),
      snapLength: whole(snapLength, `${where}.snapLength`, 0xffff_ffff),
      timeDigits: whole(timeDigits, `${where}.timeDigits`, 9),
      fcsBytes: whole(fcsBytes, `${where}.fcsBytes`, 0xff),
      name: text(name, `${where}.name`),
      description: text(description, `${where}.description`),
      comments: texts(comments, `${where}.comments`),
      options: optionsFromJson(options, `${where}.options`),
    },
  };
}

/** The interfaces that a frame's object describes. Throws `BAD_SPEC`. */
export function interfacesFromJson(value: unknown): SpecInterface[] {
  if (value === undefined) return [];
  return list(value, 'interfaces').map((one, i) => interfaceFromJson(one, `interfaces[${i}]`));
}

function optionsFromJson(value: unknown, where: string): CaptureOption[] | undefined {
  if (value === undefined) return undefined;
  return list(value, where).map((one, i) => {
    const at = `${where}[${i}]`;
    if (!isObject(one)) throw wrong(at, one, 'an option with code and data');
    const { code, enterprise, data = new Uint8Array(0) } = one;
    if (!(data instanceof Uint8Array)) throw wrong(`${at}.data`, data, 'bytes');
    return {
      code: whole(code, `${at}.code`, 0xffff) ?? 0,
      enterprise: whole(enterprise, `${at}.enterprise`, 0xffff_ffff),
      data,
    };
  });
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(where, value, 'a list');
}

function texts(value: unknown, where: string): string[] | undefined {
  if (value === undefined) return undefined;
  return list(value, where).map((one, i) => text(one, `${where}[${i}]`) ?? '');
}

function text(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  // `text(…)`, for words that would else be read as bytes.
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw wrong(where, value, 'text');
}

function whole(value: unknown, where: string, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) {
    return value as number;
  }
  throw wrong(where, value, `a whole number up to ${max}`);
}

function long(value: unknown, where: string): bigint | undefined {
  if (value === undefined) return undefined;
  const digits = /^\d{1,20}$/.test(String(value)) ? BigInt(String(value)) : -1n;
  if (digits >= 0n && digits < 2n ** 64n) return digits;
  throw wrong(where, value, 'a whole number of 64 bits');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function wrong(where: string, value: unknown, expected: string): PacketError {
  return new PacketError('BAD_SPEC', `${where} is ${JSON.stringify(value)}, expected ${expected}`);
}
