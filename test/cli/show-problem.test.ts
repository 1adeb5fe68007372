import { describe, expect, it } from 'vitest';
import { problemWords } from '../../src/cli/show-problem.js';

describe('a problem in words', () => {
  const message = 'the bytes end';
  const missing = { message, need: 20, have: 11 };

  it('is its sentence, and who demands it', () => {
    expect(problemWords({ message })).toBe('the bytes end');
    expect(problemWords({ message, rfc: 'RFC 791' })).toBe('the bytes end (RFC 791)');
  });

  it('says how many bytes are missing, and what limits them', () => {
    expect(problemWords(missing)).toBe('the bytes end: needs 20, has 11');
    const length = { layer: 'udp', layerIndex: 2, field: 'length', offset: 38, end: 95 };
    expect(problemWords({ ...missing, limitedBy: length })).toBe(
      'the bytes end: needs 20, has 11, as udp.length at byte 38 says',
    );
    const frame = { layer: 'frame', field: 'wireLength', end: 95 };
    expect(problemWords({ ...missing, limitedBy: frame })).toBe(
      'the bytes end: needs 20, has 11, the frame ends at byte 95',
    );
    expect(problemWords({ ...missing, limitedBy: { ...frame, field: 'captured' } })).toBe(
      'the bytes end: needs 20, has 11, cut by the snap length at byte 95',
    );
  });
});
