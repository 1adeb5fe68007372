import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/bytes/crc.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { SctpView, sctp, sctpChunks, sctpProtocol } from '../../src/headers/sctp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { viewOf } from '../support/reference.js';

headerContract({
  protocol: sctpProtocol,
  View: SctpView,
  fixture: 'sctp-init',
  offset: 34,
  bytes: 12,
  fields: { srcPort: 49152, dstPort: 5001, verificationTag: 0, checksum: 0x2961ed6f },
  computedNames: ['sctp.checksum.status'],
});

describe('the checksum of SCTP', () => {
  it('is computed over header and chunks', () => {
    const cookieAck = Uint8Array.of(11, 0, 0, 4);
    for (const checksum of [undefined, 'computed'] as const) {
      const fields = checksum === undefined ? {} : { checksum };
      const frame = build([ethernet(), ipv4(), sctp(fields), cookieAck]);
      const zeroed = frame.slice(34).fill(0, 8, 12);
      const wanted = crc32c(viewOf(zeroed), 0, zeroed.length);
      expect(viewOf(frame).getUint32(42, true)).toBe(wanted);
      expect(parse(frame).problems).toEqual([]);
    }
  });

  it('is a problem where it is wrong, kept, and left out of a spec where it is right', () => {
    const bad = parse(fixture('sctp-checksum-bad'));
    expect(bad.problems).toMatchObject([{ code: 'CHECKSUM_BAD', layer: 'sctp', offset: 42 }]);
    expect(build(bad.toSpec())).toEqual(fixture('sctp-checksum-bad'));
    expect(parse(fixture('sctp-data')).toSpec()[2]).not.toHaveProperty('fields.checksum');
  });

  it('is not judged where bytes are missing', () => {
    const packet = parse(fixture('sctp-data').slice(0, 60), { wireLength: 90 });
    const status = sctpProtocol.checksumStatus(
      packet.layer('sctp') as SctpView,
      packet.places()[2] as never,
    );
    expect(status).toBe(2);
  });
});

describe('the chunks of SCTP', () => {
  it('are given with their values, without padding', () => {
    const layer = parse(fixture('sctp-data')).layer('sctp') as SctpView;
    const chunks = sctpChunks(layer);
    expect(chunks.map(({ type, flags, length }) => [type, flags, length])).toEqual([
      [3, 0, 16],
      [0, 3, 21],
    ]);
    expect(new TextDecoder().decode(chunks[1]?.value.slice(12))).toBe('hello');
  });

  it('stop at one whose length is wrong, which is a problem', () => {
    const packet = parse(fixture('sctp-chunk-length'));
    expect(packet.problems.map((p) => p.code)).toEqual(['SCTP_CHUNK_LENGTH']);
    expect(sctpChunks(packet.layer('sctp') as SctpView)).toEqual([]);
    const place = sctpProtocol.problems[1]?.find?.(packet.view, 34, 50);
    expect(place).toEqual({ offset: 46, bytes: 4 });
    for (const chunk of [Uint8Array.of(1, 0, 0), Uint8Array.of(1, 0, 0, 9, 1)]) {
      const other = parse(build([ethernet(), ipv4(), sctp(), chunk]));
      expect(other.problems.map((p) => p.code)).toEqual(['SCTP_CHUNK_LENGTH']);
    }
  });

  it('are cut without a problem where the capture is', () => {
    const packet = parse(fixture('sctp-data').slice(0, 80), { wireLength: 86 });
    expect(packet.problems).toMatchObject([
      { code: 'CHECKSUM_UNVERIFIED', severity: 'info', snapLength: true },
    ]);
    expect(sctpChunks(packet.layer('sctp') as SctpView).length).toBe(1);
  });

  it('have names, and are no data', () => {
    expect(valuesOf(fixture('sctp-data'), 'sctp.chunk_type')).toEqual([3, 0]);
    expect(valuesOf(fixture('sctp-data'), 'sctp.chunk_flags')).toEqual([0, 3]);
    expect(valuesOf(fixture('sctp-data'), 'sctp.chunk_length')).toEqual([16, 21]);
    expect(protocolsOf(parse(fixture('sctp-data')))).toBe('eth:ethertype:ip:sctp');
  });
});

describe('SCTP', () => {
  it('is led to by its protocol number, and is no layer where it is cut', () => {
    expect(parse(build([ethernet(), ipv4(), sctp()])).layer('ipv4')?.protocol).toBe(132);
    expect(parse(fixture('cut-sctp')).problems).toMatchObject([
      { code: 'SCTP_HEADER_CUT', need: 12, have: 8 },
    ]);
  });

  it('tells of itself in a line', () => {
    const layer = parse(fixture('sctp-init')).layer('sctp') as SctpView;
    expect(sctpProtocol.summary(layer, {} as never)).toBe('49152 → 5001');
  });
});
