/** How a host sends a packet. */

/** What became of a packet that was to be sent. */
export type SendResult = 'sent' | 'no route' | 'too long';

/** How to send a packet. Absent fields are the stack's. */
export interface SendOptions {
  /** A word of 32 bits (absent: the route's). */
  readonly src?: number;
  /** 1–255. */
  readonly ttl?: number;
  /** 0–255. */
  readonly tos?: number;
  /**
   * Whether no router may cut it: true (`IP_PMTUDISC_DO`, `ping -M do`), false (`IP_PMTUDISC_DONT`),
   * or `want` (absent): not what fits the path as far as it is known, unless it is a path of less than
   * 552 bytes; what does not fit is cut here (`IP_PMTUDISC_WANT`, Linux's default).
   */
  readonly dontFragment?: boolean | 'want';
  /** What the sender says of it: `Frame.label`. */
  readonly label?: string;
}
