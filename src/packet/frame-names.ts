/** Wireshark's names of what belongs to a frame rather than to a header. */
import { EspView } from '../headers/esp.js';
import { LINK_TYPE, TCP_FLAG } from '../headers/numbers.js';
import type { Emit, Form } from '../headers/protocol.js';
import { TcpView } from '../headers/tcp.js';
import type { Protocols } from './bindings.js';
import type { Packet } from './packet.js';

/** A frame of a capture with its packet, as the names and the lines about it need it. */
export interface FrameContext {
  /** 1, 2, … */
  readonly number: number;
  readonly packet: Packet<Protocols>;
  /** When it was captured, as text of seconds with nine decimals; undefined: not known. */
  readonly epoch: string | undefined;
  /** The same since the first frame, and since the frame before. */
  readonly relative: string | undefined;
  readonly delta: string | undefined;
}

/** A field of a frame by its Wireshark name. */
export interface FrameName {
  readonly name: string;
  readonly label: string;
  readonly form: Form;
  readonly hidden?: boolean;
  each(frame: FrameContext, emit: Emit): void;
}

function frameName(
  name: string,
  label: string,
  value: (frame: FrameContext) => number | string | undefined,
): FrameName {
  return {
    name,
    label,
    form: 'dec',
    each: (frame, emit) => {
      const it = value(frame);
      if (it !== undefined) emit(it, 0, 0);
    },
  };
}

/** `frame.protocols`: the names of the layers as Wireshark writes them, outermost first. */
export function protocolsOf(packet: Packet<Protocols>): string {
  const { layers, broken } = packet;
  const names = layers.map((layer) => layer.descriptor.wiresharkName(layer));
  // Wireshark has a protocol of its own for the nothing in front of raw IP.
  if (packet.linkType === LINK_TYPE.RAW) names.unshift('raw');
  const last = layers.at(-1);
  // Wireshark names the protocol whose header it began to read, if there was a byte of it.
  const begun = last === undefined || last.wireEnd > last.headerEnd;
  if (broken !== undefined) {
    if (begun) names.push(broken.protocol.wireshark);
  } else if (dataOf(packet).length > 0) names.push('data');
  return names.filter((name) => name !== '').join(':');
}

const NO_DATA = new Uint8Array(0);

/**
 * The payload, where Wireshark has it as data: neither a cut header nor the text of a TCP reset,
 * nor what ESP encrypts.
 */
function dataOf({ layers, payload, broken }: Packet<Protocols>): Uint8Array {
  const last = layers.at(-1);
  const reset = last instanceof TcpView && (last.flags & TCP_FLAG.RST) !== 0;
  const hidden = reset || last instanceof EspView;
  return broken !== undefined || hidden ? NO_DATA : payload;
}

/** What `-e` can ask of a frame. */
export const frameNames: readonly FrameName[] = [
  frameName('frame.number', 'Frame Number', (f) => f.number),
  frameName('frame.len', 'Frame length on the wire', (f) => f.packet.wireLength),
  frameName('frame.cap_len', 'Frame length stored into the capture file', (f) => {
    return f.packet.view.byteLength;
  }),
  frameName('frame.time_epoch', 'Epoch Time', (f) => f.epoch),
  frameName('frame.time_relative', 'Time since first frame', (f) => f.relative),
  frameName('frame.time_delta', 'Time delta from previous captured frame', (f) => f.delta),
  {
    ...frameName(
      'frame.time_delta_displayed',
      'Time delta from previous displayed frame',
      (f) => f.delta,
    ),
    hidden: true,
  },
  { ...frameName('frame.marked', 'Frame is marked', () => 0), hidden: true },
  { ...frameName('frame.ignored', 'Frame is ignored', () => 0), hidden: true },
  frameName('frame.protocols', 'Protocols in frame', (f) => protocolsOf(f.packet)),
  {
    name: 'data.data',
    label: 'Data',
    form: 'bytes',
    each: ({ packet }, emit) => {
      const data = dataOf(packet);
      if (data.length === 0) return;
      emit(data, (data.byteOffset - packet.view.byteOffset) * 8, data.length * 8);
    },
  },
  frameName('data.len', 'Length of the data', ({ packet }) => dataOf(packet).length || undefined),
];
