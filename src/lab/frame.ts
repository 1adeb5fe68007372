/** A frame on its way: bytes with room in front, handed from device to device without being copied. */
import { PacketError } from '../bytes/error.js';
import type { Scheduled } from './clock.js';
import type { Port } from './port.js';
import type { Crossing } from './recorder.js';

/**
 * Bytes in front of a new frame, into which routers and tunnels write headers: Ethernet with a tag,
 * IPv6, UDP and Geneve with all its options are 326.
 */
export const HEADROOM = 384;

/** Buffers come in these sizes: an Ethernet frame, a jumbo frame, the largest IP packet. */
const CAPACITIES = [HEADROOM + 1664, HEADROOM + 9344, HEADROOM + 65_664];

/** `place` of a frame that somebody has; it is the one of what waits for nothing. */
const OWNED = -1;
/** `place` of a frame that nobody has. */
const FREE = -2;

/**
 * A frame. Whoever receives one owns it, and sends it on or releases it; to send it twice, copy it.
 * Beside the bytes it carries what Linux keeps in an `skb`; a link takes that away.
 */
export class Frame implements Scheduled {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the Ethernet header begins. */
  start: number;
  /** Where the frame ends, exclusive. */
  end: number;
  /** Where the network header begins, once it is known. */
  network: number;

  /** Netfilter's mark, 32 bits. */
  mark: number;
  /** What connection tracking knows of it: an entry of its table, or that it is not tracked. */
  connection: object | undefined;
  /** The bridge's port by which it came, where br_netfilter has shown it to PREROUTING. */
  bridgePort: Port | undefined;
  /** Its sender has heard of its peer: the neighbour that it is sent to is there (Linux's `dst_pending_confirm`). */
  confirms: boolean;
  /** Links that it has crossed since somebody made it, or routed it: a TTL ends the circles of routers. */
  hops: number;

  /** What its sender says of it, for the link that it is sent on next. */
  label: string;
  /** How it came here, where somebody watches. */
  crossing: Crossing | undefined;
  /** What was said of it before it crossed a link, where somebody watches. */
  said: string[] | undefined;

  /** Where it is on its way to. */
  to: Port | undefined;
  due: number;
  order: number;
  place: number;
  readonly background: boolean;
  private readonly pool: Frame[];

  constructor(capacity: number, pool: Frame[]) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
    this.start = HEADROOM;
    this.end = HEADROOM;
    this.network = 0;
    this.mark = 0;
    this.connection = undefined;
    this.bridgePort = undefined;
    this.confirms = false;
    this.hops = 0;
    this.label = '';
    this.crossing = undefined;
    this.said = undefined;
    this.to = undefined;
    this.due = 0;
    this.order = 0;
    this.place = OWNED;
    this.background = false;
    this.pool = pool;
  }

  /** Bytes, Ethernet header included. */
  get length(): number {
    return this.end - this.start;
  }

  /** The frame's bytes; shared, not copied. */
  get data(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** It arrives. */
  fire(): void {
    const { to } = this;
    this.to = undefined;
    if (to === undefined) return;
    const { crossing } = this;
    to.receive(this);
    // By now the frame may be on its way again: only the crossing is still this one's.
    crossing?.settle();
  }

  /** Gives the frame back. Nobody may touch it after that. */
  release(): void {
    if (this.place !== OWNED)
      throw new PacketError('BAD_VALUE', 'a frame was released that is not owned');
    this.place = FREE;
    this.crossing = undefined;
    this.said = undefined;
    this.connection = undefined;
    this.bridgePort = undefined;
    this.pool.push(this);
  }
}

/** Where frames come from. Released ones are used again. */
export class FramePool {
  private readonly free: readonly Frame[][];

  constructor() {
    this.free = CAPACITIES.map(() => []);
  }

  /** A frame of `bytes` zero or old bytes, 0–65,664, with `HEADROOM` in front. */
  acquire(bytes: number): Frame {
    let size = 0;
    while (size < CAPACITIES.length - 1 && (CAPACITIES[size] as number) < HEADROOM + bytes) size++;
    const pool = this.free[size] as Frame[];
    const frame = pool.pop() ?? new Frame(CAPACITIES[size] as number, pool);
    frame.place = OWNED;
    frame.start = HEADROOM;
    frame.end = HEADROOM + bytes;
    frame.network = 0;
    frame.mark = 0;
    frame.confirms = false;
    frame.hops = 0;
    frame.label = '';
    return frame;
  }

  /** A frame with these bytes. */
  of(bytes: Uint8Array): Frame {
    const frame = this.acquire(bytes.length);
    frame.bytes.set(bytes, HEADROOM);
    return frame;
  }

  /** Another frame with the same bytes, mark and connection, with headroom of its own. */
  copy(frame: Frame): Frame {
    const copied = this.acquire(frame.end - frame.start);
    copied.bytes.set(frame.bytes.subarray(frame.start, frame.end), HEADROOM);
    if (frame.network > 0) copied.network = frame.network - frame.start + HEADROOM;
    copied.mark = frame.mark;
    copied.connection = frame.connection;
    copied.bridgePort = frame.bridgePort;
    copied.hops = frame.hops;
    copied.label = frame.label;
    copied.crossing = frame.crossing;
    if (frame.said !== undefined) copied.said = [...frame.said];
    return copied;
  }
}
