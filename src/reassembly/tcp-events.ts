/** What a TCP reassembler tells. */

/** One end of a connection. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

/** A connection: the same object in all of its events. */
export interface TcpConnection {
  /** 1, 2, … in order of their first segments. */
  readonly id: number;
  /** The same for all connections between the same ports: the flow. */
  readonly key: string;
  /** Who sent the SYN; where none was seen, the sender of the first segment. */
  readonly client: TcpEnd;
  readonly server: TcpEnd;
}

/** Why bytes were given up. */
export type GapReason =
  /** The receiver has acknowledged them: they will not be sent again, the capture missed them. */
  | 'acknowledged'
  /** What waits behind them takes more memory than is allowed. */
  | 'limit'
  /** The capture or the connection is over. */
  | 'end'
  /** The snap length cut them off. */
  | 'cut';

/** Why a connection is over. */
export type EndReason =
  /** Both ends have sent FIN, and all before it is there. */
  | 'fin'
  | 'reset'
  /** A SYN with another sequence number began a new connection between the same ports. */
  | 'reused'
  /** There were more connections than are kept; this one was quiet for the longest time. */
  | 'evicted'
  /** The capture is over. */
  | 'capture';

/** A place in the stream of one direction. */
interface At {
  /** Bytes from the first of the stream; negative before the first that was seen. */
  readonly position: number;
  /** The sequence number of that place, 0–4294967295. */
  readonly seq: number;
  /** Bytes. */
  readonly length: number;
}

interface About {
  readonly connection: TcpConnection;
  /** Who sent it. */
  readonly from: 'client' | 'server';
  /** The frame that it is about: of bytes that waited, the one that brought them. */
  readonly frame: number;
  /** Seconds of capture time of that frame. */
  readonly time: number;
}

/** What happened to a stream. */
export type TcpHappening =
  /** `middle`: the SYN was not seen. */
  | { readonly kind: 'start'; readonly how: 'syn' | 'middle' }
  /** The next bytes, each once and in order. They stay valid. */
  | ({ readonly kind: 'data'; readonly bytes: Uint8Array } & At)
  /** Bytes that are missing; the next data come behind them. */
  | ({ readonly kind: 'gap'; readonly reason: GapReason } & At)
  /** Bytes that were there before; `differs`: some of those still in memory were others. */
  | ({ readonly kind: 'retransmission'; readonly differs: boolean } & At)
  /** Bytes ahead of what comes next: they wait. */
  | ({ readonly kind: 'outOfOrder' } & At)
  /** Bytes that came when their place had been given up, or lies before the first that was seen. */
  | ({ readonly kind: 'late'; readonly bytes: Uint8Array } & At)
  /** A SYN brings data (RFC 7413). */
  | ({ readonly kind: 'fastOpen' } & At)
  /** The byte before the next, or none there: nothing but a sign of life (RFC 9293 §3.8.4). */
  | ({ readonly kind: 'keepAlive' } & At)
  /** The sequence numbers have passed 2^32 and begin at 0 again. */
  | { readonly kind: 'wrap' }
  /** The sender has no more data; all of it has been told. */
  | { readonly kind: 'fin' }
  | { readonly kind: 'reset' }
  /** Told once a connection. What comes after a reset is still told. */
  | { readonly kind: 'end'; readonly reason: EndReason };

/** What happened, to which connection, by which frame. */
export type TcpEvent = About & TcpHappening;
