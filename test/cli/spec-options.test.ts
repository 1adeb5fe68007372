import { describe, expect, it } from 'vitest';
import { parseSpecLine } from '../../src/cli/spec-line.js';
import { withOptions } from '../../src/cli/spec-options.js';

const options = (text: string) =>
  (withOptions(parseSpecLine(`tcp(options=[${text}])`)) as { options: unknown }[])[0]?.options;

describe('options in a spec', () => {
  it('are bare words where they have no value', () => {
    expect(options('mss(1460),sackPermitted,nop,windowScale(7)')).toEqual([
      { kind: 'mss', value: 1460 },
      { kind: 'sackPermitted' },
      { kind: 'nop' },
      { kind: 'windowScale', value: 7 },
    ]);
  });

  it('take the value of a call in the field that it is for', () => {
    expect(options('sack({left=1,right=2})')).toEqual([
      { kind: 'sack', blocks: [{ left: 1, right: 2 }] },
    ]);
    expect(options('recordRoute([10.0.0.1,10.0.0.2],pointer=8)')).toEqual([
      { kind: 'recordRoute', addresses: ['10.0.0.1', '10.0.0.2'], pointer: 8 },
    ]);
    const bytes = Uint8Array.of(1);
    const raw = [{ layer: 'tcp', options: [{ kind: 'raw', value: bytes }] }];
    expect(withOptions(raw)).toEqual([{ layer: 'tcp', options: [{ kind: 'raw', data: bytes }] }]);
  });

  it('stay as they are where nothing is to be done, and so does all else', () => {
    const layers = [
      { layer: 'tcp', options: [{ kind: 253, data: 'x' }, { kind: 'sack', blocks: [] }, 7, null] },
      { layer: 'tcp', options: Uint8Array.of(1) },
      'payload',
      null,
    ];
    expect(withOptions(layers)).toEqual(layers);
    expect(withOptions({ layers, time: '1' })).toEqual({ layers, time: '1' });
    for (const other of [null, 5, 'text', {}, { layers: 5 }])
      expect(withOptions(other)).toEqual(other);
  });
});
