import { expect, it } from 'vitest';
import { openCapture } from '../../src/index.js';
import { LAB_EPOCH, LabCapture, LinkCaptures, newCapture } from '../../src/lab/capture.js';
import { SECOND } from '../../src/lab/clock.js';
import { Host } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { MemoryPcapWriter } from '../../src/pcap-writer.js';

function pinged(epoch?: { seconds: number; nanoseconds: number }): {
  whole: Uint8Array;
  links: Map<string, Uint8Array>;
} {
  const lab = new Lab();
  const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
  const link = lab.connect(a.port('eth0'), b.port('eth0'), { name: 'cable', latency: 7 });
  const hidden = new Host(lab, 'C', { interfaces: { eth0: { address: '10.0.1.1/24' } } });
  const other = new Host(lab, 'D', { interfaces: { eth0: { address: '10.0.1.2/24' } } });
  lab.connect(hidden.port('eth0'), other.port('eth0'), { tapped: false });
  const writer = newCapture();
  const writers = new Map<string, MemoryPcapWriter>();
  lab.watch(new LabCapture(writer, epoch));
  lab.watch(
    new LinkCaptures(({ name }) => {
      const made = new MemoryPcapWriter({ precision: 'ns' });
      writers.set(name, made);
      return made;
    }, epoch),
  );
  lab.runFor(2 * SECOND - 1);
  a.ping('10.0.0.2');
  hidden.ping('10.0.1.2');
  lab.runFor(20);
  // The reply to the ping is lost.
  link.back.loseNext();
  lab.run();
  lab.recorder.end();
  const links = [...writers].map(([name, made]) => [name, made.bytes()] as const);
  return { whole: writer.bytes(), links: new Map(links) };
}

interface Seen {
  time: string;
  flags: number | undefined;
  comments: readonly string[] | undefined;
  name: string | undefined;
  description: string | undefined;
}

async function read(bytes: Uint8Array): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const frame of await openCapture(bytes)) {
    seen.push({
      time: `${frame.seconds - LAB_EPOCH}.${String(frame.nanoseconds).padStart(9, '0')}`,
      flags: frame.details?.flags,
      comments: frame.details?.comments,
      name: frame.interface?.name,
      description: frame.interface?.description,
    });
  }
  return seen;
}

it('has an interface a link that is tapped, directions, nanoseconds, and what was said', async () => {
  const seen = await read(pinged().whole);
  expect(seen.map(({ time, flags }) => [time, flags])).toEqual([
    ['1.999999999', 2],
    ['2.000000006', 1],
    ['2.000000013', 2],
    ['2.000000020', 1],
  ]);
  expect(new Set(seen.map(({ name }) => name))).toEqual(new Set(['cable']));
  expect(seen[0]?.description).toBe('A eth0 – B eth0');
  expect(seen[0]?.comments).toEqual([
    'ARP Request (Broadcast)\n"Who has 10.0.0.2?"',
    'A: Need MAC for 10.0.0.2',
    "B: That's me!",
  ]);
  expect(seen[3]?.comments?.at(-1)).toBe('lost on the link');
});

it('has the same frames and times in the pcap of the link', async () => {
  const { whole, links } = pinged();
  expect([...links.keys()]).toEqual(['cable']);
  const times = (seen: Seen[]): string[] => seen.map(({ time }) => time);
  const cable = links.get('cable') as Uint8Array;
  expect(times(await read(cable))).toEqual(times(await read(whole)));
});

it('can begin at another time, to the nanosecond', async () => {
  const epoch = { seconds: LAB_EPOCH + 5, nanoseconds: 999_999_999 };
  const [first] = await read(pinged(epoch).whole);
  expect(first?.time).toBe('7.999999998');
});
