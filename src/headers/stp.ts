/** STP (IEEE 802.1D): view, fields and codec. Its layout and bounds: `stp-wire.ts`. */
import { readMac, writeMac } from '../bytes/address.js';
import { layerMaker } from './layer-spec.js';
import { defineProtocol, HeaderView, type Protocol, requireHeader } from './protocol.js';
import { stpNames } from './stp-names.js';
import {
  BRIDGE_ID,
  BRIDGE_MAC,
  checkStp,
  EXTENSION_BITS,
  FLAGS,
  FORWARD_DELAY,
  HELLO_TIME,
  isLong,
  MAX_AGE,
  MAX_EXTENSION,
  MAX_PRIORITY,
  MESSAGE_AGE,
  PORT,
  PRIORITY_STEP,
  PROTOCOL,
  ROOT_COST,
  ROOT_ID,
  ROOT_MAC,
  STP_HEADER_BYTES,
  STP_SHORT_BYTES,
  stpLayout,
  stpProblems,
  TOPOLOGY_CHANGE,
  TYPE,
  VERSION,
} from './stp-wire.js';
import { macNumber, needRoom, uint } from './values.js';

/** A BPDU in place. */
export class StpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(stpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return stpProtocol;
  }

  /** Whether it goes on behind its type: no field behind it may be asked for where it does not. */
  get isConfiguration(): boolean {
    return this.headerEnd - this.offset === STP_HEADER_BYTES;
  }

  /** 0: the spanning tree; 1: GARP, of which only the first four bytes are read. */
  get protocol(): number {
    return this.view.getUint16(this.offset + PROTOCOL);
  }

  set protocol(value: number) {
    this.view.setUint16(this.offset + PROTOCOL, uint(value, 0xffff, 'stp', 'protocol'));
  }

  /** 0: STP, 2: RSTP, 3: MSTP, 4: SPT. */
  get version(): number {
    return this.view.getUint8(this.offset + VERSION);
  }

  set version(value: number) {
    this.view.setUint8(this.offset + VERSION, uint(value, 0xff, 'stp', 'version'));
  }

  /** 0: configuration, 2: rapid configuration, 0x80: topology change. */
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint8(this.offset + TYPE, uint(value, 0xff, 'stp', 'type'));
  }

  get flags(): number {
    return this.view.getUint8(this.offset + FLAGS);
  }

  set flags(value: number) {
    this.view.setUint8(this.offset + FLAGS, uint(value, 0xff, 'stp', 'flags'));
  }

  /** In steps of 4096: 8 is the usual 32768. */
  get rootPriority(): number {
    return this.view.getUint16(this.offset + ROOT_ID) >>> EXTENSION_BITS;
  }

  set rootPriority(value: number) {
    const priority = uint(value, MAX_PRIORITY, 'stp', 'rootPriority') << EXTENSION_BITS;
    this.view.setUint16(this.offset + ROOT_ID, priority | this.rootExtension);
  }

  /** The VLAN, where there is a tree for each. */
  get rootExtension(): number {
    return this.view.getUint16(this.offset + ROOT_ID) & MAX_EXTENSION;
  }

  set rootExtension(value: number) {
    const extension = uint(value, MAX_EXTENSION, 'stp', 'rootExtension');
    this.view.setUint16(this.offset + ROOT_ID, (this.rootPriority << EXTENSION_BITS) | extension);
  }

  get rootMac(): string {
    return readMac(this.view, this.offset + ROOT_MAC);
  }

  set rootMac(value: string) {
    writeMac(this.view, this.offset + ROOT_MAC, macNumber(value, 'stp', 'rootMac'));
  }

  get rootCost(): number {
    return this.view.getUint32(this.offset + ROOT_COST);
  }

  set rootCost(value: number) {
    this.view.setUint32(this.offset + ROOT_COST, uint(value, 0xffffffff, 'stp', 'rootCost'));
  }

  /** In steps of 4096: 8 is the usual 32768. */
  get bridgePriority(): number {
    return this.view.getUint16(this.offset + BRIDGE_ID) >>> EXTENSION_BITS;
  }

  set bridgePriority(value: number) {
    const priority = uint(value, MAX_PRIORITY, 'stp', 'bridgePriority') << EXTENSION_BITS;
    this.view.setUint16(this.offset + BRIDGE_ID, priority | this.bridgeExtension);
  }

  /** The VLAN, where there is a tree for each. */
  get bridgeExtension(): number {
    return this.view.getUint16(this.offset + BRIDGE_ID) & MAX_EXTENSION;
  }

  set bridgeExtension(value: number) {
    const extension = uint(value, MAX_EXTENSION, 'stp', 'bridgeExtension');
    this.view.setUint16(
      this.offset + BRIDGE_ID,
      (this.bridgePriority << EXTENSION_BITS) | extension,
    );
  }

  get bridgeMac(): string {
    return readMac(this.view, this.offset + BRIDGE_MAC);
  }

  set bridgeMac(value: string) {
    writeMac(this.view, this.offset + BRIDGE_MAC, macNumber(value, 'stp', 'bridgeMac'));
  }

  get port(): number {
    return this.view.getUint16(this.offset + PORT);
  }

  set port(value: number) {
    this.view.setUint16(this.offset + PORT, uint(value, 0xffff, 'stp', 'port'));
  }

  /** In 1/256 of a second, as the three others. */
  get messageAge(): number {
    return this.view.getUint16(this.offset + MESSAGE_AGE);
  }

  set messageAge(value: number) {
    this.view.setUint16(this.offset + MESSAGE_AGE, uint(value, 0xffff, 'stp', 'messageAge'));
  }

  get maxAge(): number {
    return this.view.getUint16(this.offset + MAX_AGE);
  }

  set maxAge(value: number) {
    this.view.setUint16(this.offset + MAX_AGE, uint(value, 0xffff, 'stp', 'maxAge'));
  }

  get helloTime(): number {
    return this.view.getUint16(this.offset + HELLO_TIME);
  }

  set helloTime(value: number) {
    this.view.setUint16(this.offset + HELLO_TIME, uint(value, 0xffff, 'stp', 'helloTime'));
  }

  get forwardDelay(): number {
    return this.view.getUint16(this.offset + FORWARD_DELAY);
  }

  set forwardDelay(value: number) {
    this.view.setUint16(this.offset + FORWARD_DELAY, uint(value, 0xffff, 'stp', 'forwardDelay'));
  }
}

