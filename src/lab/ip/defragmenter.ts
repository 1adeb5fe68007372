/** Puts fragments together again on their way through a host. */
import { ETHERNET_HEADER_BYTES } from '../../headers/ethernet.js';
import { LINK_TYPE } from '../../headers/numbers.js';
import { parse } from '../../packet/parse.js';
import { IpReassembler } from '../../reassembly/ip-reassembler.js';
import { SECOND, Timer } from '../clock.js';
import { type Frame, HEADROOM } from '../frame.js';
import type { Lab } from '../lab.js';

/** Nanoseconds that a packet's fragments wait for the others: `net.ipv4.ipfrag_time`. */
const TIMEOUT = 30 * SECOND;

/** The fragments that wait at one place of a host: 30 s from the first of a packet to come. */
export class Defragmenter {
  private readonly lab: Lab;
  /** Its times are nanoseconds: whole, so that the timer meets them. */
  private readonly waiting: IpReassembler;
  private readonly timer: Timer;

  /**
   * `timedOut` is told when a packet's time is over, and takes its first fragment over, where that has
   * come: its IPv4 header is at `network`.
   */
  constructor(lab: Lab, timedOut: (first: Frame | undefined) => void) {
    this.lab = lab;
    this.waiting = new IpReassembler({
      timeout: TIMEOUT,
      onTimeout: (first) => timedOut(first && this.frameOf(first)),
    });
    // In the background: who sends fragments with a run after each has time for the next.
    this.timer = new Timer(() => {
      this.waiting.expire(lab.clock.now);
      this.setTimer();
    }, true);
  }

  /** Takes a fragment over; answers the whole packet that it completes, in a frame of its own. */
  add(frame: Frame): Frame | undefined {
    const { network, end } = frame;
    const bytes = frame.bytes.slice(network - ETHERNET_HEADER_BYTES, end);
    const packet = parse(bytes, { linkType: LINK_TYPE.ETHERNET });
    const whole = this.waiting.add(packet, this.lab.clock.now);
    this.setTimer();
    const result = whole && this.frameOf(bytes.subarray(0, ETHERNET_HEADER_BYTES), whole.bytes);
    if (result !== undefined) {
      result.mark = frame.mark;
      result.connection = frame.connection;
      result.crossing = frame.crossing;
    }
    frame.release();
    return result;
  }

  /** A frame of these bytes, of which the first 14 are the Ethernet header. */
  private frameOf(bytes: Uint8Array, behind: Uint8Array = new Uint8Array(0)): Frame {
    const frame = this.lab.frames.acquire(bytes.length + behind.length);
    frame.bytes.set(bytes, HEADROOM);
    frame.bytes.set(behind, HEADROOM + bytes.length);
    frame.network = HEADROOM + ETHERNET_HEADER_BYTES;
    return frame;
  }

  private setTimer(): void {
    const { timer } = this;
    const { clock } = this.lab;
    const { deadline } = this.waiting;
    if (deadline === undefined) clock.cancel(timer);
    else if (!timer.pending || timer.due !== deadline) clock.at(timer, deadline);
  }
}
