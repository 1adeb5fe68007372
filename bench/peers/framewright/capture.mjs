// Capture files.
import {
  closeSync,
  createReadStream,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import {
  FlowSet,
  FrameArena,
  FrameCursor,
  FrameRecord,
  framesOf,
  newFlowLevel,
  openCapture,
  readFrameFlowLevel,
} from '../../../dist/index.js';
import { PcapWriter } from '../../../dist/pcap-writer.js';
import { BIG, OUT } from '../harness.mjs';

const CHUNK = 1 << 18;
/** What is reserved in an arena begins at a multiple of it. */
const ALIGNMENT = 64;

/** A set of flows, and what adds the flow of the frame in [start, end) of a view. */
function counter() {
  const flows = new FlowSet({ symmetry: 'directed' });
  const level = newFlowLevel();
  const add = (view, start, end) => {
    if (readFrameFlowLevel(view, start, end, level)) flows.add(level);
  };
  return { flows, add };
}

const readByCursor = () => {
  const chunk = new Uint8Array(CHUNK);
  return () => {
    const { flows, add } = counter();
    const cursor = new FrameCursor();
    const frame = new FrameRecord();
    const file = openSync(BIG);
    for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk)) {
      cursor.feed(chunk.subarray(0, n));
      while (cursor.next(frame)) add(frame.view, frame.offset, frame.end);
    }
    cursor.end();
    closeSync(file);
    return flows.size;
  };
};

/** What adds frame objects; one view serves the frames of a chunk. */
function objectCounter() {
  const { flows, add } = counter();
  let view = new DataView(new ArrayBuffer(0));
  const addFrame = ({ data }) => {
    if (view.buffer !== data.buffer) view = new DataView(data.buffer);
    add(view, data.byteOffset, data.byteOffset + data.length);
  };
  return { flows, addFrame };
}

const readBatches = () => async () => {
  const { flows, addFrame } = objectCounter();
  const stream = createReadStream(BIG, { highWaterMark: CHUNK });
  for await (const frames of (await openCapture(stream)).batches()) frames.forEach(addFrame);
  return flows.size;
};

const readFrames = () => () => {
  const { flows, addFrame } = objectCounter();
  for (const frame of framesOf(readFileSync(BIG))) addFrame(frame);
  return flows.size;
};

/** The frames and the writer's block in one arena, so that the kernel copies. */
const writeFrames = (frames, times) => {
  const total = frames.reduce((sum, frame) => sum + frame.length, 0);
  const arena = new FrameArena({ slots: 1, reserve: total + CHUNK + ALIGNMENT });
  const starts = new Int32Array(frames.length);
  const ends = new Int32Array(frames.length);
  let at = arena.reserve(total);
  frames.forEach((frame, i) => {
    arena.bytes.set(frame, at);
    starts[i] = at;
    at += frame.length;
    ends[i] = at;
  });
  const blockAt = arena.reserve(CHUNK);
  const block = arena.bytes.subarray(blockAt, blockAt + CHUNK);
  const { view } = arena;
  return async () => {
    const file = openSync(OUT, 'w');
    const options = { snapLength: 65535, block };
    const writer = new PcapWriter((filled) => writeFileSync(file, filled), options);
    for (let i = 0; i < starts.length; i++) {
      writer.writeRange(view, starts[i], ends[i], times[i]);
    }
    await writer.close();
    closeSync(file);
  };
};

export const captureWays = [
  {
    case: 'PCAP-READ',
    peer: 'framewright',
    note: 'FrameCursor on chunks of 256 KiB, FlowSet',
    prepare: readByCursor,
  },
  {
    case: 'PCAP-READ',
    peer: 'framewright-batches',
    note: 'openCapture().batches() of a stream of 256 KiB, FlowSet',
    prepare: readBatches,
  },
  {
    case: 'PCAP-READ',
    peer: 'framewright-frames',
    note: 'framesOf() a file in memory, FlowSet',
    prepare: readFrames,
  },
  {
    case: 'PCAP-WRITE',
    peer: 'framewright',
    note: 'PcapWriter to a function, writeRange of frames in an arena',
    prepare: writeFrames,
  },
];
