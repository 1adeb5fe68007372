/** A device of the lab that sends the frames it is told to, and keeps those that it gets. */

import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { Device } from '../../src/lab/device.js';
import type { Frame } from '../../src/lab/frame.js';
import type { Lab } from '../../src/lab/lab.js';
import type { Port } from '../../src/lab/port.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';

export class Station extends Device {
  readonly received: Uint8Array[];

  constructor(lab: Lab, name: string) {
    super(lab, name);
    this.received = [];
    this.addPort('eth0').handler = this;
  }

  receive(_port: Port, frame: Frame): void {
    this.received.push(frame.data.slice());
    frame.release();
  }

  /** Sends a frame of a local experimental EtherType; `vid`: with that tag; `text`: its payload. */
  send(dst: string, src: string, { vid, priority = 0, text = 'hello' }: StationSend = {}): void {
    const payload = new TextEncoder().encode(text.padEnd(46));
    const tags = vid === undefined ? [] : [dot1q({ vid, priority, type: 0x88b5 })];
    const type = vid === undefined ? { type: 0x88b5 } : {};
    const frame = build([ethernet({ src, dst, ...type }), ...tags, payload]);
    this.port('eth0').send(this.lab.frames.of(frame));
  }

  /** What came: source, tag (`10`, `10/5` with a priority) and text. */
  get seen(): string[] {
    return this.received.map((bytes) => {
      const packet = parse(bytes);
      const tag = packet.layer('dot1q');
      const shown = tag === undefined ? '' : `${tag.vid}${tag.priority ? `/${tag.priority}` : ''} `;
      const text = new TextDecoder().decode(packet.payload).trim();
      return `${shown}${text}`;
    });
  }
}

interface StationSend {
  readonly vid?: number;
  readonly priority?: number;
  readonly text?: string;
}
