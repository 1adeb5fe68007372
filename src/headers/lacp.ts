/** LACP (IEEE 802.1AX): the view. Its fields: `lacp-fields.ts`; layout and bounds: `lacp-wire.ts`. */
import { readMac, writeMac } from '../bytes/address.js';
import { readBits, setUint24 } from '../bytes/bits.js';
import { decodeLacp, encodeLacp, type LacpFields, type LacpInput } from './lacp-fields.js';
import { lacpNames } from './lacp-names.js';
import {
  ACTOR_KEY,
  ACTOR_LENGTH,
  ACTOR_PORT,
  ACTOR_PORT_PRIORITY,
  ACTOR_RESERVED,
  ACTOR_STATE,
  ACTOR_SYSTEM,
  ACTOR_SYSTEM_PRIORITY,
  ACTOR_TYPE,
  COLLECTOR_LENGTH,
  COLLECTOR_TYPE,
  checkLacp,
  LACP_HEADER_BYTES,
  lacpLayout,
  lacpProblems,
  MAX_DELAY,
  PARTNER_KEY,
  PARTNER_LENGTH,
  PARTNER_PORT,
  PARTNER_PORT_PRIORITY,
  PARTNER_RESERVED,
  PARTNER_STATE,
  PARTNER_SYSTEM,
  PARTNER_SYSTEM_PRIORITY,
  PARTNER_TYPE,
  VERSION,
} from './lacp-wire.js';
import { layerMaker } from './layer-spec.js';
import { defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { macNumber, uint } from './values.js';

/** A LACP packet in place. */
export class LacpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(lacpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return lacpProtocol;
  }

  /** 1. */
  get version(): number {
    return this.view.getUint8(this.offset + VERSION);
  }

  set version(value: number) {
    this.view.setUint8(this.offset + VERSION, uint(value, 0xff, 'lacp', 'version'));
  }

  /** 1: information about the actor follows. */
  get actorType(): number {
    return this.view.getUint8(this.offset + ACTOR_TYPE);
  }

  set actorType(value: number) {
    this.view.setUint8(this.offset + ACTOR_TYPE, uint(value, 0xff, 'lacp', 'actorType'));
  }

  /** Bytes of this part, 20. */
  get actorLength(): number {
    return this.view.getUint8(this.offset + ACTOR_LENGTH);
  }

  set actorLength(value: number) {
    this.view.setUint8(this.offset + ACTOR_LENGTH, uint(value, 0xff, 'lacp', 'actorLength'));
  }

  get actorSystemPriority(): number {
    return this.view.getUint16(this.offset + ACTOR_SYSTEM_PRIORITY);
  }

  set actorSystemPriority(value: number) {
    this.view.setUint16(
      this.offset + ACTOR_SYSTEM_PRIORITY,
      uint(value, 0xffff, 'lacp', 'actorSystemPriority'),
    );
  }

  get actorSystem(): string {
    return readMac(this.view, this.offset + ACTOR_SYSTEM);
  }

  set actorSystem(value: string) {
    writeMac(this.view, this.offset + ACTOR_SYSTEM, macNumber(value, 'lacp', 'actorSystem'));
  }

  get actorKey(): number {
    return this.view.getUint16(this.offset + ACTOR_KEY);
  }

  set actorKey(value: number) {
    this.view.setUint16(this.offset + ACTOR_KEY, uint(value, 0xffff, 'lacp', 'actorKey'));
  }

  get actorPortPriority(): number {
    return this.view.getUint16(this.offset + ACTOR_PORT_PRIORITY);
  }

  set actorPortPriority(value: number) {
    this.view.setUint16(
      this.offset + ACTOR_PORT_PRIORITY,
      uint(value, 0xffff, 'lacp', 'actorPortPriority'),
    );
  }

  get actorPort(): number {
    return this.view.getUint16(this.offset + ACTOR_PORT);
  }

  set actorPort(value: number) {
    this.view.setUint16(this.offset + ACTOR_PORT, uint(value, 0xffff, 'lacp', 'actorPort'));
  }

  /** `LACP_STATE` bits. */
  get actorState(): number {
    return this.view.getUint8(this.offset + ACTOR_STATE);
  }

  set actorState(value: number) {
    this.view.setUint8(this.offset + ACTOR_STATE, uint(value, 0xff, 'lacp', 'actorState'));
  }

  /** To be 0. */
  get actorReserved(): number {
    return readBits(this.view, (this.offset + ACTOR_RESERVED) * 8, 24);
  }

  set actorReserved(value: number) {
    setUint24(
      this.view,
      this.offset + ACTOR_RESERVED,
      uint(value, 0xffffff, 'lacp', 'actorReserved'),
    );
  }

  /** 2: information about the partner follows. */
  get partnerType(): number {
    return this.view.getUint8(this.offset + PARTNER_TYPE);
  }

  set partnerType(value: number) {
    this.view.setUint8(this.offset + PARTNER_TYPE, uint(value, 0xff, 'lacp', 'partnerType'));
  }

  /** Bytes of this part, 20. */
  get partnerLength(): number {
    return this.view.getUint8(this.offset + PARTNER_LENGTH);
  }

  set partnerLength(value: number) {
    this.view.setUint8(this.offset + PARTNER_LENGTH, uint(value, 0xff, 'lacp', 'partnerLength'));
  }

  get partnerSystemPriority(): number {
    return this.view.getUint16(this.offset + PARTNER_SYSTEM_PRIORITY);
  }

  set partnerSystemPriority(value: number) {
    this.view.setUint16(
      this.offset + PARTNER_SYSTEM_PRIORITY,
      uint(value, 0xffff, 'lacp', 'partnerSystemPriority'),
    );
  }

  get partnerSystem(): string {
    return readMac(this.view, this.offset + PARTNER_SYSTEM);
  }

  set partnerSystem(value: string) {
    writeMac(this.view, this.offset + PARTNER_SYSTEM, macNumber(value, 'lacp', 'partnerSystem'));
  }

  get partnerKey(): number {
    return this.view.getUint16(this.offset + PARTNER_KEY);
  }

  set partnerKey(value: number) {
    this.view.setUint16(this.offset + PARTNER_KEY, uint(value, 0xffff, 'lacp', 'partnerKey'));
  }

  get partnerPortPriority(): number {
    return this.view.getUint16(this.offset + PARTNER_PORT_PRIORITY);
  }

  set partnerPortPriority(value: number) {
    this.view.setUint16(
      this.offset + PARTNER_PORT_PRIORITY,
      uint(value, 0xffff, 'lacp', 'partnerPortPriority'),
    );
  }

  get partnerPort(): number {
    return this.view.getUint16(this.offset + PARTNER_PORT);
  }

  set partnerPort(value: number) {
    this.view.setUint16(this.offset + PARTNER_PORT, uint(value, 0xffff, 'lacp', 'partnerPort'));
  }

  /** `LACP_STATE` bits. */
  get partnerState(): number {
    return this.view.getUint8(this.offset + PARTNER_STATE);
  }

  set partnerState(value: number) {
    this.view.setUint8(this.offset + PARTNER_STATE, uint(value, 0xff, 'lacp', 'partnerState'));
  }

  /** To be 0. */
  get partnerReserved(): number {
    return readBits(this.view, (this.offset + PARTNER_RESERVED) * 8, 24);
  }

  set partnerReserved(value: number) {
    setUint24(
      this.view,
      this.offset + PARTNER_RESERVED,
      uint(value, 0xffffff, 'lacp', 'partnerReserved'),
    );
  }

  /** 3: information about the collector follows. */
  get collectorType(): number {
    return this.view.getUint8(this.offset + COLLECTOR_TYPE);
  }

  set collectorType(value: number) {
    this.view.setUint8(this.offset + COLLECTOR_TYPE, uint(value, 0xff, 'lacp', 'collectorType'));
  }

  /** Bytes of this part, 16. */
  get collectorLength(): number {
    return this.view.getUint8(this.offset + COLLECTOR_LENGTH);
  }

  set collectorLength(value: number) {
    this.view.setUint8(
      this.offset + COLLECTOR_LENGTH,
      uint(value, 0xff, 'lacp', 'collectorLength'),
    );
  }

  /** The most time a frame waits at the collector, tens of microseconds. */
  get maxDelay(): number {
    return this.view.getUint16(this.offset + MAX_DELAY);
  }

  set maxDelay(value: number) {
    this.view.setUint16(this.offset + MAX_DELAY, uint(value, 0xffff, 'lacp', 'maxDelay'));
  }
}

export const lacpProtocol: Protocol<'lacp', LacpFields, LacpView, LacpInput> = defineProtocol({
  name: 'lacp',
  title: 'Link Aggregation Control Protocol',
  ownBody: true,
  fields: lacpLayout.fields.map((field) => field.name),
  derived: [
    'actorType',
    'actorLength',
    'partnerType',
    'partnerLength',
    'collectorType',
    'collectorLength',
  ],
  summary: (layer) => `Actor ${layer.actorSystem}, partner ${layer.partnerSystem}`,
  layout: lacpLayout,
  problems: lacpProblems,
  names: lacpNames,
  check: checkLacp,
  layer: (view, offset, headerEnd, end) => new LacpView(view, offset, end, headerEnd),
  decode: decodeLacp,
  size: () => LACP_HEADER_BYTES,
  encode: encodeLacp,
});

/** A LACP packet to build; 64 bytes of zeros behind it fill it up. */
export const lacp = layerMaker(lacpProtocol);
