/** ICMPv6 (RFC 4443), MLD and neighbour discovery: view, fields and codec. Layouts and bounds: `icmpv6-wire.ts`. */
import type { ExtendedEchoMessage } from './icmp-echo.js';
import type { GroupMessage, GroupRecord } from './icmp-lists.js';
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
import { icmpv6Names } from './icmpv6-names.js';
import {
  checkIcmpv6,
  icmpv6Layout,
  icmpv6Problems,
  icmpv6Pseudo,
  icmpv6Quotes,
  icmpv6Shape,
  icmpv6ShapeFor,
} from './icmpv6-wire.js';
import { layerMaker } from './layer-spec.js';
import type { NdpOption } from './ndp-options.js';
import { ICMPV6_TYPE } from './numbers.js';
import {
  type ChecksumStatus,
  defineProtocol,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { uint } from './values.js';

/** An ICMPv6 message in place. Which fields it has depends on its type: `message`, `set`. */
export class Icmpv6View extends CodedView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(icmpv6Protocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return icmpv6Protocol;
  }

  get shape(): Shape | undefined {
    return icmpv6Shape(this.type, this.headerEnd - this.offset);
  }

  get quotesPacket(): boolean {
    return icmpv6Quotes(this.type);
  }

  /** The fields that messages of this type have. Decoded anew at each call. */
  get message(): Icmpv6Message {
    return readMessage(this, this.shape);
  }
}

/** The fields behind the checksum; each type of message has some of them. */
export interface Icmpv6Message extends ExtendedEchoMessage, GroupMessage {
  /** Destination unreachable, time exceeded: bytes of the quote in words of eight (RFC 4884). */
  readonly length?: number;
  /** Packet too big: MTU of the next hop, bytes. */
  readonly mtu?: number;
  /** Parameter problem: the octet of the quoted packet where it is. */
  readonly pointer?: number;
  /** Echo: which of the sender's exchanges it is. */
  readonly identifier?: number;
  readonly sequence?: number;
  /** MLD: milliseconds; from 32768 a code with exponent and mantissa in MLDv2 (RFC 3810 §5.1.3). */
  readonly maxResponse?: number;
  /** Router advertisement: hop limit to send with, 0 unspecified (RFC 4861 §4.2). */
  readonly hopLimit?: number;
  /** Flag M: addresses by DHCPv6. */
  readonly managed?: boolean;
  /** Flag O: other configuration by DHCPv6. */
  readonly other?: boolean;
  /** Flag H (RFC 6275 §7.1). */
  readonly homeAgent?: boolean;
  /** 0 medium, 1 high, 3 low (RFC 4191 §2.1). */
  readonly preference?: number;
  /** Flag P (RFC 4389 §4.1.3.3). */
  readonly proxy?: boolean;
  /** Neighbour advertisement: flag R. */
  readonly router?: boolean;
  /** Flag S. */
  readonly solicited?: boolean;
  /** Flag O. */
  readonly override?: boolean;
  /** Bits without a meaning, to be 0. */
  readonly reserved?: number;
  /** Seconds that the router is a default router. */
  readonly lifetime?: number;
  /** Milliseconds. */
  readonly reachableTime?: number;
  /** Milliseconds. */
  readonly retransTimer?: number;
  readonly target?: string;
  readonly destination?: string;
  /** Neighbour discovery. */
  readonly options?: readonly NdpOption[];
  /** Every byte behind the checksum, where the type is not known or the message ends too early. */
  readonly rest?: Uint8Array;
}

/** Every field of an ICMPv6 message. */
export interface Icmpv6Fields extends Icmpv6Message {
  /** `ICMPV6_TYPE`. */
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
}

/** What may be given of an ICMPv6 message: fields of its type. Absent: computed, or 0. */
export interface Icmpv6Input extends Omit<Icmpv6Message, 'records'> {
  /** A number or a name. Absent: an echo request. */
  readonly type?: number | keyof typeof ICMPV6_TYPE;
  readonly code?: number;
  readonly checksum?: number | 'computed';
  readonly records?: readonly Partial<GroupRecord>[];
}

