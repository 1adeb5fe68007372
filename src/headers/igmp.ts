/** IGMP (RFC 1112, RFC 2236, RFC 3376): view, fields and codec. Its layouts and bounds: `igmp-wire.ts`. */
import type { GroupMessage, GroupRecord } from './icmp-lists.js';
import {
  encodeMessage,
  MessageView,
  messageSize,
  messageStatus,
  numberOrName,
  readMessage,
  refuseLayer,
  type Shape,
  sealMessage,
  titleOfType,
} from './icmp-message.js';
import { igmpNames } from './igmp-names.js';
import {
  checkIgmp,
  igmpLayout,
  igmpProblems,
  igmpShape,
  igmpShapeFor,
  igmpVersion,
  MAX_RESPONSE,
} from './igmp-wire.js';
import { layerMaker } from './layer-spec.js';
import { IGMP_TYPE } from './numbers.js';
import { defineProtocol, type Place, type Protocol, requireHeader } from './protocol.js';
import { uint } from './values.js';

/** An IGMP message in place. Which fields it has depends on its type: `message`, `set`. */
export class IgmpView extends MessageView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(igmpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return igmpProtocol;
  }

  /** Tenths of a second; from 128 a code with exponent and mantissa in version 3 (RFC 3376 §4.1.1). */
  get maxResponse(): number {
    return this.view.getUint8(this.offset + MAX_RESPONSE);
  }

  set maxResponse(value: number) {
    this.view.setUint8(this.offset + MAX_RESPONSE, uint(value, 0xff, 'igmp', 'maxResponse'));
  }

  get shape(): Shape | undefined {
    return igmpShape(this.type, this.headerEnd - this.offset);
  }

  get quotesPacket(): boolean {
    return false;
  }

  /** 1–3 as type and length tell it (RFC 3376 §7.1); 0: of no known type. */
  get version(): number {
    return igmpVersion(this.type, this.maxResponse, this.shape);
  }

  /** The fields that messages of this type have. Decoded anew at each call. */
  get message(): IgmpMessage {
    return readMessage(this, this.shape);
  }
}

/** The fields behind the checksum; each type of message has some of them. */
export interface IgmpMessage extends GroupMessage {
  /** Report of version 3: to be 0. */
  readonly reserved?: number;
  /** Every byte behind the checksum, where the type is not known or the message ends too early. */
  readonly rest?: Uint8Array;
}

/** Every field of an IGMP message. */
export interface IgmpFields extends IgmpMessage {
  /** `IGMP_TYPE`. */
  readonly type: number;
  /** Tenths of a second, or a code. */
  readonly maxResponse: number;
  readonly checksum: number;
}

/** What may be given of an IGMP message: fields of its type. Absent: computed, or 0. */
export interface IgmpInput extends Omit<IgmpMessage, 'records'> {
  /** A number or a name. Absent: a query; one of version 3 where a field of that is given. */
  readonly type?: number | keyof typeof IGMP_TYPE;
  readonly maxResponse?: number;
  readonly checksum?: number | 'computed';
  readonly records?: readonly Partial<GroupRecord>[];
}

const FIELDS = [
  'type',
  'maxResponse',
  'checksum',
  'group',
  'reservedFlags',
  'suppress',
  'robustness',
  'queryInterval',
  'numSources',
  'sources',
  'reserved',
  'numRecords',
  'records',
  'rest',
] as const satisfies readonly (keyof IgmpFields)[];

export function decodeIgmp(layer: IgmpView): IgmpFields {
  return {
    type: layer.type,
    maxResponse: layer.maxResponse,
    checksum: layer.checksum,
    ...layer.message,
  };
}

function typeOf({ type = IGMP_TYPE.query }: IgmpInput): number {
  return numberOrName(type, IGMP_TYPE, 0xff, 'igmp', 'type');
}

/** Bytes of an IGMP header with these fields: 4 and more, mostly 8. */
export function igmpHeaderBytes(fields: IgmpInput): number {
  const given = { ...fields };
  return messageSize('igmp', igmpShapeFor(typeOf(fields), given), given);
}

/** Writes an IGMP header: all of it, or nothing where a field is wrong. The checksum: `sealIgmp`. */
export function encodeIgmp(view: DataView, offset: number, fields: IgmpInput, place: Place): void {
  const { maxResponse = 0, ...others } = fields;
  const type = typeOf(fields);
  const code = uint(maxResponse, 0xff, 'igmp', 'maxResponse');
  refuseLayer('igmp', place, type, false);
  const given = { ...others, type, code };
  encodeMessage(view, offset, 'igmp', igmpShapeFor(type, given), given);
}

/** Writes the checksum over the whole message (RFC 3376 §4.1.2), where it is to be computed. */
export function sealIgmp(view: DataView, offset: number, fields: IgmpInput, place: Place): void {
  if (typeof fields.checksum !== 'number') sealMessage(view, offset, place, 0);
}

function summary(layer: IgmpView): string {
  const { type, version, message } = layer;
  const title = titleOfType(IGMP_TYPE, type);
  const groups = message.records?.map(({ group }) => group) ?? [];
  const of = message.group ?? groups.join(', ');
  return `${version > 0 ? `IGMPv${version} ` : ''}${title}${of === '' ? '' : ` ${of}`}`;
}

/** Wireshark's name: its own twice, and where another protocol is inside that one's. */
function wiresharkName({ type, version }: IgmpView): string {
  if (type === IGMP_TYPE.dvmrp) return 'igmp:dvmrp';
  if (type === IGMP_TYPE.pim) return 'igmp:pim';
  return version > 0 ? 'igmp:igmp' : 'igmp';
}

export const igmpProtocol: Protocol<'igmp', IgmpFields, IgmpView, IgmpInput> = defineProtocol<
  'igmp',
  IgmpFields,
  IgmpView,
  IgmpInput
>({
  name: 'igmp',
  title: 'Internet Group Management Protocol',
  layout: igmpLayout,
  fields: FIELDS,
  derived: ['checksum', 'numSources', 'numRecords'],
  problems: igmpProblems,
  names: igmpNames,
  wiresharkName,
  summary,
  check: checkIgmp,
  layer: (view, offset, headerEnd, end) => new IgmpView(view, offset, end, headerEnd),
  decode: decodeIgmp,
  size: igmpHeaderBytes,
  encode: encodeIgmp,
  seal: sealIgmp,
  checksumStatus: (layer, place) => messageStatus(layer, place, 0),
});

/** An IGMP layer to build. */
export const igmp = layerMaker(igmpProtocol);
