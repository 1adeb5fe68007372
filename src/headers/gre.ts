/**
 * GRE (RFC 2784, RFC 2890), NVGRE (RFC 7637) and PPTP's (RFC 2637): the view. Its fields:
 * `gre-fields.ts`; layout and bounds: `gre-wire.ts`.
 */
import { getBits16, setBits16 } from '../bytes/bits.js';
import type { BitField } from '../bytes/layout.js';
import {
  decodeGre,
  encodeGre,
  type GreFields,
  type GreInput,
  greHeaderBytes,
  sealGre,
} from './gre-fields.js';
import { greNames } from './gre-names.js';
import {
  ACK_PRESENT,
  ackAt,
  CHECKSUM_PRESENT,
  checkGre,
  checksumAt,
  greChecksumStatus,
  greLayout,
  greProblems,
  KEY_PRESENT,
  keyAt,
  PROTOCOL,
  RECURSION,
  RESERVED,
  ROUTING_PRESENT,
  routingAt,
  SEQUENCE_PRESENT,
  STRICT_SOURCE_ROUTE,
  sequenceAt,
  VERSION,
} from './gre-wire.js';
import { layerMaker } from './layer-spec.js';
import { bytesOf, defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { flag, uint } from './values.js';

/** A GRE header in place. */
export class GreView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(greProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return greProtocol;
  }

  /** The C bit. Like all bits that say where others are, it is fixed once the view is made. */
  get checksumPresent(): boolean {
    return getBits16(this.view, this.offset, CHECKSUM_PRESENT) === 1;
  }

  /** The R bit (RFC 1701). */
  get routingPresent(): boolean {
    return getBits16(this.view, this.offset, ROUTING_PRESENT) === 1;
  }

  /** The K bit. */
  get keyPresent(): boolean {
    return getBits16(this.view, this.offset, KEY_PRESENT) === 1;
  }

  /** The S bit. */
  get sequencePresent(): boolean {
    return getBits16(this.view, this.offset, SEQUENCE_PRESENT) === 1;
  }

  /** The s bit (RFC 1701). */
  get strictSourceRoute(): boolean {
    return getBits16(this.view, this.offset, STRICT_SOURCE_ROUTE) === 1;
  }

  set strictSourceRoute(value: boolean) {
    this.setFlag(STRICT_SOURCE_ROUTE, flag(value, 'gre', 'strictSourceRoute'));
  }

  /** Encapsulations that are still allowed, 0–7 (RFC 1701). */
  get recursion(): number {
    return getBits16(this.view, this.offset, RECURSION);
  }

  set recursion(value: number) {
    this.setFlag(RECURSION, uint(value, RECURSION.max, 'gre', 'recursion'));
  }

  /** The A bit. */
  get ackPresent(): boolean {
    return getBits16(this.view, this.offset, ACK_PRESENT) === 1;
  }

  /** Four bits, 0–15, to be 0. */
  get reserved(): number {
    return getBits16(this.view, this.offset, RESERVED);
  }

  set reserved(value: number) {
    this.setFlag(RESERVED, uint(value, RESERVED.max, 'gre', 'reserved'));
  }

  /** 0, or 1 for PPTP. */
  get version(): number {
    return getBits16(this.view, this.offset, VERSION);
  }

  set version(value: number) {
    this.setFlag(VERSION, uint(value, VERSION.max, 'gre', 'version'));
  }

  /** EtherType of what follows. Fixed once the view is made: with PPP there may be an `ack`. */
  get protocol(): number {
    return this.view.getUint16(this.offset + PROTOCOL);
  }

  /** Undefined: neither the C bit nor the R bit is set. */
  get checksum(): number | undefined {
    const at = checksumAt(this.offset);
    return keyAt(this.view, this.offset) > at ? this.view.getUint16(at) : undefined;
  }

  /** Byte offset of the routing entry in use; undefined: neither C nor R is set. */
  get routingOffset(): number | undefined {
    const at = checksumAt(this.offset);
    return keyAt(this.view, this.offset) > at ? this.view.getUint16(at + 2) : undefined;
  }

  /** Undefined: the K bit is not set. */
  get key(): number | undefined {
    return this.keyPresent ? this.view.getUint32(keyAt(this.view, this.offset)) : undefined;
  }

  /** NVGRE's virtual subnet id, 0–16777215: the first 24 bits of the key (RFC 7637 §3.2). */
  get vsid(): number | undefined {
    const { key } = this;
    return key === undefined ? undefined : key >>> 8;
  }

  /** NVGRE's flow id, 0–255: the last 8 bits of the key. */
  get flowId(): number | undefined {
    const { key } = this;
    return key === undefined ? undefined : key & 0xff;
  }

  /** Undefined: the S bit is not set. */
  get sequence(): number | undefined {
    const at = sequenceAt(this.view, this.offset);
    return this.sequencePresent ? this.view.getUint32(at) : undefined;
  }

  /** Undefined: no PPP, or the A bit is not set. */
  get ack(): number | undefined {
    const at = ackAt(this.view, this.offset);
    return routingAt(this.view, this.offset) > at ? this.view.getUint32(at) : undefined;
  }

  /** Every routing entry; shared, not copied. Undefined: the R bit is not set. */
  get routing(): Uint8Array | undefined {
    if (!this.routingPresent) return undefined;
    return bytesOf(this.view, routingAt(this.view, this.offset), this.headerEnd);
  }

  private setFlag(field: BitField, value: number): void {
    setBits16(this.view, this.offset, field, value);
  }
}

function summary(layer: GreView): string {
  const { key, sequence } = layer;
  const parts = [`Protocol 0x${layer.protocol.toString(16).padStart(4, '0')}`];
  if (key !== undefined) parts.push(`key 0x${key.toString(16).padStart(8, '0')}`);
  if (sequence !== undefined) parts.push(`sequence ${sequence}`);
  return parts.join(', ');
}

export const greProtocol: Protocol<'gre', GreFields, GreView, GreInput> = defineProtocol<
  'gre',
  GreFields,
  GreView,
  GreInput
>({
  name: 'gre',
  title: 'Generic Routing Encapsulation',
  layout: greLayout,
  space: 'ethertype',
  tunnel: true,
  fields: [
    'checksumPresent',
    'routingPresent',
    'keyPresent',
    'sequencePresent',
    'strictSourceRoute',
    'recursion',
    'ackPresent',
    'reserved',
    'version',
    'protocol',
    'checksum',
    'routingOffset',
    'key',
    'sequence',
    'ack',
    'routing',
  ],
  derived: [
    'checksumPresent',
    'routingPresent',
    'keyPresent',
    'sequencePresent',
    'ackPresent',
    'version',
    'protocol',
    'checksum',
    'routingOffset',
  ],
  problems: greProblems,
  names: greNames,
  summary,
  check: checkGre,
  layer: (view, offset, headerEnd, end, found, reuse) =>
    reuse === undefined
      ? new GreView(view, offset, end, headerEnd).found(found)
      : reuse.moveTo(view, offset, headerEnd, end).found(found),
  decode: decodeGre,
  size: greHeaderBytes,
  encode: encodeGre,
  seal: sealGre,
  checksumStatus: greChecksumStatus,
});

/** A GRE layer to build. */
export const gre = layerMaker(greProtocol);
