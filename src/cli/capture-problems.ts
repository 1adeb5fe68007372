/** What is wrong with a capture file itself, rather than with the packets in it. */
import { PacketError } from '../bytes/error.js';
import type { CaptureTime } from '../capture/frame.js';
import type { ProblemEntry } from '../packet/problems.js';
import type { InputFrame } from './input.js';

const layer = 'capture';
const rfc = 'draft-ietf-opsawg-pcap';

/** The problems of capture files. */
export const CAPTURE_PROBLEMS = {
  overWire: {
    code: 'CAPTURE_LENGTH_OVER_WIRE',
    severity: 'warning',
    layer,
    rfc,
    message: 'more bytes were captured than were on the wire',
  },
  overSnap: {
    code: 'CAPTURE_LENGTH_OVER_SNAP',
    severity: 'warning',
    layer,
    rfc,
    message: 'more bytes were captured than the snap length allows',
  },
  fraction: {
    code: 'CAPTURE_TIME_FRACTION',
    severity: 'warning',
    layer,
    rfc,
    message: 'the fraction of a second in the time is a second or more',
  },
  backwards: {
    code: 'CAPTURE_TIME_BACKWARDS',
    severity: 'info',
    layer,
    rfc,
    message: 'the time is before that of the frame in front',
  },
  truncated: {
    code: 'TRUNCATED_CAPTURE',
    severity: 'error',
    layer,
    rfc,
    message: 'the file ends inside a record',
  },
  damaged: {
    code: 'BAD_CAPTURE',
    severity: 'error',
    layer,
    rfc,
    message: 'the file is no capture, or damaged: nothing behind can be read',
  },
} as const satisfies Record<string, ProblemEntry>;

/** A problem of a file, with the numbers of this one. */
export interface CaptureProblem extends ProblemEntry {
  readonly need?: number;
  readonly have?: number;
}

/** Judges the frames of one file, in their order. */
export class CaptureJudge {
  private before: CaptureTime | undefined;

  constructor() {
    this.before = undefined;
  }

  /** What the file says of this frame that can't be. */
  judge({ data, wireLength, snapLength, time }: InputFrame): CaptureProblem[] {
    const problems: CaptureProblem[] = [];
    const captured = data.length;
    if (captured > wireLength) {
      problems.push({ ...CAPTURE_PROBLEMS.overWire, need: captured, have: wireLength });
    }
    if (snapLength > 0 && captured > snapLength) {
      problems.push({ ...CAPTURE_PROBLEMS.overSnap, need: captured, have: snapLength });
    }
    if (time !== undefined) {
      if (time.nanoseconds >= 1e9) problems.push(CAPTURE_PROBLEMS.fraction);
      if (this.before !== undefined && isBefore(time, this.before)) {
        problems.push(CAPTURE_PROBLEMS.backwards);
      }
      this.before = time;
    }
    return problems;
  }
}

function isBefore(a: CaptureTime, b: CaptureTime): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}

/** Damage of a file as a problem of it; undefined where it could not be read at all. */
export function damageOf(error: unknown, name: string): CaptureProblem | undefined {
  if (!(error instanceof PacketError) || error.offset === undefined) return undefined;
  const kind = Object.values(CAPTURE_PROBLEMS).find(({ code }) => code === error.code);
  if (kind === undefined) return undefined;
  const named = `${name}: `;
  const { message } = error;
  const words = message.startsWith(named) ? message.slice(named.length) : message;
  return { ...kind, message: words };
}
