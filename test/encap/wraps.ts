/** Every way to wrap a frame, and what `build` says that it must be. */
import { FrameArena } from '../../src/encap/arena.js';
import { WrapBatch } from '../../src/encap/batch.js';
import type { OuterOptions } from '../../src/encap/outer.js';
import type { TunnelEncapsulator } from '../../src/encap/tunnel.js';
import { WRAP } from '../../src/encap/wrap.js';
import { dot1q } from '../../src/headers/dot1q.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { entropyPort, frameFlowHash, ipFlowHash } from '../../src/packet/flow-hash.js';
import { viewOf } from '../support/reference.js';

export const MACS = { srcMac: '02:00:00:00:00:01', dstMac: '02:00:00:00:00:02' };
export const OUTER4: OuterOptions = { ...MACS, src: '10.0.0.1', dst: '10.0.0.2' };
export const OUTER6: OuterOptions = { ...MACS, src: '2001:db8::1', dst: '2001:db8::2' };

/** What an encapsulator is asked for, with the tunnel's layer for `build`. */
export interface Asked {
  readonly outer: OuterOptions;
  readonly tunnel: (vni: number) => LayerSpec;
  readonly inside?: 'frame' | 'packet' | 'unknown';
}

/** Makes an encapsulator on an arena, or on none. */
export type Make = (arena: FrameArena | undefined) => TunnelEncapsulator;

interface Traits {
  readonly ttl: number;
  readonly dscp: number;
  readonly ecn: number;
  readonly dontFragment: boolean;
}
const NO_TRAITS: Traits = { ttl: 64, dscp: 0, ecn: 0, dontFragment: true };
const TAGS = [0x8100, 0x88a8, 0x9100];

/** What the packet inside says of itself, read as a person would. */
function traitsOf(frame: Uint8Array, inside: string): Traits {
  let packet = frame;
  if (inside === 'unknown') return NO_TRAITS;
  if (inside === 'frame') {
    const view = viewOf(frame);
    let at = 12;
    for (let i = 0; i < 8 && at + 6 <= frame.length && TAGS.includes(view.getUint16(at)); i++) {
      at += 4;
    }
    if (at + 2 > frame.length) return NO_TRAITS;
    if (view.getUint16(at) !== 0x0800 && view.getUint16(at) !== 0x86dd) return NO_TRAITS;
    packet = frame.subarray(at + 2);
  }
  const [first = 0, second = 0] = packet;
  if (first >> 4 === 4 && packet.length >= 20) {
    return {
      ttl: packet[8] as number,
      dscp: second >> 2,
      ecn: second & 3,
      dontFragment: ((packet[6] as number) & 0x40) !== 0,
    };
  }
  if (first >> 4 !== 6 || packet.length < 40) return NO_TRAITS;
  const trafficClass = ((first & 15) << 4) | (second >> 4);
  return {
    ttl: packet[7] as number,
    dscp: trafficClass >> 2,
    ecn: trafficClass & 3,
    dontFragment: true,
  };
}

/** The outer frame by `build`. `count`: how many were wrapped before it. */
export function expected(
  { outer, tunnel, inside = 'frame' }: Asked,
  frame: Uint8Array,
  vni: number,
  port?: number,
  count = 0,
): Uint8Array {
  const traits = traitsOf(frame, inside);
  const { vlan, srcMac, dstMac, src, dst } = outer;
  const hashes = { frame: frameFlowHash, packet: ipFlowHash, unknown: () => 0 };
  const hash = hashes[inside](viewOf(frame), 0, frame.length);
  const ttl = outer.ttl === 'inner' ? traits.ttl : (outer.ttl ?? 64);
  const dscp = outer.dscp === 'inner' ? traits.dscp : (outer.dscp ?? 0);
  const ecn =
    outer.ecn === 'compatibility' ? 0 : typeof outer.ecn === 'number' ? outer.ecn : traits.ecn;
  const dontFragment =
    outer.dontFragment === 'inner' ? traits.dontFragment : (outer.dontFragment ?? true);
  const id = outer.id === 'count' ? count : (outer.id ?? 0);
  const label = outer.flowLabel === 'flow' ? hash & 0xfffff || 1 : (outer.flowLabel ?? 0);
  const given = typeof outer.srcPort === 'number' ? outer.srcPort : entropyPort(hash);
  const six = src.includes(':');
  const checksum = outer.checksum ?? (six ? 'computed' : 'zero');
  return build([
    ethernet({
      src: srcMac,
      dst: dstMac,
      ...(vlan === undefined ? {} : { type: vlan.tpid ?? 0x8100 }),
    }),
    ...(vlan === undefined
      ? []
      : [dot1q({ vid: vlan.vid, priority: vlan.priority ?? 0, dei: vlan.dei ?? false })]),
    six
      ? ipv6({ src, dst, hopLimit: ttl, trafficClass: dscp * 4 + ecn, flowLabel: label })
      : ipv4({ src, dst, ttl, dscp, ecn, id, dontFragment }),
    udp({
      srcPort: port ?? given,
      checksum,
      ...(outer.dstPort === undefined ? {} : { dstPort: outer.dstPort }),
    }),
    tunnel(vni),
    frame,
  ]);
}

