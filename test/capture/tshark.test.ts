/** What tshark and tcpdump say about the files that we write, and about odd files that we read. */
import { expect, test, vi } from 'vitest';
import { timeText } from '../../src/capture/frame.js';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { framesOf } from '../../src/capture/reader.js';
import { describeWith } from '../support/tshark.js';
import { run, tsharkFrames } from './judge.js';
import { counting, errorOf, type HandFile, pcapFile } from './pcap-file.js';

// tshark takes half a second to start, and more on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** Ethernet with an EtherType for experiments, so that no dissector has an opinion. */
function ethernet(length: number): Uint8Array<ArrayBuffer> {
  const frame = counting(length);
  frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5].slice(0, length));
  return frame;
}

function ours(file: Uint8Array): ReturnType<typeof tsharkFrames> {
  return [...framesOf(file)].map((frame) => ({
    wireLength: frame.wireLength,
    capturedLength: frame.data.length,
    // tshark prints nanoseconds whatever the file's resolution.
    time: timeText(frame) + '0'.repeat(9 - frame.timeDigits),
  }));
}

describeWith('tshark')('EDGE-CASES 28: tshark', () => {
  for (const byteOrder of ['little', 'big'] as const) {
    for (const precision of ['us', 'ns'] as const) {
      test(`reads a ${byteOrder}-endian file in ${precision} as it was written`, () => {
        const writer = PcapWriter.toMemory({ byteOrder, precision });
        writer.write(ethernet(60), { seconds: 1422828273, nanoseconds: 817203001 });
        writer.write(ethernet(1514), { seconds: 4294967295, nanoseconds: 999999999 });
        writer.write(ethernet(96), { seconds: 0, nanoseconds: 1000, wireLength: 9000 });
        writer.write(ethernet(0), { wireLength: 60 });
        writer.write(ethernet(262_144));
        expect(tsharkFrames(writer.bytes())).toEqual([
          {
            wireLength: 60,
            capturedLength: 60,
            time: precision === 'us' ? '1422828273.817203000' : '1422828273.817203001',
          },
          {
            wireLength: 1514,
            capturedLength: 1514,
            time: precision === 'us' ? '4294967295.999999000' : '4294967295.999999999',
          },
          { wireLength: 9000, capturedLength: 96, time: '0.000001000' },
          { wireLength: 60, capturedLength: 0, time: '0.000000000' },
          { wireLength: 262_144, capturedLength: 262_144, time: '0.000000000' },
        ]);
        expect(ours(writer.bytes())).toEqual(tsharkFrames(writer.bytes()));
      });
    }
  }

  const records = [
    { seconds: 1, fraction: 2, data: ethernet(64) },
    { seconds: 2, fraction: 999_999, data: ethernet(70) },
    { seconds: 3, fraction: 0, data: ethernet(80) },
  ];
  const wire = (first: number, second: number) =>
    records.map((r) => ({ ...r, data: ethernet(64), lengths: [first, second] as const }));
  const odd: [string, HandFile][] = [
    ['the modified magic number', { magic: 0xa1b2cd34, extra: 8, records }],
    [
      'the modified magic number, big-endian',
      { magic: 0xa1b2cd34, extra: 8, records, little: false },
    ],
    ['snap length 0', { snapLength: 0, records }],
    ['frames above the snap length', { snapLength: 20, records }],
    ['frames shorter on the wire than captured', { records: wire(64, 40) }],
    ['version 2.0', { version: [2, 0], records: wire(100, 64) }],
    ['version 2.2', { version: [2, 2], records: wire(100, 64) }],
    ['version 2.3, lengths as now', { version: [2, 3], records: wire(64, 100) }],
    ['version 2.3, lengths as before', { version: [2, 3], records: wire(100, 64) }],
    ['version 543.0', { version: [543, 0], records: wire(100, 64) }],
    ['version 2.5', { version: [2, 5], records }],
    [
      'fractions of a second and more',
      { records: records.map((r) => ({ ...r, fraction: 1_500_000 })) },
    ],
    ['an FCS length', { link: 0x24000001, records }],
    ['the unused bit beside the FCS length', { link: 0x08000001, records }],
  ];
  test.each(odd)('reads a file with %s as we do', (_, hand) => {
    const file = pcapFile(hand);
    expect(ours(file)).toHaveLength(3);
    expect(ours(file)).toEqual(tsharkFrames(file));
  });

  test('shows as many bytes of FCS as we say there are', () => {
    const writer = PcapWriter.toMemory({ fcsBytes: 4 });
    writer.write(ethernet(64));
    const shown = run(writer.bytes(), 'tshark', ['-r', 'IN', '-V']).stdout;
    expect(shown).toMatch(/Frame check sequence: 0x3c3d3e3f/);
    const without = PcapWriter.toMemory({ fcsBytes: 0 });
    without.write(ethernet(64));
    expect(run(without.bytes(), 'tshark', ['-r', 'IN', '-V']).stdout).not.toMatch(/check sequence/);
  });

  test.each([
    ['a reserved bit', { link: 0x02000001, records }],
    ['version 1.4', { version: [1, 4], records }],
    ['a record of 262,145 bytes', { records: [{ data: new Uint8Array(262_145) }] }],
  ] as [string, HandFile][])('refuses a file with %s, as we do', async (_, hand) => {
    const file = pcapFile({ snapLength: 262_144, ...hand });
    expect((await errorOf(() => tsharkFrames(file))).message).toMatch(/^tshark: ./);
    expect((await errorOf(() => [...framesOf(file)])).code).toBe('BAD_CAPTURE');
  });

  test('finds a file cut short, as we do', async () => {
    const file = pcapFile({ records }).slice(0, -1);
    expect((await errorOf(() => tsharkFrames(file))).message).toMatch(/cut short/);
    expect((await errorOf(() => [...framesOf(file)])).code).toBe('TRUNCATED_CAPTURE');
  });
});

describeWith('tcpdump')('EDGE-CASES 28: tcpdump', () => {
  test('reads what we write without a complaint', () => {
    for (const precision of ['us', 'ns'] as const) {
      const writer = PcapWriter.toMemory({ precision, byteOrder: 'big' });
      writer.write(ethernet(60), { seconds: 1422828273, nanoseconds: 817203001 });
      writer.write(ethernet(96), { seconds: 5, nanoseconds: 1000, wireLength: 9000 });
      const { stdout, stderr, status } = run(writer.bytes(), 'tcpdump', [
        '-ttenqr',
        'IN',
        '--nano',
      ]);
      expect(status).toBe(0);
      expect(stderr.trim()).toMatch(
        /^reading from file \S+, link-type EN10MB \(Ethernet\), snapshot length 262144$/,
      );
      expect(stdout.match(/^\d+\.\d+/gm)).toEqual([
        precision === 'us' ? '1422828273.817203000' : '1422828273.817203001',
        '5.000001000',
      ]);
      expect(stdout.match(/length \d+/g)).toEqual(['length 60', 'length 9000']);
    }
  });
});
