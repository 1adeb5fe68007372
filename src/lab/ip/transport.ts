/** What stands above IP in a host: TCP, UDP, ICMP. */
import type { Frame } from '../frame.js';
import type { Port } from '../port.js';

/** What takes packets of one protocol that are for this host. */
export interface Transport {
  /** Takes over a whole packet; its payload is `transport` to `frame.end`. `input`: where it came. */
  receive(frame: Frame, transport: number, input: Port): void;
  /**
   * An ICMP error says that a packet of ours did not get there. The packet that it quotes begins at
   * `quoted`, and its payload, of which 8 bytes at least are there, at `transport`. The frame stays
   * the caller's.
   */
  failed(frame: Frame, quoted: number, transport: number, error: IcmpError): void;
}

/** What an ICMP error says. */
export interface IcmpError {
  /** 3, 11 or 12. */
  readonly type: number;
  readonly code: number;
  /** Bytes, for "fragmentation needed"; else 0. */
  readonly mtu: number;
  /** Who sent it. */
  readonly from: number;
}