const SLOT = { slots: 3, slotBytes: 2048, headroom: 512 };

/** Fills an arena with bytes that are not 0. */
function dirty(arena: FrameArena): void {
  arena.bytes.fill(0xa5, arena.slotsAt);
}

/** Whether every byte of [from, to) outside [start, end) is still that of `dirty`. */
function clean(bytes: Uint8Array, from: number, to: number, start: number, end: number): boolean {
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 0xa5 && (i < start || i >= end)) return false;
  }
  return true;
}

const KINDS = ['webassembly', 'javascript'] as const;
const arenas = KINDS.map((kernel) => new FrameArena({ ...SLOT, kernel, reserve: 1 << 22 }));
/** Memory is not given back, so each batch is kept for the next encapsulator of that width. */
const batches = new Map<string, WrapBatch>();

function batchOf(arena: FrameArena, changingBytes: number): WrapBatch {
  const key = `${arena.kernel.kind} ${changingBytes}`;
  const batch = batches.get(key) ?? new WrapBatch(arena, 3, changingBytes);
  batches.set(key, batch);
  return batch;
}

let made = 0;

/** Wraps a frame in every way: each answers the outer frame's bytes, or a code of `WRAP`. */
export function wrapped(
  make: Make,
  frame: Uint8Array,
  vni: number,
  port?: number,
  batchPort = port ?? -1,
): Map<string, Uint8Array | number> {
  const answers = new Map<string, Uint8Array | number>();
  const plain = make(undefined);
  const room = new Uint8Array(plain.headerBytes + 3 + frame.length + 5).fill(0xa5);
  room.set(frame, plain.headerBytes + 3);
  const at = plain.wrapInPlace(
    viewOf(room),
    plain.headerBytes + 3,
    plain.headerBytes + 3 + frame.length,
    vni,
    port,
  );
  const tidy = clean(room, 0, room.length, 3, room.length - 5);
  if (at >= 0 && (at !== 3 || !tidy)) throw new Error('in place: a neighbour was written');
  answers.set('in place', at < 0 ? at : room.slice(at, room.length - 5));
  for (const [i, shared] of arenas.entries()) {
    // A plan takes memory for good: new arenas now and then.
    made += 1;
    if (made % 1400 < 2) {
      arenas[i] = new FrameArena({ ...SLOT, kernel: shared.kernel.kind, reserve: 1 << 22 });
      batches.clear();
    }
    const arena = arenas[i] as FrameArena;
    const kind = arena.kernel.kind;
    const tunnel = make(arena);
    const first = arena.slotsAt;
    dirty(arena);
    // In place.
    const where = first + SLOT.headroom;
    arena.bytes.set(frame, where);
    const begin = tunnel.wrapInPlace(arena.view, where, where + frame.length, vni, port);
    if (begin >= 0 && !clean(arena.bytes, first, arena.bytes.length, begin, where + frame.length)) {
      throw new Error(`in place, ${kind}: a neighbour was written`);
    }
    answers.set(
      `in place, ${kind}`,
      begin < 0 ? begin : arena.bytes.slice(begin, where + frame.length),
    );
    // Into another slot, from a fresh encapsulator, so that what is counted begins anew.
    dirty(arena);
    const source = first + SLOT.headroom + 1;
    const target = first + SLOT.slotBytes + 7;
    arena.bytes.set(frame, source);
    const length = make(arena).wrapInto(source, frame.length, target, vni, port);
    answers.set(`into, ${kind}`, length < 0 ? length : arena.bytes.slice(target, target + length));
    if (
      !clean(
        arena.bytes,
        source + frame.length,
        arena.bytes.length,
        target,
        target + Math.max(length, 0),
      )
    ) {
      throw new Error(`into, ${kind}: a neighbour was written`);
    }
    // Where it lies already.
    dirty(arena);
    arena.bytes.set(frame, where);
    const again = make(arena).wrapInto(where, frame.length, where - tunnel.headerBytes, vni, port);
    answers.set(
      `into its place, ${kind}`,
      again < 0 ? again : arena.bytes.slice(where - tunnel.headerBytes, where + frame.length),
    );
    // In a batch, the second of three whose neighbours are bad.
    dirty(arena);
    arena.bytes.set(frame, source);
    const { changingData } = tunnel;
    const batch = batchOf(arena, changingData.byteLength);
    batch.sources.set([source, source, source]);
    batch.lengths.set([-1, frame.length, 4]);
    batch.targets.set([target, target, -1]);
    batch.vnis.fill(vni);
    batch.sourcePorts.fill(batchPort);
    for (let b = 0; b < changingData.byteLength; b++) {
      batch.changing.setUint8(changingData.byteLength + b, changingData.getUint8(b));
    }
    make(arena).wrapBatch(batch, 3);
    const [one, result = 0, three] = batch.results;
    if (one !== WRAP.TOO_LONG || (three !== WRAP.OUTSIDE && three !== WRAP.TOO_LONG)) {
      throw new Error(`batch, ${kind}: ${one} and ${three} for bad entries`);
    }
    answers.set(`batch, ${kind}`, result < 0 ? result : arena.bytes.slice(target, target + result));
  }
  return answers;
}
