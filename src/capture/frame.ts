/** A captured frame and the text of its time. To this folder a frame is opaque bytes. */
import { PacketError } from '../bytes/error.js';
import type { CaptureInterface, FrameDetails } from './pcapng-model.js';

/** One frame of a capture file. */
export interface CapturedFrame {
  /**
   * The bytes captured. They stay valid for as long as they are held; they usually share memory
   * with the chunk that they came in, so a frame that is kept keeps its chunk: `data.slice()`
   * frees it.
   */
  readonly data: Uint8Array;
  /** Bytes on the wire. In a damaged or odd file this can be less than was captured. */
  readonly wireLength: number;
  /**
   * Seconds since the epoch: 0–4,294,967,295 in pcap; in pcapng every whole number, exact up to
   * 2^53 either way. 0 where `hasTime` is false.
   */
  readonly seconds: number;
  /**
   * Nanoseconds, rounded down where the file's are finer, 0–999,999,999; more only where the file holds a nonsense fraction, which is kept
   * so that it can be written back as it was.
   */
  readonly nanoseconds: number;
  /** Digits of the resolution: 6 (microseconds) or 9 (nanoseconds), in pcapng 0–9. */
  readonly timeDigits: number;
  /** LINKTYPE value; 1 is Ethernet. */
  readonly linkType: number;
  /** The frame's number in its file, from 1. */
  readonly number: number;
  /** False for the simple packet blocks of pcapng, which hold no time. */
  readonly hasTime: boolean;
  /** The interface that the frame was captured on; pcap does not tell. */
  readonly interface: CaptureInterface | undefined;
  /** In pcapng, the time as the file holds it: 64 bits in the interface's units, in two halves. */
  readonly ticksHigh: number | undefined;
  readonly ticksLow: number | undefined;
  /** Comments, flags and whatever else a pcapng file says about the frame. */
  readonly details: FrameDetails | undefined;
}

/**
 * Makes a frame. Frames of every format are made here, by one literal, so that they have one hidden
 * class: with a literal in each parser, reading both formats made both several times slower.
 */
export function newFrame(
  data: Uint8Array,
  wireLength: number,
  seconds: number,
  nanoseconds: number,
  timeDigits: number,
  linkType: number,
  number: number,
  hasTime: boolean,
  from: CaptureInterface | undefined,
  ticksHigh: number | undefined,
  ticksLow: number | undefined,
  details: FrameDetails | undefined,
): CapturedFrame {
  return {
    data,
    wireLength,
    seconds,
    nanoseconds,
    timeDigits,
    linkType,
    number,
    hasTime,
    interface: from,
    ticksHigh,
    ticksLow,
    details,
  };
}

/**
 * Frames that teach the engine that these fields can hold anything. Otherwise it bets on small
 * whole numbers, and when the first pcapng file proves it wrong, it throws away the optimized code
 * of every loop over frames: pcap went from 250 to 1,300 ns a frame and stayed there. They must be
 * kept, or the engine forgets. No field is undefined by its type: `never` passes for all of them.
 */
export const TEACHERS = [0, 0.5, undefined as never].map((any) =>
  newFrame(new Uint8Array(0), any, any, any, any, any, any, true, undefined, any, any, undefined),
);

/** A time as capture files hold it. */
export interface CaptureTime {
  /** Seconds since the epoch. */
  readonly seconds: number;
  /** Nanoseconds, 0–999,999,999. */
  readonly nanoseconds: number;
  /** Digits of the resolution: 6 or 9, in pcapng 0–9. */
  readonly timeDigits: number;
}

/**
 * The time as decimal seconds with every digit of the file's resolution: `1422828273.817203`.
 * A nonsense fraction of a second or more stands there with all its digits, as tshark and tcpdump
 * print it: 1 s and 1,500,000 µs are `1.1500000`, which is no decimal number any more.
 * A resolution of whole seconds leaves no point.
 */
export function timeText(time: CaptureTime): string {
  const digits = String(time.nanoseconds).padStart(9, '0');
  if (time.timeDigits === 0) return String(time.seconds);
  return `${time.seconds}.${digits.slice(0, digits.length + time.timeDigits - 9)}`;
}

/**
 * The time that a decimal text such as `1422828273.817203` means, without loss: up to six
 * decimals give a resolution of 6 digits, seven to nine give 9. It is the inverse of `timeText`
 * for every fraction below a second.
 *
 * @throws PacketError `BAD_VALUE` for anything but digits with at most nine decimals, and for
 * seconds above 9,007,199,254,740,991.
 */
export function parseTime(text: string): CaptureTime {
  const match = /^(\d{1,16})(?:\.(\d{1,9}))?$/.exec(text);
  const seconds = Number(match?.[1]);
  if (match === null || !Number.isSafeInteger(seconds)) {
    throw new PacketError(
      'BAD_VALUE',
      `${JSON.stringify(text)} is not a time: expected seconds since 1970 with up to nine decimals, such as 1422828273.817203`,
    );
  }
  const decimals = match[2] ?? '';
  return {
    seconds,
    nanoseconds: Number(decimals.padEnd(9, '0')),
    timeDigits: decimals.length > 6 ? 9 : 6,
  };
}
