/** EDGE-CASES 29 on real files: what tshark read in each is what we read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PacketError } from '../../src/bytes/error.js';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { timeText } from '../../src/capture/frame.js';
import { framesOf } from '../../src/capture/reader.js';
import { CORPUS, corpusIsThere } from '../support/corpus.js';

const names = corpusIsThere ? readdirSync(CORPUS).filter((name) => name.endsWith('.pcapng')) : [];

/** Number, lengths, time and interface of each frame, as the oracle has them. */
function oracleOf(name: string): string[] {
  const [head = '', ...rows] = readFileSync(join(CORPUS, `${name}.tsv`), 'utf8').split('\n');
  const columns = head.split('\t');
  const wanted = [
    'frame.number',
    'frame.len',
    'frame.cap_len',
    'frame.time_epoch',
    'frame.interface_id',
  ];
  const at = wanted.map((column) => columns.indexOf(column));
  return rows.filter((row) => row !== '').map((row) => at.map((i) => row.split('\t')[i]).join(' '));
}

function ours(frame: CapturedFrame): string {
  // tshark prints nine decimals whatever the resolution.
  const time = frame.hasTime ? timeText({ ...frame, timeDigits: 9 }) : '';
  return [frame.number, frame.wireLength, frame.data.length, time, frame.interface?.id].join(' ');
}

describe.skipIf(!corpusIsThere)('EDGE-CASES 29: the corpus', () => {
  it('has 21 files of pcapng', () => {
    expect(names).toHaveLength(21);
  });

  it.each(names)('%s is read as tshark reads it', (name) => {
    const frames: CapturedFrame[] = [];
    let error: PacketError | undefined;
    try {
      for (const frame of framesOf(readFileSync(join(CORPUS, name)))) frames.push(frame);
    } catch (thrown) {
      error = thrown as PacketError;
    }
    expect(frames.map(ours)).toEqual(oracleOf(name));
    // The one file that tshark gives up on has a section of version 2.0.
    expect(error?.code).toBe(name === 'pcapng-test-le-901.pcapng' ? 'BAD_CAPTURE' : undefined);
  });
});
