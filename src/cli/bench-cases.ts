/** What `bench` measures: frames in an arena, and the ways to wrap them and take them out. */
import { PacketError } from '../bytes/error.js';
import type { KernelKind } from '../bytes/kernel.js';
import { FrameArena } from '../encap/arena.js';
import { WrapBatch } from '../encap/batch.js';
import { decapsulate } from '../encap/decapsulate.js';
import { Decapsulation } from '../encap/decapsulation.js';
import { Dot1qTagger, untagInPlace } from '../encap/dot1q-tagger.js';
import { GeneveEncapsulator } from '../encap/geneve-encapsulator.js';
import type { OuterOptions } from '../encap/outer.js';
import type { TunnelEncapsulator } from '../encap/tunnel.js';
import { VxlanEncapsulator } from '../encap/vxlan-encapsulator.js';
import { dot1q } from '../headers/dot1q.js';
import { ethernet } from '../headers/ethernet.js';
import { geneve } from '../headers/geneve.js';
import {
  type GeneveOption,
  securityPolicyId,
  sourceIdentity,
  telemetry,
} from '../headers/geneve-options.js';
import { ipv4 } from '../headers/ipv4.js';
import type { LayerSpec } from '../headers/layer-spec.js';
import { ETHERTYPE } from '../headers/numbers.js';
import { tcp } from '../headers/tcp.js';
import { udp } from '../headers/udp.js';
import { vxlan } from '../headers/vxlan.js';
import { build } from '../packet/build.js';

/** What frames can be wrapped in. */
export const PROTOCOLS = ['vxlan', 'geneve', 'dot1q'] as const;
export type BenchProtocol = (typeof PROTOCOLS)[number];

/** Frames that are wrapped in turn. */
export const FRAMES = 1024;

/** A way to do the work once for every frame; the last is what it is compared with. */
export type Way = 'batch' | 'call' | 'inPlace' | 'decapsulate' | 'copy';

export interface BenchCase {
  readonly protocol: BenchProtocol;
  /** As it was asked for: `64`, `imix`. */
  readonly size: string;
  /** Bytes of all frames, before they are wrapped. */
  readonly bytes: number;
  /** Bytes that each grows by. */
  readonly headerBytes: number;
  readonly ways: Readonly<Record<Way, () => void>>;
}

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03', '02:00:00:00:00:04'];
const OUTER: OuterOptions = {
  srcMac: MACS[0] as string,
  dstMac: MACS[1] as string,
  src: '192.0.2.1',
  dst: '192.0.2.2',
  // As hardware does it: nothing of the packet inside is looked at.
  ecn: 0,
};
const OPTIONS: readonly GeneveOption[] = [
  securityPolicyId('policy-xyz-123'),
  telemetry('latency=5ms, hop=3'),
  sourceIdentity('workload=frontend-abc'),
];
const VNI = 5000;
const VID = 10;
/** Bytes of the frames that are built: Ethernet, IPv4, TCP. */
export const MIN_SIZE = 54;
export const MAX_SIZE = 9000;
/** The simple IMIX: seven of 64 bytes, four of 594, one of 1,518. */
const IMIX = [64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64];
const ROOM = 256;

/**
 * The frames of a size in an arena, the ways, and the proof that each way makes the bytes that
 * `build` makes. Throws `BAD_VALUE` where one does not.
 */
export function benchCase(protocol: BenchProtocol, size: string, kernel: KernelKind): BenchCase {
  const sizes = size === 'imix' ? IMIX : [Number(size)];
  const frames = Array.from({ length: FRAMES }, (_, i) => {
    return innerFrame(sizes[i % sizes.length] as number, i);
  });
  const slotBytes = Math.ceil((Math.max(...sizes) + ROOM) / 64) * 64;
  const reserve = FRAMES * slotBytes + 65_536;
  const arena = new FrameArena({ slots: FRAMES, slotBytes, headroom: ROOM / 2, reserve, kernel });
  const batch = new WrapBatch(arena, FRAMES);
  for (const [i, frame] of frames.entries()) {
    const source = arena.reserve(frame.length);
    arena.bytes.set(frame, source);
    batch.sources[i] = source;
    batch.lengths[i] = frame.length;
    batch.targets[i] = arena.acquire();
    batch.vnis[i] = protocol === 'dot1q' ? VID : VNI;
    batch.sourcePorts[i] = portOf(i);
  }
  const subject = protocol === 'dot1q' ? tags(arena, batch) : tunnel(protocol, arena, batch);
  const made = {
    protocol,
    size,
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
    ...subject,
  };
  prove(made, arena, batch, frames);
  return made;
}

function innerFrame(size: number, i: number): Uint8Array {
  return build([
    ethernet({ src: MACS[2] as string, dst: MACS[3] as string }),
    ipv4({ src: '192.168.0.1', dst: '192.168.0.2', id: i }),
    tcp({ srcPort: 1024 + i, dstPort: 80, seq: 1, ack: 2, flags: ['ACK'] }),
    new Uint8Array(size - MIN_SIZE).fill(i),
  ]);
}

/** The source port is given: in a switch the flow has been hashed before. */
function portOf(i: number): number {
  return 49_152 + i;
}

type Subject = Pick<BenchCase, 'headerBytes' | 'ways'>;