/** Every field; those from `flags` on are in configuration BPDUs alone. */
export interface StpFields {
  /** 0: the spanning tree; 1: GARP, of which only the first four bytes are read. */
  readonly protocol: number;
  /** 0: STP, 2: RSTP, 3: MSTP, 4: SPT. */
  readonly version: number;
  /** 0: configuration, 2: rapid configuration, 0x80: topology change. */
  readonly type: number;
  readonly flags?: number;
  /** In steps of 4096: 8 is the usual 32768. */
  readonly rootPriority?: number;
  /** The VLAN, where there is a tree for each. */
  readonly rootExtension?: number;
  readonly rootMac?: string;
  readonly rootCost?: number;
  /** In steps of 4096: 8 is the usual 32768. */
  readonly bridgePriority?: number;
  /** The VLAN, where there is a tree for each. */
  readonly bridgeExtension?: number;
  readonly bridgeMac?: string;
  readonly port?: number;
  /** In 1/256 of a second, as the three others. */
  readonly messageAge?: number;
  readonly maxAge?: number;
  readonly helloTime?: number;
  readonly forwardDelay?: number;
}

/** What may be given of a BPDU. Absent: a configuration BPDU with the usual times, else 0. */
export type StpInput = Partial<StpFields>;

export function decodeStp(layer: StpView): StpFields {
  const { protocol, version, type } = layer;
  if (!layer.isConfiguration) return { protocol, version, type };
  return {
    protocol,
    version,
    type,
    flags: layer.flags,
    rootPriority: layer.rootPriority,
    rootExtension: layer.rootExtension,
    rootMac: layer.rootMac,
    rootCost: layer.rootCost,
    bridgePriority: layer.bridgePriority,
    bridgeExtension: layer.bridgeExtension,
    bridgeMac: layer.bridgeMac,
    port: layer.port,
    messageAge: layer.messageAge,
    maxAge: layer.maxAge,
    helloTime: layer.helloTime,
    forwardDelay: layer.forwardDelay,
  };
}

const CONFIGURATION_KEYS = stpLayout.fields.slice(3).map((field) => field.name);

