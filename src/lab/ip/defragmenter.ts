/** Puts fragments that are for this host together again. */
import { parse } from '../../packet/parse.js';
import { IpReassembler } from '../../reassembly/ip-reassembler.js';
import { SECOND } from '../clock.js';
import { type Frame, HEADROOM } from '../frame.js';
import type { Lab } from '../lab.js';

const ETHERNET_BYTES = 14;

/** The fragments that wait in a host: 30 s each at most, as Linux's `ipfrag_time`. */
export class Defragmenter {
  private readonly lab: Lab;
  private readonly waiting: IpReassembler;

  constructor(lab: Lab) {
    this.lab = lab;
    this.waiting = new IpReassembler({ timeout: 30 });
  }

  /** Takes a fragment over; answers the whole packet that it completes, in a frame of its own. */
  add(frame: Frame): Frame | undefined {
    const { lab } = this;
    const { start, network } = frame;
    const packet = parse(frame.bytes.slice(network, frame.end), { linkType: 228 });
    const whole = this.waiting.add(packet, lab.clock.now / SECOND);
    const result = whole && lab.frames.acquire(ETHERNET_BYTES + whole.bytes.length);
    if (whole !== undefined && result !== undefined) {
      result.network = HEADROOM + ETHERNET_BYTES;
      result.bytes.set(frame.bytes.subarray(start, start + ETHERNET_BYTES), HEADROOM);
      result.bytes.set(whole.bytes, result.network);
      result.mark = frame.mark;
      result.connection = frame.connection;
      result.crossing = frame.crossing;
    }
    frame.release();
    return result;
  }
}
