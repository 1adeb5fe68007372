/** Reads the packet blocks of a pcapng section. */
import { overLimit } from './chunk-parser.js';
import type { FrameRecord } from './frame-record.js';
import { BlockDamage, detailsOf, needBytes, optionsFrom } from './pcapng-blocks.js';
import {
  BLOCK,
  enhancedPacketLayout,
  OBSOLETE_DROPS,
  PACKET_CAPTURED,
  PACKET_HIGH,
  PACKET_INTERFACE,
  PACKET_LOW,
  PACKET_WIRE,
  padded,
  SIMPLE_WIRE,
  simplePacketLayout,
  TRAILER_BYTES,
} from './pcapng-layout.js';
import type { CaptureInterface, FrameDetails } from './pcapng-model.js';
import { type Clock, clockOf, TimeReader } from './pcapng-time.js';

/** What an obsolete block says where it is unknown how many frames were lost. */
const UNKNOWN_DROPS = 0xffff;

/**
 * A reader of packet blocks, which knows the interfaces of the section. Its methods take the bytes
 * that a block lies in, where it starts and how long it is: a view of its own would be one a frame.
 */
export class PacketDecoder {
  /** Frames read so far, of all sections. */
  frames: number;
  /** The interfaces of this section, and how each counts time. */
  interfaces: CaptureInterface[];
  private clocks: Clock[];
  private readonly time: TimeReader;
  private readonly maxRecord: number;

  constructor(maxRecord: number) {
    this.frames = 0;
    this.interfaces = [];
    this.clocks = [];
    this.time = new TimeReader();
    this.maxRecord = maxRecord;
  }

  /** Forgets the interfaces of the section before. */
  startSection(): void {
    this.interfaces = [];
    this.clocks = [];
  }

  addInterface(one: CaptureInterface): void {
    this.interfaces.push(one);
    this.clocks.push(clockOf(one.timeBase, one.timeExponent, one.timeOffset));
  }

  /** Reads the frame of a block; false where it is of a kind that holds none. Throws `BlockDamage`. */
  read(
    type: number,
    view: DataView<ArrayBuffer>,
    start: number,
    size: number,
    little: boolean,
    out: FrameRecord,
  ): boolean {
    if (type === BLOCK.enhancedPacket) this.packet(false, view, start, size, little, out);
    else if (type === BLOCK.simplePacket) this.simplePacket(view, start, size, little, out);
    else if (type === BLOCK.obsoletePacket) this.packet(true, view, start, size, little, out);
    else return false;
    return true;
  }

  private packet(
    obsolete: boolean,
    view: DataView<ArrayBuffer>,
    start: number,
    size: number,
    little: boolean,
    out: FrameRecord,
  ): void {
    const fixed = enhancedPacketLayout.span;
    needBytes(size, fixed);
    const id = obsolete
      ? view.getUint16(start + PACKET_INTERFACE, little)
      : view.getUint32(start + PACKET_INTERFACE, little);
    const from = this.interfaces[id];
    const clock = this.clocks[id];
    if (from === undefined || clock === undefined) throw this.noInterface(id);
    const high = view.getUint32(start + PACKET_HIGH, little);
    const low = view.getUint32(start + PACKET_LOW, little);
    const captured = view.getUint32(start + PACKET_CAPTURED, little);
    this.checkCaptured(captured, size - fixed - TRAILER_BYTES);
    const options = fixed + padded(captured);
    let details: FrameDetails | undefined;
    if (obsolete || options < size - TRAILER_BYTES) {
      const drops = obsolete ? view.getUint16(start + OBSOLETE_DROPS, little) : 0;
      const block = new DataView(view.buffer, view.byteOffset + start, size);
      details = detailsFrom(block, options, drops, little);
    }
    this.time.read(clock, high, low);
    this.frames += 1;
    out.view = view;
    out.offset = start + fixed;
    out.end = start + fixed + captured;
    out.wireLength = view.getUint32(start + PACKET_WIRE, little);
    out.seconds = this.time.seconds;
    out.nanoseconds = this.time.nanoseconds;
    out.timeDigits = from.timeDigits;
    out.linkType = from.linkType;
    out.number = this.frames;
    out.hasTime = true;
    out.interface = from;
    out.ticksHigh = high;
    out.ticksLow = low;
    out.details = details;
  }

  private simplePacket(
    view: DataView<ArrayBuffer>,
    start: number,
    size: number,
    little: boolean,
    out: FrameRecord,
  ): void {
    const fixed = simplePacketLayout.span;
    needBytes(size, fixed);
    const from = this.interfaces[0];
    if (from === undefined) throw this.noInterface(0);
    const wireLength = view.getUint32(start + SIMPLE_WIRE, little);
    const captured = from.snapLength === 0 ? wireLength : Math.min(wireLength, from.snapLength);
    this.checkCaptured(captured, size - fixed - TRAILER_BYTES);
    this.frames += 1;
    out.view = view;
    out.offset = start + fixed;
    out.end = start + fixed + captured;
    out.wireLength = wireLength;
    out.seconds = 0;
    out.nanoseconds = 0;
    out.timeDigits = from.timeDigits;
    out.linkType = from.linkType;
    out.number = this.frames;
    out.hasTime = false;
    out.interface = from;
    out.ticksHigh = 0;
    out.ticksLow = 0;
    out.details = undefined;
  }

  private noInterface(id: number): BlockDamage {
    const have = this.interfaces.length;
    return new BlockDamage(
      'interfaceId',
      `is of interface ${id}, but its section has described ${have === 0 ? 'none' : `only 0–${have - 1}`}`,
    );
  }

  private checkCaptured(captured: number, room: number): void {
    if (captured > this.maxRecord) {
      const text = overLimit(`${captured} captured bytes`, this.maxRecord);
      throw new BlockDamage('capturedLength', text);
    }
    if (captured > room) {
      throw new BlockDamage('capturedLength', `claims ${captured} captured bytes and has ${room}`);
    }
  }
}

/** What a packet block says besides, in its options and, an obsolete one, of lost frames. */
function detailsFrom(
  block: DataView,
  from: number,
  drops: number,
  little: boolean,
): FrameDetails | undefined {
  const options = optionsFrom(block, from, little);
  const known = drops !== 0 && drops !== UNKNOWN_DROPS;
  if (options.length === 0 && !known) return undefined;
  const details = detailsOf(options, little);
  return known ? { ...details, dropCount: BigInt(drops) } : details;
}
