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
  readonly dontFragment?: boolean;
  /** What the sender says of it: `Frame.label`. */
  readonly label?: string;
}
