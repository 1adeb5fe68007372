// The hot ways to encapsulate: headers from a template, patched for each frame.
import { FrameArena } from '../../../dist/encap/arena.js';
import { WrapBatch } from '../../../dist/encap/batch.js';
import { GeneveEncapsulator } from '../../../dist/encap/geneve-encapsulator.js';
import { VxlanEncapsulator } from '../../../dist/encap/vxlan-encapsulator.js';
import { N, SPORT, VNI } from '../harness.mjs';

const OUTER = {
  srcMac: '02:00:0a:0a:00:01',
  dstMac: '02:00:0a:14:00:01',
  src: '10.10.0.1',
  dst: '10.20.0.1',
  ecn: 0,
  // Every frame is given its own; by the flow's hash, as without this, no peer does it.
  srcPort: 49152,
};
const bytes = (...list) => Uint8Array.from(list);
const OPTIONS = [
  { class: 0x102, type: 1, data: bytes(0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18) },
  { class: 0x103, type: 2, data: bytes(0x21, 0x22, 0x23, 0x24) },
  {
    class: 0x104,
    type: 3,
    data: bytes(0, 0, 0, 0, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38),
    changes: true,
  },
];
const TUNNELS = {
  'ENCAP-VXLAN': (arena) => new VxlanEncapsulator({ outer: OUTER, arena }),
  'ENCAP-GENEVE3': (arena) => new GeneveEncapsulator({ outer: OUTER, arena, options: OPTIONS }),
};
/** Before a frame that is wrapped in place: the most that its headers take. */
const HEADROOM = 128;
/** What is in slots that nothing was written to. */
const DIRT = 0xee;
/** Room for plans and batches beside the frames. */
const ROOM = 1 << 18;

/** An arena with the frames one behind the other, as a file has them, and a slot for each. */
function arenaWith(frames, headroom) {
  const total = frames.reduce((sum, frame) => sum + frame.length, 0);
  const arena = new FrameArena({ slots: N, headroom, reserve: total + ROOM });
  arena.bytes.fill(DIRT, arena.slotsAt);
  const lengths = Int32Array.from(frames, (frame) => frame.length);
  const sources = new Int32Array(N);
  let at = arena.reserve(total);
  frames.forEach((frame, i) => {
    arena.bytes.set(frame, at);
    sources[i] = at;
    at += frame.length;
  });
  const slots = Int32Array.from(frames, () => arena.acquire());
  return { arena, lengths, sources, slots };
}

/** A batch to `targets`; with `inPlace` the frames lie there already, behind their headers. */
const inBatch = (make, inPlace) => (frames) => {
  const { arena, lengths, sources, slots } = arenaWith(frames, 0);
  const tunnel = make(arena);
  const batch = new WrapBatch(arena, N, tunnel.changingBytes);
  const { changing, changingBytes, results } = batch;
  if (inPlace) {
    frames.forEach((frame, i) => {
      sources[i] = slots[i] + tunnel.headerBytes;
      arena.bytes.set(frame, sources[i]);
    });
  }
  batch.sources.set(sources);
  batch.lengths.set(lengths);
  batch.targets.set(slots);
  batch.vnis.set(VNI);
  batch.sourcePorts.set(SPORT);
  for (let i = 0; i < N && changingBytes > 0; i++) {
    OPTIONS[2].data.forEach((byte, k) => {
      changing.setUint8(i * changingBytes + k, byte);
    });
  }
  return {
    pass() {
      if (changingBytes > 0) {
        for (let i = 0; i < N; i++) changing.setUint32(i * changingBytes, i);
      }
      tunnel.wrapBatch(batch, N);
    },
    frame: (i) => arena.bytes.subarray(slots[i], slots[i] + results[i]),
  };
};

const oneByOne = (make) => (frames) => {
  const { arena, lengths, sources, slots } = arenaWith(frames, 0);
  const tunnel = make(arena);
  const { changingData, changingBytes } = tunnel;
  const results = new Int32Array(N);
  return {
    pass() {
      for (let i = 0; i < N; i++) {
        if (changingBytes > 0) changingData.setUint32(0, i);
        results[i] = tunnel.wrapInto(sources[i], lengths[i], slots[i], VNI[i], SPORT[i]);
      }
    },
    frame: (i) => arena.bytes.subarray(slots[i], slots[i] + results[i]),
  };
};

const inPlace = (make) => (frames) => {
  const { arena, lengths, slots } = arenaWith(frames, HEADROOM);
  const tunnel = make(arena);
  const { view } = arena;
  const { changingData, changingBytes } = tunnel;
  const starts = new Int32Array(N);
  const ends = slots.map((slot, i) => slot + lengths[i]);
  frames.forEach((frame, i) => {
    arena.bytes.set(frame, slots[i]);
  });
  return {
    pass() {
      for (let i = 0; i < N; i++) {
        if (changingBytes > 0) changingData.setUint32(0, i);
        starts[i] = tunnel.wrapInPlace(view, slots[i], ends[i], VNI[i], SPORT[i]);
      }
    },
    frame: (i) => arena.bytes.subarray(starts[i], ends[i]),
  };
};

export const encapWays = Object.entries(TUNNELS).flatMap(([name, make]) => [
  {
    case: name,
    peer: 'framewright-batch',
    note: 'wrapBatch of 1024 frames into 1024 slots',
    prepare: inBatch(make, false),
  },
  {
    case: name,
    peer: 'framewright',
    note: 'wrapInto, a frame a call, 1024 slots',
    prepare: oneByOne(make),
  },
  {
    case: name,
    peer: 'framewright-inplace',
    note: 'wrapInPlace, 1024 slots, frames not copied',
    prepare: inPlace(make),
  },
  {
    case: name,
    peer: 'framewright-inplace-batch',
    note: 'wrapBatch of 1024 frames that lie behind their headers, not copied',
    prepare: inBatch(make, true),
  },
]);
