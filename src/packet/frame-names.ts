/** Wireshark's names of what belongs to a frame rather than to a header. */
import { LINK_TYPE, TCP_FLAG } from '../headers/numbers.js';
import type { Emit, Form } from '../headers/protocol.js';
import { TcpView } from '../headers/tcp.js';
import type { Protocols } from './bindings.js';
import { encapType } from './encap-types.js';
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
  /** What a pcapng file says about the frame; undefined for all others. */
  readonly origin?: FrameOrigin | undefined;
}

/** What a pcapng file says about a frame, as the names need it. */
export interface FrameOrigin {
  readonly interface:
    | {
        readonly id: number;
        readonly name: string | undefined;
        readonly description: string | undefined;
        readonly section: { readonly number: number };
      }
    | undefined;
  readonly details:
    | {
        readonly comments?: readonly string[] | undefined;
        readonly flags?: number | undefined;
        readonly dropCount?: bigint | undefined;
        readonly packetId?: bigint | undefined;
        readonly queue?: number | undefined;
      }
    | undefined;
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
  if (RAW.includes(packet.linkType)) names.unshift('raw');
  const last = layers.at(-1);
  // Wireshark names the protocol whose header it began to read, if there was a byte of it.
  const begun = last === undefined || last.wireEnd > last.headerEnd;
  if (broken !== undefined) {
    if (begun) names.push(broken.protocol.wireshark);
  } else if (dataOf(packet).length > 0) names.push('data');
  return names.filter((name) => name !== '').join(':');
}

/** The link types of packets without a link layer that Wireshark has one protocol for. */
const RAW: readonly number[] = [LINK_TYPE.RAW, LINK_TYPE.RAW_OLD, LINK_TYPE.RAW_OPENBSD];

const NO_DATA = new Uint8Array(0);

/**
 * The payload, where Wireshark has it as data: neither a cut header, nor the text of a TCP reset, nor
 * what belongs to the protocol in front.
 */
function dataOf({ layers, payload, broken }: Packet<Protocols>): Uint8Array {
  const last = layers.at(-1);
  const reset = last instanceof TcpView && (last.flags & TCP_FLAG.RST) !== 0;
  const own = last?.descriptor.ownBody ?? false;
  return broken !== undefined || reset || own ? NO_DATA : payload;
}

/** A field of what a pcapng file says about a frame. */
function originName(
  name: string,
  label: string,
  value: (origin: FrameOrigin) => number | bigint | string | undefined,
  form: Form = 'dec',
): FrameName {
  return {
    name,
    label,
    form,
    each: ({ origin }, emit) => {
      const it = origin === undefined ? undefined : value(origin);
      if (it !== undefined) emit(typeof it === 'bigint' ? String(it) : it, 0, 0);
    },
  };
}

/** A part of `epb_flags`. */
function flagsName(
  name: string,
  label: string,
  shift: number,
  bits: number,
  form: Form,
): FrameName {
  return originName(
    `frame.packet_flags_${name}`,
    label,
    ({ details }) =>
      details?.flags === undefined ? undefined : (details.flags >>> shift) & ((1 << bits) - 1),
    form,
  );
}

/** Text on one line, as tshark writes it; other control characters, which it leaves, would command a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/** As tshark names an interface without a name: by its description, or `unknown`. */
function interfaceName({ interface: from }: FrameOrigin): string | undefined {
  return from === undefined ? undefined : oneLine(from.name ?? from.description ?? 'unknown');
}

/** What `-e` can ask of a frame. */
export const frameNames: readonly FrameName[] = [
  originName('frame.section_number', 'Section number', (o) => o.interface?.section.number),
  originName('frame.interface_id', 'Interface id', (o) => o.interface?.id),
  originName('frame.interface_name', 'Interface name', interfaceName),
  originName('frame.interface_description', 'Interface description', (o) => {
    const text = o.interface?.description;
    return text === undefined ? undefined : oneLine(text);
  }),
  originName('frame.interface_queue', 'Interface queue', (o) => o.details?.queue),
  originName('frame.packet_flags', 'Packet flags', (o) => o.details?.flags, 'hex8'),
  flagsName('direction', 'Direction', 0, 2, 'hex8'),
  flagsName('reception_type', 'Reception type', 2, 3, 'dec'),
  flagsName('fcs_length', 'FCS length', 5, 4, 'dec'),
  flagsName('reserved', 'Reserved', 9, 7, 'dec'),
  flagsName('crc_error', 'CRC error', 24, 1, 'bool'),
  flagsName('packet_too_error', 'Packet too long error', 25, 1, 'bool'),
  flagsName('packet_too_short_error', 'Packet too short error', 26, 1, 'bool'),
  flagsName('wrong_inter_frame_gap_error', 'Wrong interframe gap error', 27, 1, 'bool'),
  flagsName('unaligned_frame_error', 'Unaligned frame error', 28, 1, 'bool'),
  flagsName('start_frame_delimiter_error', 'Start frame delimiter error', 29, 1, 'bool'),
  flagsName('preamble_error', 'Preamble error', 30, 1, 'bool'),
  flagsName('symbol_error', 'Symbol error', 31, 1, 'bool'),
  originName('frame.packet_id', 'Packet id', (o) => o.details?.packetId),
  frameName('frame.encap_type', 'Encapsulation type', ({ packet }) => encapType(packet.linkType)),
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
  originName('frame.drop_count', 'Drop Count', (o) => o.details?.dropCount),
  {
    name: 'frame.comment',
    label: 'Comment',
    form: 'text',
    each: ({ origin }, emit) => {
      for (const comment of origin?.details?.comments ?? []) emit(oneLine(comment), 0, 0);
    },
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
