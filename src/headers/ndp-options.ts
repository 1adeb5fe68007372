/**
 * Options of neighbour discovery (RFC 4861 §4.6): a type, a length in units of eight octets that
 * counts both, a value.
 *
 * Nothing is lost: an option that is not in its type's form is kept as its type and bytes, and
 * what can't be walked, since a length is 0 or goes past the end, is kept as raw bytes.
 */
import { PacketError } from '../bytes/error.js';
import { bytesValue, type Loose, listValue, type Tail } from './icmp-message.js';
import {
  type Codec,
  codecs,
  field,
  LAYER,
  type NdpNamedOption,
  plain,
} from './ndp-option-values.js';
import { bytesOf } from './protocol.js';
import { badValue, uint } from './values.js';

/** One option. */
export type NdpOption =
  | NdpNamedOption
  /** An option of any type by number, with the bytes behind its length: 6, 14, 22 … */
  | { readonly kind: number; readonly data: Uint8Array }
  /** Bytes as they are, where no option could be read. */
  | { readonly kind: 'raw'; readonly data: Uint8Array };

const HEADER = 2;
const UNIT = 8;

/** Where the option at `at` ends, or 0 where its length is 0 or goes past `end`. */
function endOfOption(view: DataView, at: number, end: number): number {
  const units = at + HEADER <= end ? view.getUint8(at + 1) : 0;
  const next = at + units * UNIT;
  return units === 0 || next > end ? 0 : next;
}

/** Calls `visit` with every option in [start, end); answers where the list stopped. */
export function eachNdpOption(
  view: DataView,
  start: number,
  end: number,
  visit?: (type: number, at: number, next: number) => void,
): number {
  let at = start;
  while (at < end) {
    const next = endOfOption(view, at, end);
    if (next === 0) return at;
    visit?.(view.getUint8(at), at, next);
    at = next;
  }
  return at;
}
const kinds = Object.keys(codecs) as NdpNamedOption['kind'][];

function readOption(view: DataView, type: number, at: number, next: number): NdpOption {
  const data = bytesOf(view, at + HEADER, next).slice();
  const kind = kinds.find((one) => codecs[one].type === type);
  if (kind === undefined) return { kind: type, data };
  const value = codecs[kind].read(view, at + HEADER, next);
  if (value === undefined) return { kind: type, data };
  const option = { kind, ...value } as NdpOption;
  const again = optionBytes(option);
  const same =
    again.length === next - at && again.every((byte, i) => byte === view.getUint8(at + i));
  return same ? option : { kind: type, data };
}

/** The bytes of an option, filled up with zeros to a multiple of eight. Throws where it is wrong. */
function optionBytes(value: unknown): Uint8Array {
  if (typeof value !== 'object' || value === null) {
    throw badValue(LAYER, 'options', value, 'an option: an object with a kind');
  }
  const option = value as Loose;
  const { kind } = option;
  if (kind === 'raw') return bytesValue(option['data'], LAYER, field('data'));
  if (typeof kind === 'number') {
    const type = uint(kind, 0xff, LAYER, field('kind'));
    return written(type, plain(type, 0), { value: option['data'] });
  }
  if (typeof kind !== 'string' || !Object.hasOwn(codecs, kind)) {
    const known = [...kinds, 'raw'].join(', ');
    throw badValue(
      LAYER,
      'options',
      kind,
      `the kind of an option; there are ${known}, and numbers`,
    );
  }
  const codec = codecs[kind as NdpNamedOption['kind']];
  return written(codec.type, codec, option);
}

function written(type: number, codec: Codec, option: Loose): Uint8Array {
  const units = Math.ceil((HEADER + codec.size(option)) / UNIT);
  if (units > 0xff) {
    throw new PacketError('OUT_OF_RANGE', `${LAYER}.options: ${units * UNIT} bytes, at most 2040`, {
      layer: LAYER,
      field: 'options',
    });
  }
  const view = new DataView(new ArrayBuffer(units * UNIT));
  view.setUint8(0, type);
  view.setUint8(1, units);
  codec.write(view, HEADER, option);
  return bytesOf(view, 0, units * UNIT);
}

function listOf(fields: Loose): readonly unknown[] {
  return listValue(fields['options'] ?? [], LAYER, 'options');
}

/** The options up to the end of a message. */
export const optionsTail: Tail = {
  keys: ['options'],
  end: (_view, _start, end) => end,
  read: (view, start, end) => {
    const options: NdpOption[] = [];
    const stop = eachNdpOption(view, start, end, (type, at, next) =>
      options.push(readOption(view, type, at, next)),
    );
    if (stop < end) options.push({ kind: 'raw', data: bytesOf(view, stop, end).slice() });
    return { options };
  },
  size: (fields) => listOf(fields).reduce((sum: number, one) => sum + optionBytes(one).length, 0),
  write: (view, start, fields) => {
    let at = start;
    for (const option of listOf(fields)) {
      const bytes = optionBytes(option);
      bytesOf(view, at, at + bytes.length).set(bytes);
      at += bytes.length;
    }
  },
};
