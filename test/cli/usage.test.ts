import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { UsageError, verdictOf } from '../../src/cli/usage.js';

describe('an error', () => {
  it('of the call ends with 2, of what is read or written with 1', () => {
    expect(verdictOf(new UsageError('no'))).toEqual({ exitCode: 2, text: 'no' });
    expect(verdictOf(new PacketError('BAD_OPTION', 'no'))).toEqual({ exitCode: 2, text: 'no' });
    expect(verdictOf(new PacketError('BAD_CAPTURE', 'no'))).toEqual({ exitCode: 1, text: 'no' });
    const system = Object.assign(new Error('no'), { syscall: 'open' });
    expect(verdictOf(system)).toEqual({ exitCode: 1, text: 'no' });
  });

  it('that nobody expected is told in a line as a defect of ours', () => {
    const text = 'this is a defect in framewright: TypeError: x is not a function';
    expect(verdictOf(new TypeError('x is not a function\nat y'))).toEqual({ exitCode: 1, text });
    for (const odd of ['text', null, undefined, 5]) {
      expect(verdictOf(odd)).toEqual({
        exitCode: 1,
        text: `this is a defect in framewright: Error: ${String(odd)}`,
      });
    }
  });
});
