// pcap to and from memory.
import { pcapRecordLittleLayout } from '../../dist/capture/pcap-layout.js';
import { build, FrameCursor, FrameRecord } from '../../dist/index.js';
import { PcapWriter } from '../../dist/pcap-writer.js';
import { bytesOf, vxlanLayers } from '../frames.mjs';

const FRAMES = 200;
const FILE_HEADER_BYTES = 24;

function writerCase() {
  const frame = build(vxlanLayers(1054));
  const stamp = { seconds: 1_700_000_000, nanoseconds: 123_000 };
  return {
    name: `pcap writer to memory, ${frame.length}-byte frames`,
    frames: FRAMES,
    ours: () => {
      const writer = PcapWriter.toMemory();
      for (let i = 0; i < FRAMES; i++) writer.write(frame, stamp);
      return writer.bytes();
    },
    naive: () => {
      const parts = [];
      for (let i = 0; i < FRAMES; i++) {
        const record = Buffer.alloc(16);
        const { seconds, nanoseconds } = stamp;
        const lengths = { capturedLength: frame.length, wireLength: frame.length };
        pcapRecordLittleLayout.encode(
          { seconds, fraction: nanoseconds / 1000, ...lengths },
          record,
        );
        parts.push(record, frame);
      }
      return Buffer.concat(parts);
    },
  };
}

/** Reading beside the same walk by buffer-layout; both add up the captured lengths. */
function readerCase() {
  const writer = PcapWriter.toMemory();
  for (let i = 0; i < FRAMES; i++) writer.write(build(vxlanLayers(bytesOf('imix', i))));
  const file = writer.bytes();
  const record = new FrameRecord();
  const buffer = Buffer.from(file);
  return {
    name: 'pcap cursor over memory, IMIX',
    frames: FRAMES,
    ours: () => {
      const cursor = new FrameCursor();
      let sum = 0;
      cursor.feed(file);
      while (cursor.next(record)) sum += record.end - record.offset;
      return sum;
    },
    naive: () => {
      let sum = 0;
      for (let at = FILE_HEADER_BYTES; at < buffer.length; ) {
        const { capturedLength } = pcapRecordLittleLayout.decode(buffer, at);
        sum += capturedLength;
        at += pcapRecordLittleLayout.span + capturedLength;
      }
      return sum;
    },
  };
}

export const captureCases = [writerCase(), readerCase()];
