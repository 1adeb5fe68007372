/** What a connection tells its application. */
import type { TcpConnection } from './connection.js';

/** Why a connection failed, by the names of Linux's errors. */
export type TcpFailure =
  | 'ECONNREFUSED' // a reset answered the SYN
  | 'ECONNRESET' // a reset came
  | 'ECONNABORTED' // this end gave it up
  | 'ETIMEDOUT' // nothing came back
  | 'EHOSTUNREACH' // the network says that the peer can't be reached
  | 'ENETUNREACH';

/** What an application wants to know. Bytes of `data` are its own to keep. */
export interface TcpHandler {
  /** The handshake is done. */
  connected?(connection: TcpConnection): void;
  /** The next bytes of the stream. */
  data?(bytes: Uint8Array, connection: TcpConnection): void;
  /** `write` has answered false, and there is room again. */
  drained?(connection: TcpConnection): void;
  /** The peer has sent all that it had to send. */
  ended?(connection: TcpConnection): void;
  /** Both sides have sent all, and know it. */
  closed?(connection: TcpConnection): void;
  /** The connection is gone, instead of `closed`. */
  failed?(reason: TcpFailure, connection: TcpConnection): void;
}
