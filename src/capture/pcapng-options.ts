/** Options of pcapng blocks: each a code, a length and a value, padded to four bytes. */
import { PacketError } from '../bytes/error.js';
import { OPTION, OPTION_HEADER_BYTES, padded } from './pcapng-layout.js';
import type { CaptureOption } from './pcapng-model.js';

/**
 * The options in `[from, to)` of a block, up to the end marker, which may be missing. Answers the
 * offset of the option whose value reaches past `to` where there is such a one.
 */
export function decodeOptions(
  view: DataView,
  from: number,
  to: number,
  little: boolean,
): CaptureOption[] | number {
  const options: CaptureOption[] = [];
  let at = from;
  while (at + OPTION_HEADER_BYTES <= to) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === OPTION.end) break;
    const start = at + OPTION_HEADER_BYTES;
    if (start + length > to) return at;
    if (isCustom(code) && length >= 4) {
      const enterprise = view.getUint32(start, little);
      options.push({ code, enterprise, data: bytesAt(view, start + 4, length - 4) });
    } else {
      options.push({ code, data: bytesAt(view, start, length) });
    }
    at = start + padded(length);
  }
  return options;
}

/** Bytes of a block, as a plain Uint8Array that shares its memory. */
export function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + at, length);
}

function isCustom(code: number): boolean {
  return (
    code === OPTION.customText ||
    code === OPTION.customBytes ||
    code === OPTION.customTextNoCopy ||
    code === OPTION.customBytesNoCopy
  );
}

/** The texts of every option of a code. Bytes that are no UTF-8 become U+FFFD. */
export function optionTexts(options: readonly CaptureOption[], code: number): string[] {
  return options.filter((option) => option.code === code).map((option) => textOf(option.data));
}

/** The text of the first option of a code. */
export function optionText(options: readonly CaptureOption[], code: number): string | undefined {
  const found = options.find((option) => option.code === code);
  return found === undefined ? undefined : textOf(found.data);
}

/** A text up to the first NUL, which some programs end it with. */
export function textOf(data: Uint8Array): string {
  const end = data.indexOf(0);
  return new TextDecoder().decode(end < 0 ? data : data.subarray(0, end));
}

/** The 64-bit number of the first option of a code, where it has one of eight bytes. */
export function optionNumber(
  options: readonly CaptureOption[],
  code: number,
  little: boolean,
): bigint | undefined {
  const data = options.find((option) => option.code === code)?.data;
  return data?.length === 8 ? viewOf(data).getBigUint64(0, little) : undefined;
}

/** A view of the same bytes. */
export function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}

/** An option with a text for its value. */
export function textOption(code: number, text: string): CaptureOption {
  return { code, data: new TextEncoder().encode(text) };
}

/** An option with a number of one byte. */
export function byteOption(code: number, value: number): CaptureOption {
  return { code, data: Uint8Array.of(value) };
}

/** An option with a 64-bit number. */
export function numberOption(code: number, value: bigint, little: boolean): CaptureOption {
  const data = new Uint8Array(8);
  viewOf(data).setBigUint64(0, BigInt.asUintN(64, value), little);
  return { code, data };
}

/** An option with a 32-bit number. */
export function wordOption(code: number, value: number, little: boolean): CaptureOption {
  const data = new Uint8Array(4);
  viewOf(data).setUint32(0, value, little);
  return { code, data };
}

/** Bytes that the options take, with the end marker; none take none. */
export function optionsBytes(options: readonly CaptureOption[]): number {
  if (options.length === 0) return 0;
  return options.reduce(
    (sum, option) => sum + OPTION_HEADER_BYTES + padded(valueBytes(option)),
    OPTION_HEADER_BYTES,
  );
}

function valueBytes(option: CaptureOption): number {
  return option.data.length + (option.enterprise === undefined ? 0 : 4);
}

/**
 * Checks what `writeOptions` is to write.
 *
 * @throws PacketError `OUT_OF_RANGE` for codes and values that do not fit their fields.
 */
export function checkOptions(options: readonly CaptureOption[]): void {
  for (const option of options) {
    const { code, enterprise } = option;
    if (!Number.isInteger(code) || code < 1 || code > 0xffff) {
      throw new PacketError('OUT_OF_RANGE', `the option code is ${code}: expected 1–65535`);
    }
    if (enterprise !== undefined && !isCustom(code)) {
      throw new PacketError('BAD_VALUE', `option ${code} has no Private Enterprise Number`);
    }
    // With fewer than four bytes it was read from a file that is odd there, and is written so again.
    if (enterprise === undefined && isCustom(code) && option.data.length >= 4) {
      throw new PacketError('BAD_VALUE', `option ${code} needs a Private Enterprise Number`);
    }
    if (enterprise !== undefined && enterprise >>> 0 !== enterprise) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `the Private Enterprise Number is ${enterprise}: expected 0–4294967295`,
      );
    }
    if (valueBytes(option) > 0xffff) {
      throw new PacketError(
        'OUT_OF_RANGE',
        `option ${code} has ${valueBytes(option)} bytes: expected at most 65535`,
      );
    }
  }
}

/** Writes the options and an end marker, to bytes that are zero. Answers the offset after them. */
export function writeOptions(
  options: readonly CaptureOption[],
  view: DataView,
  from: number,
  little: boolean,
): number {
  if (options.length === 0) return from;
  let at = from;
  for (const option of options) {
    const length = valueBytes(option);
    view.setUint16(at, option.code, little);
    view.setUint16(at + 2, length, little);
    let start = at + OPTION_HEADER_BYTES;
    at = start + padded(length);
    if (option.enterprise !== undefined) {
      view.setUint32(start, option.enterprise, little);
      start += 4;
    }
    bytesAt(view, start, option.data.length).set(option.data);
  }
  return at + OPTION_HEADER_BYTES;
}
