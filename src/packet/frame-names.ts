/** Wireshark's names of what belongs to a frame rather than to a header. */
import type { Emit, Form } from '../headers/protocol.js';
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
    form: typeof value === 'string' ? 'text' : 'dec',
    each: (frame, emit) => {
      const it = value(frame);
      if (it !== undefined) emit(it, 0, 0);
    },
  };
}

/** `frame.protocols`: the names of the layers as Wireshark writes them, outermost first. */
export function protocolsOf({ layers, payload, broken }: Packet<Protocols>): string {
  const names = layers.map((layer) => layer.descriptor.wiresharkName(layer));
  if (payload.length > 0 || (broken !== undefined && names.length === 0)) names.push('data');
  return names.join(':');
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
  frameName('frame.protocols', 'Protocols in frame', (f) => protocolsOf(f.packet)),
  {
    name: 'data.data',
    label: 'Data',
    form: 'bytes',
    each: ({ packet }, emit) => {
      const { payload, view } = packet;
      if (payload.length === 0) return;
      emit(payload, (payload.byteOffset - view.byteOffset) * 8, payload.length * 8);
    },
  },
  frameName('data.len', 'Length of the data', ({ packet }) => packet.payload.length || undefined),
];
