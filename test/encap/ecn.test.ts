import { describe, expect, it } from 'vitest';
import {
  applyOuterDscp,
  applyOuterEcn,
  applyOuterTtl,
  ECN,
  ECN_DANGEROUS,
  ECN_DROP,
  ECN_UNUSED,
  innerEcn,
} from '../../src/encap/ecn.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { viewOf } from '../support/reference.js';

const { NOT_ECT, ECT_0, ECT_1, CE } = ECN;
const IP = 14;

/** RFC 6040 §4.2, Figure 4, as it stands there: rows are inner fields, columns outer ones. */
const COLUMNS = [NOT_ECT, ECT_0, ECT_1, CE];
const FIGURE_4: readonly (readonly [inner: number, cells: readonly string[]])[] = [
  [NOT_ECT, ['0', '0!!!', '0!!!', 'drop!!!']],
  [ECT_0, ['2', '2', '1', '3']],
  [ECT_1, ['1', '1!', '1', '3']],
  [CE, ['3', '3', '3!!!', '3']],
];
const CELLS = FIGURE_4.flatMap(([inner, cells]) =>
  cells.map((cell, i) => ({ inner, outer: COLUMNS[i] as number, cell })),
);
const inWords = (made: number): string =>
  ((made & ECN_DROP) !== 0 ? 'drop' : String(made & 3)) +
  ((made & ECN_DANGEROUS) !== 0 ? '!!!' : (made & ECN_UNUSED) !== 0 ? '!' : '');

const frameOf = (version: 4 | 6, fields: { dscp?: number; ecn?: number; ttl?: number }) => {
  const { dscp = 46, ecn = 0, ttl = 64 } = fields;
  const ip =
    version === 4
      ? ipv4({ dscp, ecn, ttl, src: '10.0.0.1', dst: '10.0.0.2', options: [] })
      : ipv6({ trafficClass: dscp * 4 + ecn, flowLabel: 0xabcde, hopLimit: ttl });
  return build([ethernet(), ip, 'data']);
};

/** What parse finds: the fields, and that nothing is wrong (checksum included). */
function read(frame: Uint8Array): { dscp: number; ecn: number; ttl: number } {
  const packet = parse(frame);
  expect(packet.problems).toEqual([]);
  const four = packet.layer('ipv4');
  if (four) return { dscp: four.dscp, ecn: four.ecn, ttl: four.ttl };
  const six = packet.layer('ipv6');
  if (!six) throw new Error('no IP');
  expect(six.flowLabel).toBe(0xabcde);
  return { dscp: six.trafficClass >>> 2, ecn: six.trafficClass & 3, ttl: six.hopLimit };
}

describe.each(CELLS)('inner $inner, outer $outer', ({ inner, outer, cell }) => {
  it(`gives ${cell}`, () => {
    expect(inWords(innerEcn(inner, outer))).toBe(cell);
  });

  it.each([4, 6] as const)('is written into IPv%i, and nothing else', (version) => {
    const frame = frameOf(version, { ecn: inner });
    const before = frame.slice();
    const made = applyOuterEcn(viewOf(frame), IP, outer);
    expect(inWords(made)).toBe(cell);
    if (cell.startsWith('drop')) {
      expect(frame).toEqual(before);
    } else {
      expect(read(frame)).toEqual({ dscp: 46, ecn: Number(cell[0]), ttl: 64 });
      expect(frame).toEqual(frameOf(version, { ecn: Number(cell[0]) }));
    }
  });
});

it('nothing is done where there is no IP packet', () => {
  const view = new DataView(new ArrayBuffer(0));
  expect(applyOuterEcn(view, -1, CE)).toBe(0);
  applyOuterDscp(view, -1, 1);
  applyOuterTtl(view, -1, 1);
});

it('a wrong IPv4 checksum stays wrong', () => {
  const frame = build([ethernet(), ipv4({ ecn: ECT_0, checksum: 0x1234 }), 'data']);
  applyOuterEcn(viewOf(frame), IP, CE);
  expect(parse(frame).problems.map((p) => p.code)).toEqual(['CHECKSUM_BAD']);
});

describe.each([4, 6] as const)('the uniform model of IPv%i', (version) => {
  it('gives every outer DSCP to the inner packet', () => {
    for (let dscp = 0; dscp < 64; dscp++) {
      for (const ecn of COLUMNS) {
        const frame = frameOf(version, { ecn });
        applyOuterDscp(viewOf(frame), IP, dscp);
        expect(frame).toEqual(frameOf(version, { ecn, dscp }));
      }
    }
    expect(read(frameOf(version, { dscp: 63 })).dscp).toBe(63);
  });

  it('gives the outer TTL to the inner packet, but never more than it had', () => {
    for (let ttl = 0; ttl < 256; ttl++) {
      const frame = frameOf(version, { ttl: 64 });
      applyOuterTtl(viewOf(frame), IP, ttl);
      expect(frame).toEqual(frameOf(version, { ttl: Math.min(ttl, 64) }));
    }
  });
});
