/** What can be wrong with the fragments of a datagram. The codes are stable. */

/** A kind of problem: its sentence, and where the rule stands. */
interface Kind {
  readonly message: string;
  readonly rfc?: string;
}

const KINDS = {
  OVERLAP: {
    message: 'a fragment covers bytes that another has brought',
    rfc: 'RFC 5722 §4, RFC 8200 §4.5',
  },
  DUPLICATE: {
    message: 'a fragment came twice, the same to the byte; one is left out',
    rfc: 'RFC 8200 §4.5',
  },
  TOO_LONG: {
    message: 'the datagram would be longer than 65,535 bytes; the fragment is left out',
    rfc: 'RFC 791 §3.1, RFC 8200 §4.5',
  },
  MIDDLE_LENGTH: {
    message:
      'the data of a fragment that is not the last is no multiple of 8 bytes; it is left out',
    rfc: 'RFC 791 §3.2, RFC 8200 §4.5',
  },
  BAD_LENGTH: { message: 'the length field of a fragment says nothing; it is left out' },
  EMPTY: { message: 'a fragment that is not the last holds no data' },
  CUT: { message: 'a fragment was not captured whole (snap length); it is left out' },
  TINY: {
    message: 'a fragment splits the TCP header, as is done to get past filters',
    rfc: 'RFC 1858 §3',
  },
  ATOMIC: {
    message: 'the only fragment of its datagram; it is taken by itself',
    rfc: 'RFC 6946 §4',
  },
  LAST_DIFFERS: {
    message: 'a second last fragment says another end of the datagram',
    rfc: 'RFC 815 §3',
  },
  PAST_LAST: {
    message: 'a fragment lies past the end that the last one says',
    rfc: 'RFC 815 §3',
  },
  TIMEOUT: {
    message: 'a datagram was not whole in time; what came of it is dropped',
    rfc: 'RFC 791 §3.2, RFC 8200 §4.5',
  },
  TOO_MANY: { message: 'too many datagrams are waiting; the oldest is dropped' },
  TOO_MUCH: {
    message: 'the waiting fragments take too much memory; the oldest datagram is dropped',
  },
  INCOMPLETE: { message: 'the capture ends before a datagram is whole' },
} as const satisfies Readonly<Record<string, Kind>>;

/** A stable code of a problem with fragments. */
export type FragmentProblemCode = keyof typeof KINDS;

/** A problem with the fragments of a datagram, or with one of them. */
export interface FragmentProblem {
  readonly code: FragmentProblemCode;
  readonly message: string;
  readonly rfc?: string;
  readonly version: 4 | 6;
  readonly src: string;
  readonly dst: string;
  readonly id: number;
  /** The frame by which it came to light; the last one of its datagram where time or memory ran out. */
  readonly frame: number;
  /** Where a datagram is given up: the frames of which it kept bytes. Else `frame` alone. */
  readonly frames: readonly number[];
}

/** Makes the problem of that code. */
export function fragmentProblem(
  code: FragmentProblemCode,
  about: Pick<FragmentProblem, 'version' | 'src' | 'dst' | 'id'>,
  frame: number,
  frames: readonly number[],
): FragmentProblem {
  const { version, src, dst, id } = about;
  return { code, ...KINDS[code], version, src, dst, id, frame, frames };
}
