/**
 * Sequence numbers, RFC 9293 §3.4. On the wire they are modulo 2 ** 32; inside, a connection counts
 * positions in its two streams: 0 is the SYN, 1 the first byte of data, and they never wrap (a
 * number holds 2 ** 53). So only what reads and writes headers has to think of the wrap.
 */

/** The sequence number of a position in a stream whose SYN has the number `origin`. */
export function sequenceAt(origin: number, position: number): number {
  return (origin + position) >>> 0;
}

/** The position that a sequence number means: of all that could have it, the one nearest to `near`. */
export function positionOf(sequence: number, origin: number, near: number): number {
  return near + ((sequence - origin - near) | 0);
}

/** Whether `a` comes before `b` in a space modulo 2 ** 32: sequence numbers, timestamps (RFC 7323 §5.2). */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}
