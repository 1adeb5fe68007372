/** The fields of LACP packets, read and written. The view: `lacp.ts`. */
import { writeMac } from '../bytes/address.js';
import { setUint24 } from '../bytes/bits.js';
import type { LacpView } from './lacp.js';
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
  LACP_HEADER_BYTES,
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
import { macNumber, needRoom, uint } from './values.js';

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
