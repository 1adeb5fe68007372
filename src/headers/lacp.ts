/** LACP (IEEE 802.1AX): view, fields and codec. Its layout and bounds: `lacp-wire.ts`. */
import { readMac, writeMac } from '../bytes/address.js';
import { readBits, setUint24 } from '../bytes/bits.js';
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
import { macNumber, needRoom, uint } from './values.js';

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

/** Every field of a LACP packet. */
export interface LacpFields {
  /** 1. */
  readonly version: number;
  /** 1: information about the actor follows. */
  readonly actorType: number;
  /** Bytes of this part, 20. */
  readonly actorLength: number;
  readonly actorSystemPriority: number;
  readonly actorSystem: string;
  readonly actorKey: number;
  readonly actorPortPriority: number;
  readonly actorPort: number;
  /** `LACP_STATE` bits. */
  readonly actorState: number;
  /** To be 0. */
  readonly actorReserved: number;
  /** 2: information about the partner follows. */
  readonly partnerType: number;
  /** Bytes of this part, 20. */
  readonly partnerLength: number;
  readonly partnerSystemPriority: number;
  readonly partnerSystem: string;
  readonly partnerKey: number;
  readonly partnerPortPriority: number;
  readonly partnerPort: number;
  /** `LACP_STATE` bits. */
  readonly partnerState: number;
  /** To be 0. */
  readonly partnerReserved: number;
  /** 3: information about the collector follows. */
  readonly collectorType: number;
  /** Bytes of this part, 16. */
  readonly collectorLength: number;
  /** The most time a frame waits at the collector, tens of microseconds. */
  readonly maxDelay: number;
}

/** What may be given. Absent: types, lengths and the version are the standard ones, the rest is 0. */
export type LacpInput = Partial<LacpFields>;

export function decodeLacp(layer: LacpView): LacpFields {
  return {
    version: layer.version,
    actorType: layer.actorType,
    actorLength: layer.actorLength,
    actorSystemPriority: layer.actorSystemPriority,
    actorSystem: layer.actorSystem,
    actorKey: layer.actorKey,
    actorPortPriority: layer.actorPortPriority,
    actorPort: layer.actorPort,
    actorState: layer.actorState,
    actorReserved: layer.actorReserved,
    partnerType: layer.partnerType,
    partnerLength: layer.partnerLength,
    partnerSystemPriority: layer.partnerSystemPriority,
    partnerSystem: layer.partnerSystem,
    partnerKey: layer.partnerKey,
    partnerPortPriority: layer.partnerPortPriority,
    partnerPort: layer.partnerPort,
    partnerState: layer.partnerState,
    partnerReserved: layer.partnerReserved,
    collectorType: layer.collectorType,
    collectorLength: layer.collectorLength,
    maxDelay: layer.maxDelay,
  };
}

/** Writes a LACP packet: all of it, or nothing where a field is wrong. */
export function encodeLacp(view: DataView, offset: number, fields: LacpInput): void {
  const version = uint(fields.version ?? 1, 0xff, 'lacp', 'version');
  const actorType = uint(fields.actorType ?? 1, 0xff, 'lacp', 'actorType');
  const actorLength = uint(fields.actorLength ?? 20, 0xff, 'lacp', 'actorLength');
  const actorSystemPriority = uint(
    fields.actorSystemPriority ?? 0,
    0xffff,
    'lacp',
    'actorSystemPriority',
  );
  const actorSystem = macNumber(fields.actorSystem ?? '00:00:00:00:00:00', 'lacp', 'actorSystem');
  const actorKey = uint(fields.actorKey ?? 0, 0xffff, 'lacp', 'actorKey');
  const actorPortPriority = uint(
    fields.actorPortPriority ?? 0,
    0xffff,
    'lacp',
    'actorPortPriority',
  );
  const actorPort = uint(fields.actorPort ?? 0, 0xffff, 'lacp', 'actorPort');
  const actorState = uint(fields.actorState ?? 0, 0xff, 'lacp', 'actorState');
  const actorReserved = uint(fields.actorReserved ?? 0, 0xffffff, 'lacp', 'actorReserved');
  const partnerType = uint(fields.partnerType ?? 2, 0xff, 'lacp', 'partnerType');
  const partnerLength = uint(fields.partnerLength ?? 20, 0xff, 'lacp', 'partnerLength');
  const partnerSystemPriority = uint(
    fields.partnerSystemPriority ?? 0,
    0xffff,
    'lacp',
    'partnerSystemPriority',
  );
  const partnerSystem = macNumber(
    fields.partnerSystem ?? '00:00:00:00:00:00',
    'lacp',
    'partnerSystem',
  );
  const partnerKey = uint(fields.partnerKey ?? 0, 0xffff, 'lacp', 'partnerKey');
  const partnerPortPriority = uint(
    fields.partnerPortPriority ?? 0,
    0xffff,
    'lacp',
    'partnerPortPriority',
  );
  const partnerPort = uint(fields.partnerPort ?? 0, 0xffff, 'lacp', 'partnerPort');
  const partnerState = uint(fields.partnerState ?? 0, 0xff, 'lacp', 'partnerState');
  const partnerReserved = uint(fields.partnerReserved ?? 0, 0xffffff, 'lacp', 'partnerReserved');
  const collectorType = uint(fields.collectorType ?? 3, 0xff, 'lacp', 'collectorType');
  const collectorLength = uint(fields.collectorLength ?? 16, 0xff, 'lacp', 'collectorLength');
  const maxDelay = uint(fields.maxDelay ?? 0, 0xffff, 'lacp', 'maxDelay');
  needRoom(view, offset, LACP_HEADER_BYTES, 'lacp');
  view.setUint8(offset + VERSION, version);
  view.setUint8(offset + ACTOR_TYPE, actorType);
  view.setUint8(offset + ACTOR_LENGTH, actorLength);
  view.setUint16(offset + ACTOR_SYSTEM_PRIORITY, actorSystemPriority);
  writeMac(view, offset + ACTOR_SYSTEM, actorSystem);
  view.setUint16(offset + ACTOR_KEY, actorKey);
  view.setUint16(offset + ACTOR_PORT_PRIORITY, actorPortPriority);
  view.setUint16(offset + ACTOR_PORT, actorPort);
  view.setUint8(offset + ACTOR_STATE, actorState);
  setUint24(view, offset + ACTOR_RESERVED, actorReserved);
  view.setUint8(offset + PARTNER_TYPE, partnerType);
  view.setUint8(offset + PARTNER_LENGTH, partnerLength);
  view.setUint16(offset + PARTNER_SYSTEM_PRIORITY, partnerSystemPriority);
  writeMac(view, offset + PARTNER_SYSTEM, partnerSystem);
  view.setUint16(offset + PARTNER_KEY, partnerKey);
  view.setUint16(offset + PARTNER_PORT_PRIORITY, partnerPortPriority);
  view.setUint16(offset + PARTNER_PORT, partnerPort);
  view.setUint8(offset + PARTNER_STATE, partnerState);
  setUint24(view, offset + PARTNER_RESERVED, partnerReserved);
  view.setUint8(offset + COLLECTOR_TYPE, collectorType);
  view.setUint8(offset + COLLECTOR_LENGTH, collectorLength);
  view.setUint16(offset + MAX_DELAY, maxDelay);
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
