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
   * Whether nobody may cut it: true (`IP_PMTUDISC_DO`, `ping -M do`), false (absent), or `want`: not
   * while the path is known to carry 552 bytes at least, which is what TCP asks for
   * (`IP_PMTUDISC_WANT`, Linux `ip_dont_fragment`).
   */
  readonly dontFragment?: boolean | 'want';
  /** What the sender says of it: `Frame.label`. */
  readonly label?: string;
}
