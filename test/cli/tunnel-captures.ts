/** Captures for the tests of `encap` and `decap`. */
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { openCapture } from '../../src/capture/reader.js';
import { bytesOf } from './frames.js';

/** What is kept of a frame. */
export interface Kept {
  readonly data: Uint8Array;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly wireLength: number;
  readonly linkType: number;
  readonly comments: readonly string[];
}

/** The frames of a capture as plain data. */
export async function framesIn(bytes: Uint8Array): Promise<Kept[]> {
  const all: Kept[] = [];
  for await (const frame of await openCapture(bytes)) {
    const { data, seconds, nanoseconds, wireLength, linkType, details } = frame;
    const comments = details?.comments ?? [];
    all.push({ data: data.slice(), seconds, nanoseconds, wireLength, linkType, comments });
  }
  return all;
}

const LINES = [
  'ethernet(src=02:00:00:00:00:09)/ipv4(src=10.0.0.1,dst=10.0.0.2,ttl=9,dscp=10,ecn=1)/udp(dstPort=9)/"hi"',
  'ethernet/dot1q(vid=10)/ipv4/tcp(dstPort=80,flags=[SYN])',
  'ethernet/ipv6(src=fd00::1,dst=fd00::2,hopLimit=7)/udp(dstPort=9)/zeros(1000)',
  'ethernet/arp',
];

/** Frames of several kinds. */
export function someFrames(): Promise<Uint8Array[]> {
  return Promise.all(LINES.map(bytesOf));
}

/** A pcap file of frames, a second apart; those of `cut` bytes at most are whole. */
export function pcapOf(frames: readonly Uint8Array[], { cut = 262_144, linkType = 1 } = {}) {
  const writer = PcapWriter.toMemory({ precision: 'ns', linkType, snapLength: cut });
  for (const [i, data] of frames.entries()) {
    writer.write(data, { seconds: 1_700_000_000 + i, nanoseconds: 123_456_789 });
  }
  return writer.bytes();
}

/** A pcapng file of frames with two interfaces, comments, names, statistics. */
export function pcapngOf(frames: readonly Uint8Array[]): Uint8Array {
  const writer = PcapngWriter.toMemory({ application: 'test', hardware: 'a machine' });
  for (const name of ['eth0', 'eth1']) {
    writer.addInterface({ name, timeDigits: 9, snapLength: 1500, comments: [`of ${name}`] });
  }
  for (const [i, data] of frames.entries()) {
    const details = { comments: [`frame ${i + 1}`], flags: 1, dropCount: BigInt(i) };
    writer.write(data, { interface: i % 2, seconds: i, nanoseconds: 987_654_321, details });
  }
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 5, true);
  view.setUint32(4, 24, true);
  view.setUint32(8, 1, true);
  view.setUint32(20, 24, true);
  writer.writeBlock({ type: 5, bytes, byteOrder: 'little' });
  return writer.bytes();
}
