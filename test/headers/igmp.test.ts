import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import {
  decodeIgmp,
  type IgmpInput,
  IgmpView,
  igmp,
  igmpProtocol,
} from '../../src/headers/igmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { address4, flag, messageContract, number } from '../support/messages.js';
import { valuesOf } from '../support/names.js';

const contract = {
  protocol: igmpProtocol,
  View: IgmpView,
  offset: 34,
  computedNames: ['igmp.checksum.status', 'igmp.max_resp'],
};

messageContract({
  ...contract,
  fixture: 'igmp-v2-report',
  bytes: 8,
  fields: { type: 0x16, maxResponse: 0, checksum: 0xf8fa, group: '239.1.2.3' },
  others: { group: address4 },
});

messageContract({
  ...contract,
  fixture: 'igmp-v3-query',
  bytes: 20,
  fields: {
    type: 0x11,
    maxResponse: 0x9a,
    checksum: 0xdede,
    group: '239.1.2.3',
    reservedFlags: 0,
    suppress: true,
    robustness: 2,
    queryInterval: 125,
    numSources: 2,
    sources: ['10.0.0.1', '10.0.0.2'],
  },
  others: {
    group: address4,
    reservedFlags: number(4),
    suppress: flag,
    robustness: number(3),
    queryInterval: number(8),
    numSources: { good: [2, 65535], bad: [-1, 65536], setter: false },
    sources: { good: [['10.0.0.9']], bad: [5, ['x']], setter: false },
  },
});

messageContract({
  ...contract,
  fixture: 'igmp-v3-report',
  bytes: 36,
  fields: {
    type: 0x22,
    maxResponse: 0,
    checksum: 0x0413,
    reserved: 0,
    numRecords: 2,
    records: [
      { type: 4, group: '239.1.2.3', sources: [], aux: new Uint8Array(0) },
      {
        type: 6,
        group: '239.1.2.4',
        sources: ['10.0.0.1', '10.0.0.2'],
        aux: Uint8Array.from([0x61, 0x75, 0x78, 0x64]),
      },
    ],
  },
  others: {
    reserved: number(16),
    numRecords: { good: [2, 9], bad: [-1, 65536], setter: false },
    records: { good: [[]], bad: [5, [{ group: '::1' }]], setter: false },
  },
});

messageContract({
  ...contract,
  fixture: 'igmp-unknown',
  bytes: 12,
  fields: {
    type: 0xf0,
    maxResponse: 1,
    checksum: 0x7e68,
    rest: Uint8Array.from([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68]),
  },
  others: { rest: { good: [new Uint8Array(0)], bad: [5], setter: false } },
});

const lan = ethernet({ src: '02:00:00:00:00:01', dst: '01:00:5e:00:00:01' });
const ip = ipv4({ src: '192.0.2.1', dst: '224.0.0.1', ttl: 1 });
const viewOf = (fields: IgmpInput): IgmpView => {
  const layer = parse(build([lan, ip, igmp(fields)])).layer('igmp');
  if (layer === undefined) throw new Error('no IGMP layer');
  return layer;
};
const codes = (frame: Uint8Array) =>
  parse(frame)
    .problems.filter((p) => p.layer === 'igmp')
    .map((p) => p.code);

describe('an IGMP message', () => {
  it('is of the version that type and length tell', () => {
    expect(viewOf({ type: 'query' }).version).toBe(1);
    expect(viewOf({ type: 'query', maxResponse: 100 }).version).toBe(2);
    expect(viewOf({ robustness: 2 }).version).toBe(3);
    expect(viewOf({ type: 'reportV1' }).version).toBe(1);
    expect(viewOf({ type: 'leave' }).version).toBe(2);
    expect(viewOf({ type: 'reportV3', records: [{ group: '239.0.0.1' }] }).version).toBe(3);
    expect(viewOf({ type: 0x99 }).version).toBe(0);
    expect(decodeIgmp(viewOf({}))).toMatchObject({ type: 0x11, group: '0.0.0.0' });
  });

  it('refuses fields of another type, and layers', () => {
    expect(() => viewOf({ type: 'leave', sources: [] })).toThrow(/it has group$/);
    expect(() => build([lan, ip, igmp(), udp()])).toThrow(/no layer can follow/);
    expect(viewOf({ checksum: 5 }).checksum).toBe(5);
  });

  it('has its names, times from codes as well', () => {
    expect(valuesOf(fixture('igmp-v3-query'), 'igmp.max_resp')).toEqual([416]);
    expect(valuesOf(fixture('igmp-v2-query'), 'igmp.max_resp')).toEqual([100]);
    expect(valuesOf(fixture('igmp-v1-query'), 'igmp.max_resp')).toEqual([]);
    expect(valuesOf(fixture('igmp-v3-report'), 'igmp.maddr')).toEqual(['239.1.2.3', '239.1.2.4']);
    expect(valuesOf(fixture('igmp-checksum-bad'), 'igmp.checksum.status')).toEqual([0]);
    expect(valuesOf(fixture('igmp-padded'), 'igmp.checksum.status')).toEqual([1]);
    const stack = (name: string) => protocolsOf(parse(fixture(name)));
    expect(stack('igmp-v2-leave')).toBe('eth:ethertype:ip:igmp:igmp');
    expect(stack('igmp-dvmrp')).toBe('eth:ethertype:ip:igmp:dvmrp');
    expect(stack('igmp-unknown')).toBe('eth:ethertype:ip:igmp');
    const pim = build([lan, ip, igmp({ type: 'pim' })]);
    expect(protocolsOf(parse(pim))).toBe('eth:ethertype:ip:igmp:pim');
  });

  it('has problems where it is cut, counts too much, or fills reserved bytes', () => {
    expect(codes(fixture('igmp-v3-report-count'))).toEqual(['IGMP_COUNT_PAST_END']);
    expect(codes(fixture('igmp-v3-query-count'))).toEqual(['IGMP_COUNT_PAST_END']);
    const short = build([lan, ip, igmp({ type: 'leave', rest: Uint8Array.of(1, 2) })]);
    expect(parse(short).problems).toMatchObject([{ code: 'IGMP_MESSAGE_CUT', need: 8, have: 6 }]);
    expect(parse(short, { wireLength: short.length + 2 }).problems).toMatchObject([
      { code: 'IGMP_MESSAGE_CUT' },
    ]);
    expect(codes(build([lan, ip, igmp({ type: 'reportV1', maxResponse: 1 })]))).toEqual([
      'IGMP_RESERVED_BITS',
    ]);
    expect(parse(short.slice(0, 36)).broken?.protocol.name).toBe('igmp');
  });

  it('has a line that says version, kind and groups', () => {
    const line = (layer: IgmpView) =>
      igmpProtocol.summary(layer, parse(fixture('igmp-v2-leave')).place(2));
    expect(line(viewOf({ type: 'leave', group: '239.0.0.1' }))).toBe('IGMPv2 Leave 239.0.0.1');
    const records = [{ group: '239.0.0.1' }, { group: '239.0.0.2' }];
    expect(line(viewOf({ type: 'reportV3', records }))).toBe(
      'IGMPv3 Report v3 239.0.0.1, 239.0.0.2',
    );
    expect(line(viewOf({ type: 0x99 }))).toBe('Type 153');
  });
});