function tunnel(protocol: 'vxlan' | 'geneve', arena: FrameArena, batch: WrapBatch): Subject {
  const options = { outer: OUTER, arena };
  const one: TunnelEncapsulator =
    protocol === 'vxlan'
      ? new VxlanEncapsulator(options)
      : new GeneveEncapsulator({ ...options, options: OPTIONS });
  const { sources, lengths, targets, sourcePorts } = batch;
  const { view } = arena;
  const { headerBytes } = one;
  const found = new Decapsulation();
  return {
    headerBytes,
    ways: {
      batch: () => one.wrapBatch(batch, FRAMES),
      call: () => {
        for (let i = 0; i < FRAMES; i++) {
          one.wrapInto(
            sources[i] as number,
            lengths[i] as number,
            targets[i] as number,
            VNI,
            sourcePorts[i] as number,
          );
        }
      },
      inPlace: () => {
        for (let i = 0; i < FRAMES; i++) {
          const at = (targets[i] as number) + headerBytes;
          one.wrapInPlace(view, at, at + (lengths[i] as number), VNI, sourcePorts[i] as number);
        }
      },
      decapsulate: () => {
        for (let i = 0; i < FRAMES; i++) {
          const at = targets[i] as number;
          const code = decapsulate(view, at, at + headerBytes + (lengths[i] as number), found);
          if (code !== 0 || found.innerStart !== at + headerBytes) throw different(protocol, i);
        }
      },
      copy: () => copyAll(arena, batch, headerBytes),
    },
  };
}

function tags(arena: FrameArena, batch: WrapBatch): Subject {
  const tagger = new Dot1qTagger({ vid: VID, arena });
  const { sources, lengths, targets } = batch;
  const { view } = arena;
  const { headerBytes } = tagger;
  return {
    headerBytes,
    ways: {
      batch: () => tagger.wrapBatch(batch, FRAMES),
      call: () => {
        for (let i = 0; i < FRAMES; i++) {
          tagger.wrapInto(sources[i] as number, lengths[i] as number, targets[i] as number, VID);
        }
      },
      inPlace: () => {
        for (let i = 0; i < FRAMES; i++) {
          const at = (targets[i] as number) + headerBytes;
          tagger.wrapInPlace(view, at, at + (lengths[i] as number), VID);
        }
      },
      decapsulate: () => {
        for (let i = 0; i < FRAMES; i++) {
          const at = targets[i] as number;
          // What it overwrites is the frame's own address, which stays the same byte for byte.
          const inner = untagInPlace(view, at, at + headerBytes + (lengths[i] as number));
          if (inner !== at + headerBytes) throw different('dot1q', i);
          tagger.wrapInPlace(view, inner, inner + (lengths[i] as number), VID);
        }
      },
      copy: () => copyAll(arena, batch, headerBytes),
    },
  };
}

/** The kernel's copy alone, of the same bytes to the same place. */
function copyAll(arena: FrameArena, batch: WrapBatch, headerBytes: number): void {
  const { kernel } = arena;
  const { sources, lengths, targets } = batch;
  for (let i = 0; i < FRAMES; i++) {
    kernel.copy((targets[i] as number) + headerBytes, sources[i] as number, lengths[i] as number);
  }
}

/** Each way once, and every byte of what it made beside what `build` makes. */
function prove(
  { protocol, headerBytes, ways }: BenchCase,
  arena: FrameArena,
  batch: WrapBatch,
  frames: readonly Uint8Array[],
): void {
  const expected = frames.map((frame, i) => wrapped(protocol, frame, i));
  for (const way of ['batch', 'call', 'inPlace', 'decapsulate'] as const) {
    for (let i = 0; i < FRAMES; i++) {
      const at = batch.targets[i] as number;
      const frame = frames[i] as Uint8Array;
      const outer = expected[i] as Uint8Array;
      if (way === 'decapsulate') arena.bytes.set(outer, at);
      else arena.bytes.fill(0xa5, at, at + headerBytes + frame.length);
      if (way === 'inPlace') arena.bytes.set(frame, at + headerBytes);
    }
    ways[way]();
    for (let i = 0; i < FRAMES; i++) {
      const outer = expected[i] as Uint8Array;
      const at = batch.targets[i] as number;
      for (let byte = 0; byte < outer.length; byte++) {
        if (arena.bytes[at + byte] !== outer[byte]) throw different(`${protocol}, ${way}`, i);
      }
    }
  }
}

function different(what: string, frame: number): PacketError {
  return new PacketError(
    'BAD_VALUE',
    `bench: ${what}: frame ${frame + 1} does not have the bytes that build makes`,
  );
}

function wrapped(protocol: BenchProtocol, frame: Uint8Array, i: number): Uint8Array {
  if (protocol === 'dot1q') {
    const inner = frame.subarray(14);
    return build([
      ethernet({ src: MACS[2] as string, dst: MACS[3] as string, type: ETHERTYPE.DOT1Q }),
      dot1q({ vid: VID, type: ETHERTYPE.IPV4 }),
      inner,
    ]);
  }
  const header: LayerSpec =
    protocol === 'vxlan'
      ? vxlan({ vni: VNI })
      : geneve({ vni: VNI, options: OPTIONS, protocol: ETHERTYPE.ETHERNET });
  return build([
    ethernet({ src: OUTER.srcMac, dst: OUTER.dstMac }),
    ipv4({ src: OUTER.src, dst: OUTER.dst, ttl: 64, id: 0, dontFragment: true }),
    udp({ srcPort: portOf(i), checksum: 'zero' }),
    header,
    frame,
  ]);
}
