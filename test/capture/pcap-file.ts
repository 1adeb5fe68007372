/** pcap files made by hand, with literal offsets, so that reader and writer are not each other's judge. */
import type { PacketError } from '../../src/bytes/error.js';
import type { CapturedFrame } from '../../src/capture/frame.js';

export interface HandRecord {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly data: Uint8Array;
  /** The two lengths as they stand in the file, first and second. */
  readonly lengths?: readonly [number, number];
}

export interface HandFile {
  readonly magic?: number;
  readonly little?: boolean;
  readonly version?: readonly [number, number];
  readonly snapLength?: number;
  readonly link?: number;
  /** Bytes between a record header's common 16 and the frame. */
  readonly extra?: number;
  readonly records?: readonly HandRecord[];
}

export function pcapFile(file: HandFile = {}): Uint8Array<ArrayBuffer> {
  const { little = true, records = [], extra = 0 } = file;
  const size = records.reduce((sum, r) => sum + 16 + extra + r.data.length, 24);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, file.magic ?? 0xa1b2c3d4, little);
  view.setUint16(4, file.version?.[0] ?? 2, little);
  view.setUint16(6, file.version?.[1] ?? 4, little);
  view.setUint32(16, file.snapLength ?? 65_535, little);
  view.setUint32(20, file.link ?? 1, little);
  let at = 24;
  for (const record of records) {
    view.setUint32(at, record.seconds ?? 0, little);
    view.setUint32(at + 4, record.fraction ?? 0, little);
    view.setUint32(at + 8, record.lengths?.[0] ?? record.data.length, little);
    view.setUint32(at + 12, record.lengths?.[1] ?? record.data.length, little);
    bytes.fill(0xee, at + 16, at + 16 + extra);
    bytes.set(record.data, at + 16 + extra);
    at += 16 + extra + record.data.length;
  }
  return bytes;
}

/** Bytes that count up from `first`. */
export function counting(length: number, first = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

/** A whole-number generator (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A frame as plain values, for comparing. */
export function plain(frame: CapturedFrame): Omit<CapturedFrame, 'data'> & { data: number[] } {
  return { ...frame, data: [...frame.data] };
}

/** The error that a function throws, or a promise rejects with. */
export async function errorOf(action: () => unknown): Promise<PacketError> {
  try {
    await action();
  } catch (error) {
    return error as PacketError;
  }
  throw new Error('it did not throw');
}
