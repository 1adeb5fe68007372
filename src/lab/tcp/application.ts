/** What the application hears of a connection, and when: bytes while it reads, room to write, and the end once. */
import type { TcpConnection } from './connection.js';
import type { TcpFailure } from './handler.js';

/** The application's end of a connection, whose `handler` it calls. */
export class Application {
  /** It does not read. */
  paused: boolean;
  private readonly connection: TcpConnection;
  /** It was told that there is no room to write. */
  private full: boolean;
  /** Both sides have sent all, or the connection has failed. */
  private finished: boolean;
  /** It was told of the peer's end, and of the connection's. */
  private endTold: boolean;
  private closedTold: boolean;

  constructor(connection: TcpConnection) {
    this.connection = connection;
    this.paused = false;
    this.full = false;
    this.finished = false;
    this.endTold = false;
    this.closedTold = false;
  }

  /** Whether nothing more can be sent. */
  get over(): boolean {
    return this.finished;
  }

  /** Whether there is room to write more; if not, `tellDrained` will tell of it. */
  hasRoom(): boolean {
    if (this.connection.sender.queue.bytes < this.sendBuffer) return true;
    this.full = true;
    return false;
  }

  /** Bytes that wait at most before there is no room. */
  private get sendBuffer(): number {
    const { settings, sender } = this.connection;
    const { sendBuffer, wmem } = settings;
    if (sendBuffer !== undefined) return sendBuffer;
    return Math.min(wmem[2], Math.max(wmem[1], 2 * sender.congestion.window));
  }

  /** Tells that there is room again; answers whether there was somebody to tell. */
  tellDrained(): boolean {
    const { connection } = this;
    if (!this.full || connection.sender.queue.bytes > this.sendBuffer / 2) return false;
    this.full = false;
    connection.handler.drained?.(connection);
    return true;
  }

  /** Gives it what it has not read, and then the end. */
  deliver(): void {
    const { connection } = this;
    const { receiver } = connection;
    const { queue } = receiver;
    let bytes: Uint8Array | undefined;
    // Also when the connection is over: what has come is still to be read.
    while (!this.paused) {
      bytes = queue.read();
      if (bytes === undefined) break;
      connection.handler.data?.(bytes, connection);
    }
    if (!connection.closed) {
      receiver.measureReader(connection.now, connection.sender.timer.smoothed);
      // What is due anyway tells it, too.
      if (!receiver.ackNow && receiver.roomMade()) {
        connection.transmitter.acknowledge('window update');
      }
    }
    if (receiver.finAt < queue.next && queue.waiting === 0 && !this.endTold && !this.paused) {
      this.endTold = true;
      connection.handler.ended?.(connection);
      this.tellClosed();
    }
  }

  /** Both sides have sent all: tells it when it has read all. */
  finish(): void {
    this.finished = true;
    this.tellClosed();
  }

  private tellClosed(): void {
    if (!this.finished || !this.endTold || this.closedTold) return;
    this.closedTold = true;
    this.connection.handler.closed?.(this.connection);
  }

  /** The connection is gone: tells it, and nothing after that. */
  fail(reason: TcpFailure): void {
    const told = this.closedTold;
    this.finished = true;
    this.endTold = true;
    this.closedTold = true;
    if (!told) this.connection.handler.failed?.(reason, this.connection);
  }
}
