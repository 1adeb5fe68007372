/** What a connection needs to live: a network below it, time, and chance. */
import type { SegmentOut } from './segment-out.js';

/** The addresses and ports of a connection's two ends; addresses as 32-bit numbers. */
export interface TcpFlow {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

/** What a connection needs of the world; each has its own. */
export interface TcpIo {
  /** Virtual time, ns. */
  readonly now: number;
  /** A random 32-bit number. */
  random(): number;
  /** Bytes of the largest packet that the path takes, as far as is known now. */
  readonly pathMtu: number;
  /** Sends a segment, which is valid during the call. */
  transmit(segment: SegmentOut): void;
  /**
   * `timerFired` is to be called at `at` (ns), and not at what was asked before; `Infinity`: not at
   * all. `background`: nobody waits for it (TIME-WAIT, keep-alive).
   */
  setTimer(at: number, background: boolean): void;
  /** Whether anybody wants to hear what happens; otherwise nothing is said. */
  readonly noting: boolean;
  note(text: string): void;
  /** The connection is in CLOSED: nothing comes of it any more. */
  closed(): void;
}
