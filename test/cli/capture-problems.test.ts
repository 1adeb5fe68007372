import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { CaptureJudge, damageOf } from '../../src/cli/capture-problems.js';

describe('damage of a file', () => {
  it('is a problem of it, without its name', () => {
    const error = new PacketError('BAD_CAPTURE', 'a.pcap: odd at byte 7', { offset: 7 });
    expect(damageOf(error, 'a.pcap')).toMatchObject({
      code: 'BAD_CAPTURE',
      severity: 'error',
      message: 'odd at byte 7',
    });
    expect(damageOf(error, 'b.pcap')?.message).toBe('a.pcap: odd at byte 7');
  });

  it('is none where the file could not be read at all, and for any other error', () => {
    expect(damageOf(new PacketError('BAD_CAPTURE', 'no such file'), 'a')).toBeUndefined();
    expect(damageOf(new PacketError('BAD_SPEC', 'odd', { offset: 7 }), 'a')).toBeUndefined();
    expect(damageOf(new Error('disk'), 'a')).toBeUndefined();
  });
});

describe('a frame without a time', () => {
  it('is never before another', () => {
    const judge = new CaptureJudge();
    const frame = { data: new Uint8Array(1), wireLength: 1, linkType: 1, snapLength: 0 };
    const at = (seconds: number) => ({
      ...frame,
      time: { seconds, nanoseconds: 0, timeDigits: 9 },
    });
    expect(judge.judge(at(5))).toEqual([]);
    expect(judge.judge({ ...frame, time: undefined })).toEqual([]);
    expect(judge.judge(at(4))).toMatchObject([{ code: 'CAPTURE_TIME_BACKWARDS' }]);
  });
});