const FIELDS = [
  'type',
  'code',
  'checksum',
  'length',
  'mtu',
  'pointer',
  'identifier',
  'sequence',
  'maxResponse',
  'hopLimit',
  'managed',
  'other',
  'homeAgent',
  'preference',
  'proxy',
  'router',
  'solicited',
  'override',
  'reserved',
  'lifetime',
  'reachableTime',
  'retransTimer',
  'target',
  'destination',
  'group',
  'reservedFlags',
  'suppress',
  'robustness',
  'queryInterval',
  'numSources',
  'sources',
  'numRecords',
  'records',
  'local',
  'state',
  'active',
  'ipv4',
  'ipv6',
  'extension',
  'options',
  'rest',
] as const satisfies readonly (keyof Icmpv6Fields)[];

export function decodeIcmpv6(layer: Icmpv6View): Icmpv6Fields {
  return {
    type: layer.type,
    code: layer.code,
    checksum: layer.checksum,
    ...layer.message,
  };
}

function typeOf({ type = ICMPV6_TYPE.echoRequest }: Icmpv6Input): number {
  return numberOrName(type, ICMPV6_TYPE, 0xff, 'icmpv6', 'type');
}

/** Bytes of an ICMPv6 header with these fields: 4 and more. */
export function icmpv6HeaderBytes(fields: Icmpv6Input): number {
  const given = { ...fields };
  return messageSize('icmpv6', icmpv6ShapeFor(typeOf(fields), given), given);
}

/** Writes an ICMPv6 header: all of it, or nothing where a field is wrong. The checksum: `sealIcmpv6`. */
export function encodeIcmpv6(
  view: DataView,
  offset: number,
  fields: Icmpv6Input,
  place: Place,
): void {
  const type = typeOf(fields);
  const code = uint(fields.code ?? 0, 0xff, 'icmpv6', 'code');
  refuseLayer('icmpv6', place, type, icmpv6Quotes(type));
  const given = { ...fields, type, code };
  encodeMessage(view, offset, 'icmpv6', icmpv6ShapeFor(type, given), given);
}

/** Writes the checksum over pseudo-header and message (RFC 4443 §2.3), where it is to be computed. */
export function sealIcmpv6(
  view: DataView,
  offset: number,
  fields: Icmpv6Input,
  place: Place,
): void {
  // Without a pseudo-header (straight on a link) there is nothing that a receiver could check.
  if (typeof fields.checksum === 'number' || place.pseudo < 0) return;
  sealMessage(view, offset, place, icmpv6Pseudo(offset, place));
}

function checksumStatus(layer: Icmpv6View, place: Place): ChecksumStatus {
  if (place.pseudo < 0) return 2;
  return messageStatus(layer, place, icmpv6Pseudo(layer.offset, place));
}

function summary(layer: Icmpv6View): string {
  const { message } = layer;
  const { mtu, target, group } = message;
  let info = codedSummary(layer, ICMPV6_TYPE, message);
  if (target !== undefined) info += ` ${target}`;
  if (group !== undefined) info += ` ${group}`;
  if (mtu !== undefined) info += ` MTU=${mtu}`;
  return info;
}

export const icmpv6Protocol: Protocol<'icmpv6', Icmpv6Fields, Icmpv6View, Icmpv6Input> =
  defineProtocol<'icmpv6', Icmpv6Fields, Icmpv6View, Icmpv6Input>({
    name: 'icmpv6',
    title: 'Internet Control Message Protocol v6',
    short: 'ICMPv6',
    layout: icmpv6Layout,
    // A quoted packet has no number in front of it: 41, IPv6 in IP, is where parsing goes on.
    space: 'ipProtocol',
    quotes: true,
    fields: FIELDS,
    derived: ['checksum', 'numSources', 'numRecords'],
    problems: icmpv6Problems,
    names: icmpv6Names,
    summary,
    check: checkIcmpv6,
    layer: (view, offset, headerEnd, end) => new Icmpv6View(view, offset, end, headerEnd),
    decode: decodeIcmpv6,
    size: icmpv6HeaderBytes,
    encode: encodeIcmpv6,
    seal: sealIcmpv6,
    checksumStatus,
  });

/** An ICMPv6 layer to build. */
export const icmpv6 = layerMaker(icmpv6Protocol);
