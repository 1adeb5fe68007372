/** The captures that `npm start` and `npm run fixtures` write, judged by Wireshark. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { framesOf, parse } from '../src/index.js';
import { describeWithTshark, tsharkFields } from './support/tshark.js';

const SCRIPT = fileURLToPath(new URL('../fixtures/captures.mjs', import.meta.url));
/** Severities above "chat" are notes, warnings and errors. */
const CHAT = 0x200000;
const CHECKSUMS = ['ip.checksum.status', 'udp.checksum.status', 'tcp.checksum.status'];
const BAD = ['0', '2', '4'];

function written(): string[] {
  const { stdout, stderr, status } = spawnSync('node', [SCRIPT], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`fixtures/captures.mjs failed: ${stderr}`);
  return stdout.trim().split('\n');
}

describeWithTshark('the captures of npm run fixtures', () => {
  const files = written();

  it('are ten', () => {
    expect(files).toHaveLength(10);
  });

  for (const path of files) {
    const frames = [...framesOf(readFileSync(path))];
    // Sequence numbers are analysed too here: a conversation has to make sense.
    const judged = tsharkFields(
      frames.map(({ data }) => ({ bytes: data })),
      ['_ws.malformed', '_ws.expert.severity', ...CHECKSUMS],
      1,
      { analyse: true },
    );

    it(`${basename(path)} has nothing that Wireshark minds`, () => {
      for (const fields of judged) {
        expect(fields.get('_ws.malformed')).toEqual([]);
        for (const severity of fields.get('_ws.expert.severity') ?? []) {
          expect(Number(severity)).toBeLessThanOrEqual(CHAT);
        }
        for (const name of CHECKSUMS) {
          for (const status of fields.get(name) ?? []) expect(BAD).not.toContain(status);
        }
      }
    });

    it(`${basename(path)} has nothing that framewright minds`, () => {
      for (const { data } of frames) expect(parse(data).problems).toEqual([]);
    });
  }

  const tunnel = (name: string, fields: readonly string[]): Map<string, string[]>[] => {
    const path = files.find((file) => basename(file) === `${name}.pcap`) as string;
    const frames = [...framesOf(readFileSync(path))].map(({ data }) => ({ bytes: data }));
    return tsharkFields(frames, fields);
  };

  it("vxlan.pcap holds the guide's values", () => {
    const [first] = tunnel('vxlan', [
      'ip.src',
      'ip.dst',
      'udp.dstport',
      'vxlan.vni',
      'udp.checksum.status',
    ]);
    expect(first?.get('ip.src')?.[0]).toBe('10.0.0.1');
    expect(first?.get('ip.dst')?.[0]).toBe('10.0.0.2');
    expect(first?.get('udp.dstport')).toEqual(['4789']);
    expect(first?.get('vxlan.vni')).toEqual(['5000']);
    expect(first?.get('udp.checksum.status')).toEqual(['3']);
  });

  it("geneve.pcap holds the guide's values and its three options", () => {
    const names = ['class', 'type', 'unknown.data'].map((name) => `geneve.option.${name}`);
    const [first] = tunnel('geneve', ['ip.src', 'ip.dst', 'geneve.vni', ...names]);
    expect(first?.get('ip.src')?.[0]).toBe('10.0.0.1');
    expect(first?.get('ip.dst')?.[0]).toBe('10.0.0.2');
    expect(Number(first?.get('geneve.vni')?.[0])).toBe(5000);
    expect(first?.get('geneve.option.class')).toEqual(['0x0102', '0x0103', '0x0104']);
    expect(first?.get('geneve.option.type')).toEqual(['0x01', '0x02', '0x03']);
    const texts = first
      ?.get('geneve.option.unknown.data')
      ?.map((hex) => Buffer.from(hex, 'hex').toString().replace(/\0+$/, ''));
    expect(texts).toEqual(['policy-xyz-123', 'latency=5ms, hop=3', 'workload=frontend-abc']);
  });
});
