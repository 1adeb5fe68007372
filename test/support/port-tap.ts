/** What an interface sends and hears, in order: the view that a capture at one end of a link has. */

import type { Frame } from '../../src/lab/frame.js';
import type { Host } from '../../src/lab/host.js';
import type { Port } from '../../src/lab/port.js';

export interface TappedFrame {
  readonly bytes: Uint8Array;
  /** Nanoseconds. */
  readonly time: number;
  readonly sent: boolean;
}

/** Taps a port that is connected. */
export function tap(host: Host, name: string): TappedFrame[] {
  const port = host.port(name);
  const { handler, wire } = port;
  const frames: TappedFrame[] = [];
  const keep = (frame: Frame, sent: boolean): void => {
    frames.push({ bytes: frame.data.slice(), time: host.lab.clock.now, sent });
  };
  port.handler = {
    receive(to: Port, frame: Frame): void {
      keep(frame, false);
      handler?.receive(to, frame);
    },
  };
  port.wire = {
    transmit(from: Port, frame: Frame): void {
      keep(frame, true);
      wire?.transmit(from, frame);
    },
  };
  return frames;
}
