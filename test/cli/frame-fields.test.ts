/** What pcapng says about frames, by Wireshark's names, with tshark as the judge. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { PcapngWriter } from '../../src/capture/pcapng-writer.js';
import { encapType } from '../../src/packet/encap-types.js';
import { frameNames } from '../../src/packet/frame-names.js';
import { describeWithTshark, plainEnvironment } from '../support/tshark.js';
import { requireBuild, run } from './command.js';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright frame fields '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// An EtherType for experiments, to which nobody has a header.
const frame = new Uint8Array(60).fill(0x88, 12, 13).fill(0xb5, 13, 14);

/** The lines of both for these fields. */
function both(bytes: Uint8Array, names: readonly string[]): { ours: string; tshark: string } {
  const path = join(folder, 'a.pcapng');
  writeFileSync(path, bytes);
  const form = ['-T', 'fields', '-E', 'separator=|', ...names.flatMap((name) => ['-e', name])];
  const env = plainEnvironment(folder);
  const judge = spawnSync('tshark', ['-n', '-r', path, ...form], { encoding: 'utf8', env });
  const { out, err } = run(['decode', path, ...form]);
  expect(err).toBe('');
  return { ours: out, tshark: judge.stdout };
}

describeWithTshark('the fields of a frame', () => {
  // Where flags give an FCS length, tshark takes those bytes from the data.
  const names = frameNames.map(({ name }) => name).filter((name) => !name.startsWith('data.'));

  it('are tshark’s for interfaces, comments, flags, counts and times', () => {
    const writer = PcapngWriter.toMemory();
    writer.addInterface({ description: 'only a description' });
    writer.addInterface();
    writer.addInterface({ name: 'eth\t0', description: 'two\nlines', timeDigits: 9 });
    const stamps = [
      { interface: 0, details: { comments: ['a', 'b "c" \\ ü', 'two\r\nlines\t', ''] } },
      { interface: 1, details: { flags: 0xdeadbeef, dropCount: 2n ** 63n, queue: 7 } },
      { interface: 2, details: { flags: 0, dropCount: 0n, packetId: 2n ** 64n - 1n } },
      { interface: 2, details: { flags: 0b0000_0001_0101_1001 } },
      { interface: 0, hasTime: false },
    ];
    for (const [i, stamp] of stamps.entries()) {
      writer.write(frame, { seconds: 10 + i, nanoseconds: i * 1_001_001, ...stamp });
    }
    const { ours, tshark } = both(writer.bytes(), names);
    expect(ours).toBe(tshark);
    expect(ours.split('\n')).toHaveLength(stamps.length + 1);
  });

  it('are empty for pcap but for the link type', () => {
    const writer = PcapWriter.toMemory();
    writer.write(frame, { seconds: 1 });
    const { ours, tshark } = both(writer.bytes(), names);
    expect(ours).toBe(tshark);
    expect(ours).toMatch(/^\|+1\|1\|60/);
  });

  it('name the interface of each section, where tshark 4.0 names the first section’s', () => {
    const writer = PcapngWriter.toMemory();
    writer.write(frame, { interface: writer.addInterface({ name: 'one' }) });
    writer.addSection();
    writer.write(frame, { interface: writer.addInterface({ name: 'two' }) });
    const asked = ['frame.section_number', 'frame.interface_id', 'frame.interface_name'];
    const { ours, tshark } = both(writer.bytes(), asked);
    expect(ours).toBe('1|0|one\n2|0|two\n');
    expect(tshark).toBe('1|0|one\n2|0|one\n');
  });

  it('count the time since the last frame that has one, where tshark counts from 1970', () => {
    const writer = PcapngWriter.toMemory();
    writer.addInterface();
    for (const seconds of [5, undefined, 8]) {
      writer.write(frame, { interface: 0, seconds, hasTime: seconds !== undefined });
    }
    const { ours, tshark } = both(writer.bytes(), ['frame.time_delta']);
    expect(ours).toBe('0.000000000\n\n3.000000000\n');
    expect(tshark).toBe('0.000000000\n\n8.000000000\n');
  });

  it('have control characters in comments written out, which would command a terminal', () => {
    const writer = PcapngWriter.toMemory();
    writer.write(frame, { details: { comments: ['\u001b[31mred\u009b\u007f'] } });
    expect(both(writer.bytes(), ['frame.comment']).ours).toBe('\\x1b[31mred\\x9b\\x7f\n');
  });

  it('have Wireshark’s number for every link type', () => {
    const number = (linkType: number, data: Uint8Array): number | undefined => {
      const writer = PcapngWriter.toMemory();
      writer.write(data, { interface: writer.addInterface({ linkType }) });
      const { tshark } = both(writer.bytes(), ['frame.encap_type']);
      return tshark === '' ? undefined : Number(tshark);
    };
    const writer = PcapngWriter.toMemory();
    // tshark stops where these lack their protocol in the header.
    const demanding = [144, 177];
    for (let linkType = 0; linkType < 300; linkType++) writer.addInterface({ linkType });
    for (let id = 0; id < 300; id++) {
      if (!demanding.includes(id)) writer.write(frame, { interface: id });
    }
    const { ours, tshark } = both(writer.bytes(), ['frame.interface_id', 'frame.encap_type']);
    expect(ours).toBe(tshark);
    const irda = Uint8Array.from({ length: 60 }, (_, i) => (i === 15 ? 0x17 : 0));
    expect(number(144, irda)).toBe(encapType(144));
    const lapd = Uint8Array.from({ length: 60 }, (_, i) => (i === 15 ? 0x30 : 0));
    expect(number(177, lapd)).toBe(encapType(177));
  });
});
