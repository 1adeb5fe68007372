// Capture files.
import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { framesOf, openCapture } from '../../../dist/index.js';
import { PcapWriter } from '../../../dist/pcap-writer.js';
import { BIG, OUT } from '../harness.mjs';

const SLOTS = 1 << 16;
/** Three words a slot: addresses and ports; the third is 0 in an empty one. */
const set = new Int32Array(4 * SLOTS);

/** Distinct 5-tuples of UDP over IPv4, in a hash set by hand as the C peer has it. */
class TupleSet {
  constructor() {
    set.fill(0);
    this.size = 0;
  }

  /** Takes the words of a frame at `at`, whose bytes end before `end`. */
  add(view, at, end) {
    if (end - at < 42 || view.getUint16(at + 12) !== 0x0800) return;
    if (view.getUint16(at + 14) >>> 8 !== 0x45 || view.getUint8(at + 23) !== 17) return;
    const src = view.getInt32(at + 26);
    const dst = view.getInt32(at + 30);
    const ports = view.getInt32(at + 34);
    let hash = Math.imul(src, 0x9e3779b1) ^ Math.imul(dst, 0x85ebca6b);
    hash = Math.imul(hash ^ ports ^ (ports >>> 15), 0xc2b2ae35);
    for (let slot = (hash >>> 16) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const place = slot * 4;
      if (set[place + 3] === 0) {
        set[place] = src;
        set[place + 1] = dst;
        set[place + 2] = ports;
        set[place + 3] = 1;
        this.size += 1;
        return;
      }
      if (set[place] === src && set[place + 1] === dst && set[place + 2] === ports) return;
    }
  }
}

/** Adds the frames of a batch; one view serves the frames of a chunk. */
function addAll(tuples, frames) {
  let view = new DataView(new ArrayBuffer(0));
  for (let i = 0; i < frames.length; i++) {
    const { data } = frames[i];
    if (view.buffer !== data.buffer) view = new DataView(data.buffer);
    tuples.add(view, data.byteOffset, data.byteOffset + data.length);
  }
}

async function readBatches() {
  const tuples = new TupleSet();
  const stream = createReadStream(BIG, { highWaterMark: 1 << 18 });
  for await (const frames of (await openCapture(stream)).batches()) addAll(tuples, frames);
  return tuples.size;
}

function readFrames() {
  const tuples = new TupleSet();
  let view = new DataView(new ArrayBuffer(0));
  for (const { data } of framesOf(readFileSync(BIG))) {
    if (view.buffer !== data.buffer) view = new DataView(data.buffer);
    tuples.add(view, data.byteOffset, data.byteOffset + data.length);
  }
  return tuples.size;
}

/** A sink that writes at once, as the other peers do; Node's streams put each write off. */
function fileSink() {
  const file = openSync(OUT, 'w');
  return {
    write(block, done) {
      writeSync(file, block);
      done();
      return true;
    },
    end(done) {
      closeSync(file);
      done();
    },
    once: () => undefined,
  };
}

const writeFile = (frames, times) => async () => {
  const writer = new PcapWriter(fileSink(), { snapLength: 65535 });
  for (let i = 0; i < frames.length; i++) {
    const wait = writer.write(frames[i], times[i]);
    if (wait !== undefined) await wait;
  }
  await writer.close();
};

export const captureWays = [
  {
    case: 'PCAP-READ',
    peer: 'framewright-batches',
    note: 'openCapture().batches() of a stream of 256 KiB, own hash set',
    prepare: () => readBatches,
  },
  {
    case: 'PCAP-READ',
    peer: 'framewright-frames',
    note: 'framesOf() a file in memory, own hash set',
    prepare: () => readFrames,
  },
  {
    case: 'PCAP-WRITE',
    peer: 'framewright',
    note: 'PcapWriter to a synchronous sink',
    prepare: writeFile,
  },
];