/** Bytes of a BPDU's header: the short one of a type that is none of configuration. */
export function stpHeaderBytes(fields: StpInput): number {
  const long = isLong(fields.protocol ?? 0, fields.type ?? 0);
  // A field of the configuration that is given is written, whatever the type says.
  const given = CONFIGURATION_KEYS.some((key) => fields[key as keyof StpInput] !== undefined);
  return long || given ? STP_HEADER_BYTES : STP_SHORT_BYTES;
}

/** Writes a BPDU: all of it, or nothing where a field is wrong. */
export function encodeStp(view: DataView, offset: number, fields: StpInput): void {
  const protocol = uint(fields.protocol ?? 0, 0xffff, 'stp', 'protocol');
  const version = uint(fields.version ?? 0, 0xff, 'stp', 'version');
  const type = uint(fields.type ?? 0, 0xff, 'stp', 'type');
  const flags = uint(fields.flags ?? 0, 0xff, 'stp', 'flags');
  const rootPriority = uint(fields.rootPriority ?? 8, MAX_PRIORITY, 'stp', 'rootPriority');
  const rootExtension = uint(fields.rootExtension ?? 0, MAX_EXTENSION, 'stp', 'rootExtension');
  const rootMac = macNumber(fields.rootMac ?? '00:00:00:00:00:00', 'stp', 'rootMac');
  const rootCost = uint(fields.rootCost ?? 0, 0xffffffff, 'stp', 'rootCost');
  const bridgePriority = uint(fields.bridgePriority ?? 8, MAX_PRIORITY, 'stp', 'bridgePriority');
  const bridgeExtension = uint(
    fields.bridgeExtension ?? 0,
    MAX_EXTENSION,
    'stp',
    'bridgeExtension',
  );
  const bridgeMac = macNumber(fields.bridgeMac ?? '00:00:00:00:00:00', 'stp', 'bridgeMac');
  const port = uint(fields.port ?? 0, 0xffff, 'stp', 'port');
  const messageAge = uint(fields.messageAge ?? 0, 0xffff, 'stp', 'messageAge');
  const maxAge = uint(fields.maxAge ?? 0x1400, 0xffff, 'stp', 'maxAge');
  const helloTime = uint(fields.helloTime ?? 0x0200, 0xffff, 'stp', 'helloTime');
  const forwardDelay = uint(fields.forwardDelay ?? 0x0f00, 0xffff, 'stp', 'forwardDelay');
  const bytes = stpHeaderBytes(fields);
  needRoom(view, offset, bytes, 'stp');
  view.setUint16(offset + PROTOCOL, protocol);
  view.setUint8(offset + VERSION, version);
  view.setUint8(offset + TYPE, type);
  if (bytes === STP_SHORT_BYTES) return;
  view.setUint8(offset + FLAGS, flags);
  writeMac(view, offset + ROOT_MAC, rootMac);
  view.setUint32(offset + ROOT_COST, rootCost);
  writeMac(view, offset + BRIDGE_MAC, bridgeMac);
  view.setUint16(offset + PORT, port);
  view.setUint16(offset + MESSAGE_AGE, messageAge);
  view.setUint16(offset + MAX_AGE, maxAge);
  view.setUint16(offset + HELLO_TIME, helloTime);
  view.setUint16(offset + FORWARD_DELAY, forwardDelay);
  view.setUint16(offset + ROOT_ID, (rootPriority << EXTENSION_BITS) | rootExtension);
  view.setUint16(offset + BRIDGE_ID, (bridgePriority << EXTENSION_BITS) | bridgeExtension);
}

function summary(layer: StpView): string {
  if (!layer.isConfiguration) return layer.type === TOPOLOGY_CHANGE ? 'Topology Change' : 'BPDU';
  return `Root ${layer.rootPriority * PRIORITY_STEP}/${layer.rootExtension}/${layer.rootMac}, cost ${layer.rootCost}`;
}

export const stpProtocol: Protocol<'stp', StpFields, StpView, StpInput> = defineProtocol({
  name: 'stp',
  title: 'Spanning Tree Protocol',
  ownBody: true,
  fields: stpLayout.fields.map((field) => field.name),
  summary,
  layout: stpLayout,
  problems: stpProblems,
  names: stpNames,
  check: checkStp,
  layer: (view, offset, headerEnd, end) => new StpView(view, offset, end, headerEnd),
  decode: decodeStp,
  size: stpHeaderBytes,
  encode: encodeStp,
});

/** A BPDU to build. */
export const stp = layerMaker(stpProtocol);
