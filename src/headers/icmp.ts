/** ICMP (RFC 792 and successors): view, fields and codec. Its layouts, bounds and sums: `icmp-wire.ts`. */
import type { ExtendedEchoMessage } from './icmp-echo.js';
import {
  CodedView,
  codedSummary,
  encodeMessage,
  messageSize,
  messageStatus,
  numberOrName,
  readMessage,
  refuseLayer,
  type Shape,
  sealMessage,
} from './icmp-message.js';
import { icmpNames } from './icmp-names.js';
import type { AdvertisedRouter } from './icmp-routers.js';
import {
  checkIcmp,
  icmpHasLength,
  icmpLayout,
  icmpProblems,
  icmpQuotes,
  icmpShape,
  LENGTH,
} from './icmp-wire.js';
import { layerMaker } from './layer-spec.js';
import { ICMP_TYPE } from './numbers.js';
import { defineProtocol, type Place, type Protocol, requireHeader } from './protocol.js';
import { uint } from './values.js';

/** An ICMP message in place. Which fields it has depends on its type: `message`, `set`. */
export class IcmpView extends CodedView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(icmpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return icmpProtocol;
  }

  get shape(): Shape | undefined {
    return icmpShape(this.type, this.headerEnd - this.offset);
  }

  get quotesPacket(): boolean {
    return icmpQuotes(this.type);
  }

  /** Bytes of the quote as the message says it (RFC 4884); 0: it doesn't; undefined: it can't. */
  get quoteBytes(): number | undefined {
    if (this.shape === undefined || !icmpHasLength(this.type)) return undefined;
    return this.view.getUint8(this.offset + LENGTH) * 4;
  }

  /** The fields that messages of this type have. Decoded anew at each call. */
  get message(): IcmpMessage {
    return readMessage(this, this.shape);
  }
}

/** The fields behind the checksum; each type of message has some of them. */
export interface IcmpMessage extends ExtendedEchoMessage {
  /** Echo, timestamp, information, address mask: which of the sender's exchanges it is. */
  readonly identifier?: number;
  /** In the same, and an octet in extended echoes (RFC 8335). */
  readonly sequence?: number;
  /** Parameter problem: the octet of the quoted packet where it is (RFC 792). */
  readonly pointer?: number;
  /** Bits without a meaning, to be 0, in front of `length`; of source quench: all. */
  readonly unused?: number;
  /** Bytes of the quoted packet in words of four, 0 where the message does not say (RFC 4884). */
  readonly length?: number;
  /** Destination unreachable: MTU of the next hop where the code is 4 (RFC 1191), else to be 0. */
  readonly mtu?: number;
  /** Bits without a meaning, to be 0. */
  readonly reserved?: number;
  /** Redirect: the router to send to instead. */
  readonly gateway?: string;
  /** Router advertisement (RFC 1256): how many routers it counts. */
  readonly numAddresses?: number;
  /** The same: words of four bytes an entry, 2. */
  readonly addressWords?: number;
  /** The same: seconds. */
  readonly lifetime?: number;
  readonly routers?: readonly AdvertisedRouter[];
  /** Timestamps: milliseconds since midnight UTC. Given none, the message ends before them. */
  readonly originate?: number;
  readonly receive?: number;
  readonly transmit?: number;
  readonly addressMask?: string;
  /** Every byte behind the checksum, where the type is not known or the message ends too early. */
  readonly rest?: Uint8Array;
}

/** Every field of an ICMP message. */
export interface IcmpFields extends IcmpMessage {
  /** `ICMP_TYPE`. */
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
}

/** What may be given of an ICMP message: fields of its type. Absent: computed, or 0. */
export interface IcmpInput extends IcmpMessage {
  /** A number or a name. Absent: an echo request. */
  readonly type?: number | keyof typeof ICMP_TYPE;
  readonly code?: number;
  readonly checksum?: number | 'computed';
}

const FIELDS = [
  'type',
  'code',
  'checksum',
  'identifier',
  'sequence',
  'pointer',
  'unused',
  'length',
  'mtu',
  'reserved',
  'gateway',
  'numAddresses',
  'addressWords',
  'lifetime',
  'routers',
  'originate',
  'receive',
  'transmit',
  'addressMask',
  'local',
  'state',
  'active',
  'ipv4',
  'ipv6',
  'extension',
  'rest',
] as const satisfies readonly (keyof IcmpFields)[];

export function decodeIcmp(layer: IcmpView): IcmpFields {
  return {
    type: layer.type,
    code: layer.code,
    checksum: layer.checksum,
    ...layer.message,
  };
}

function typeOf(fields: IcmpInput): number {
  return numberOrName(fields.type ?? ICMP_TYPE.echoRequest, ICMP_TYPE, 0xff, 'icmp', 'type');
}

/** Bytes of an ICMP header with these fields: 4 and more, mostly 8. */
export function icmpHeaderBytes(fields: IcmpInput): number {
  return messageSize('icmp', icmpShape(typeOf(fields)), { ...fields });
}

/** Writes an ICMP header: all of it, or nothing where a field is wrong. The checksum: `sealIcmp`. */
export function encodeIcmp(view: DataView, offset: number, fields: IcmpInput, place: Place): void {
  const type = typeOf(fields);
  const code = uint(fields.code ?? 0, 0xff, 'icmp', 'code');
  refuseLayer('icmp', place, type, icmpQuotes(type));
  encodeMessage(view, offset, 'icmp', icmpShape(type), { ...fields, type, code });
}

/** Writes the checksum over the whole message (RFC 792), where it is to be computed. */
export function sealIcmp(view: DataView, offset: number, fields: IcmpInput, place: Place): void {
  if (typeof fields.checksum !== 'number') sealMessage(view, offset, place, 0);
}

function summary(layer: IcmpView): string {
  const { message } = layer;
  const { mtu, gateway } = message;
  let info = codedSummary(layer, ICMP_TYPE, message);
  if (gateway !== undefined) info += ` to ${gateway}`;
  if (mtu !== undefined && mtu !== 0) info += ` MTU=${mtu}`;
  return info;
}

export const icmpProtocol: Protocol<'icmp', IcmpFields, IcmpView, IcmpInput> = defineProtocol<
  'icmp',
  IcmpFields,
  IcmpView,
  IcmpInput
>({
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  layout: icmpLayout,
  // A quoted packet has no number in front of it: 4, IPv4 in IP, is where parsing goes on.
  space: 'ipProtocol',
  quotes: true,
  fields: FIELDS,
  derived: ['checksum', 'numAddresses', 'addressWords'],
  problems: icmpProblems,
  names: icmpNames,
  summary,
  check: checkIcmp,
  layer: (view, offset, headerEnd, end) => new IcmpView(view, offset, end, headerEnd),
  decode: decodeIcmp,
  size: icmpHeaderBytes,
  encode: encodeIcmp,
  seal: sealIcmp,
  checksumStatus: (layer, place) => messageStatus(layer, place, 0),
});

/** An ICMP layer to build. */
export const icmp = layerMaker(icmpProtocol);
