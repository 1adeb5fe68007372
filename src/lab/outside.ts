/** What is outside of the lab: a port whose frames somebody else takes and gives. */
import { Device, type DeviceOptions } from './device.js';
import type { Frame } from './frame.js';
import type { Lab } from './lab.js';
import type { Port, PortHandler } from './port.js';

/** The longest frame that is taken from outside, in bytes: a UDP datagram's. */
const MAX_FRAME_BYTES = 65_507;

/**
 * The other end of a link that leaves the lab: what comes in at its port goes to `sink`, and `inject`
 * has it send what came from there. Whoever holds the other side decides about time: nothing here
 * waits.
 */
export class Outside extends Device implements PortHandler {
  /** The only port. */
  readonly end: Port;
  /** Takes what the lab sends; the bytes are the frame's own, and valid only during the call. */
  sink: ((frame: Uint8Array) => void) | undefined;

  /** Throws `BAD_VALUE` where the lab has a device of that name. */
  constructor(lab: Lab, name: string, options: DeviceOptions = {}) {
    super(lab, name, options);
    this.sink = undefined;
    this.end = this.addPort('wire');
    this.end.handler = this;
  }

  /** Takes over a frame that the lab sends out. */
  receive(_port: Port, frame: Frame): void {
    this.sink?.(frame.data);
    frame.release();
  }

  /**
   * Sends a frame from outside into the lab: any bytes at all. False: it was left out, as it was
   * empty or longer than 65,507 bytes.
   */
  inject(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || bytes.length > MAX_FRAME_BYTES) return false;
    this.end.send(this.lab.frames.of(bytes));
    return true;
  }
}
