/** Frames put on a device of a namespace, and those seen on one. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { toHex } from '../../../src/bytes/hex.js';
import { PcapWriter } from '../../../src/capture/pcap-writer.js';
import { openCapture } from '../../../src/capture/reader.js';
import { type Namespace, untilSaid, within } from './namespace.js';

/** How to make a wire. */
export interface WireOptions {
  /** Bytes (absent: 1,500). */
  readonly mtu?: number;
  /** MAC addresses of the two ends (absent: any). */
  readonly macs?: readonly [string, string];
}

/**
 * Lines of shell that make a wire, a veth pair, and turn it on. It has no offloads: with them Linux
 * leaves checksums to a network card, and hands it segments of up to 64 KiB to cut: the other end
 * sees both as they are. It merges segments that come in, too.
 */
export function wire(near: string, far: string, { mtu = 1500, macs }: WireOptions = {}): string {
  const [one, other] = macs?.map((mac) => `address ${mac}`) ?? ['', ''];
  return `
ip link add ${near} mtu ${mtu} ${one} type veth peer name ${far} mtu ${mtu} ${other}
for end in ${near} ${far}; do
  ethtool -K $end tx off gro off
  ip link set $end up
done
`;
}

/** A pcap file of frames. */
export function captureOf(frames: readonly Uint8Array[]): Uint8Array {
  const writer = PcapWriter.toMemory();
  for (const frame of frames) writer.write(frame);
  return writer.bytes();
}

/** Sends frames out of a device as they are, in their order. Rejects unless all have gone. */
export async function send(
  namespace: Namespace,
  device: string,
  frames: readonly Uint8Array[],
): Promise<void> {
  // On one CPU: a veth pair hands frames over on that of the sender, so that frames of one which
  // moves to another may overtake each other.
  const [, cpu = '0'] = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync(STATUS, 'utf8')) ?? [];
  const command = ['taskset', '-c', cpu, 'tcpreplay', '--topspeed', '-i', device, '-'];
  const said = await namespace.run(command, { input: captureOf(frames) });
  const sent = Number(/Successful packets:\s+(\d+)/.exec(said)?.[1]);
  if (sent !== frames.length) throw new Error(`${frames.length} frames into ${device}: ${said}`);
}
const STATUS = '/proc/self/status';

/** Frames to be compared where their order is not the sender's to choose. */
export function unordered(frames: readonly Uint8Array[]): string[] {
  return frames.map(toHex).sort();
}

/** What comes in at a device (what goes out is not seen), by tcpdump and our reader. */
export class Tap {
  private readonly device: string;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly seen: Uint8Array[];
  private taken: number;
  private noticed: () => void;

  private constructor(device: string, child: ChildProcessWithoutNullStreams) {
    this.device = device;
    this.child = child;
    this.seen = [];
    this.taken = 0;
    this.noticed = () => {};
  }

  /** Listens from when this resolves. `filter`: tcpdump's own words for what is wanted. */
  static async on(namespace: Namespace, device: string, filter = ''): Promise<Tap> {
    const how = ['-Q', 'in', '-U', '--immediate-mode', '-Z', 'root', '-w', '-'];
    const words = filter === '' ? [] : [filter];
    const child = namespace.start(['tcpdump', '-i', device, ...how, ...words]);
    const tap = new Tap(device, child);
    await untilSaid(child, 'stderr', 'listening on');
    void tap.read();
    return tap;
  }

  private async read(): Promise<void> {
    try {
      for await (const { data } of await openCapture(this.child.stdout)) {
        this.seen.push(data.slice());
        this.noticed();
      }
    } catch {
      // It was killed in the middle of a frame.
    }
  }

  /** The next `count` frames. Rejects where they do not come. */
  async take(count: number): Promise<Uint8Array[]> {
    const { seen, taken, device } = this;
    const wanted = taken + count;
    const words = () => `${count} frames at ${device} (${seen.length - taken} came)`;
    await within<void>(words, (done) => {
      this.noticed = () => {
        if (seen.length >= wanted) done();
      };
      this.noticed();
    });
    this.taken = wanted;
    return seen.slice(taken, wanted);
  }

  /** Leaves out what has come so far. */
  skip(): void {
    this.taken = this.seen.length;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
