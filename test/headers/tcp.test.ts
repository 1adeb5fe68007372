import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { TCP_FLAG } from '../../src/headers/numbers.js';
import { TcpView, tcp, tcpProtocol } from '../../src/headers/tcp.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';
import { codesOf } from '../support/problems.js';
import { internetChecksum, pseudoHeader } from '../support/reference.js';

const options: OtherField = {
  good: [
    [],
    [{ kind: 'mss', value: 0 }],
    [{ kind: 'mss', value: 65535 }],
    [{ kind: 'nop' }, { kind: 'windowScale', value: 255 }],
    [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'sackPermitted' }],
    [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'timestamps', value: 0xffffffff, echo: 0xffffffff }],
    [{ kind: 254, data: Uint8Array.of(1, 2) }],
    [{ kind: 'end' }, { kind: 'raw', data: Uint8Array.of(1, 2, 3) }],
  ],
  bad: [
    [{ kind: 'nosuch' }],
    [{ kind: 1, data: new Uint8Array(2) }],
    [{ kind: 256, data: new Uint8Array(2) }],
    [{ kind: 254, data: [1, 2] }],
    [{ kind: 254 }],
    [{}],
    new Uint8Array(41),
    [{ kind: 'nop' }, { kind: 'mss', value: 65536 }],
    [{ kind: 'nop' }, { kind: 'mss' }],
    [{ kind: 'nop' }, { kind: 'windowScale', value: 256 }],
    [{ kind: 'nop' }, { kind: 'timestamps', value: 1, echo: -1 }],
    [{ kind: 'nop' }, { kind: 'sack', blocks: [{ left: 1, right: 2 ** 32 }] }],
    [{ kind: 'sack', blocks: Array(5).fill({ left: 1, right: 2 }) }],
  ],
  setter: false,
};
const computedNames = ['tcp.hdr_len', 'tcp.checksum.status'];

headerContract({
  protocol: tcpProtocol,
  View: TcpView,
  fixture: 'tcp-flags',
  offset: 34,
  bytes: 20,
  fields: {
    srcPort: 49152,
    dstPort: 80,
    seq: 0xfffffff0,
    ack: 0x80000001,
    dataOffset: 5,
    reserved: 7,
    flags: 0x1ff,
    window: 65535,
    checksum: 0x94b6,
    urgentPointer: 3,
    options: [],
  },
  others: { options },
  computedNames,
});

headerContract({
  protocol: tcpProtocol,
  View: TcpView,
  fixture: 'vxlan',
  offset: 84,
  bytes: 40,
  fields: {
    srcPort: 49153,
    dstPort: 80,
    seq: 1000,
    ack: 0,
    dataOffset: 10,
    reserved: 0,
    flags: 2,
    window: 65535,
    checksum: 0xee69,
    urgentPointer: 0,
    options: [
      { kind: 'mss', value: 1460 },
      { kind: 'sackPermitted' },
      { kind: 'timestamps', value: 1, echo: 0 },
      { kind: 'nop' },
      { kind: 'windowScale', value: 7 },
    ],
  },
  others: { options },
  computedNames,
});

const flagsOf = (flags: Parameters<typeof tcp>[0]): number | undefined =>
  parse(build([ethernet(), ipv4(), tcp(flags)])).layer('tcp')?.flags;

describe('TCP flags', () => {
  it('are written by name or as a number', () => {
    expect(flagsOf({})).toBe(0);
    expect(flagsOf({ flags: ['SYN', 'ACK'] })).toBe(0x12);
    expect(flagsOf({ flags: Object.keys(TCP_FLAG) as (keyof typeof TCP_FLAG)[] })).toBe(0x1ff);
    expect(flagsOf({ flags: 0x1ff })).toBe(0x1ff);
    expect(() => flagsOf({ flags: ['syn' as 'SYN'] })).toThrow(/no flag is named syn/);
    expect(() => flagsOf({ flags: ['toString' as 'SYN'] })).toThrow(/no flag is named toString/);
  });

  it('have a name each, in which only its own bit shows', () => {
    const short: Record<keyof typeof TCP_FLAG, string> = {
      AE: 'ae',
      CWR: 'cwr',
      ECE: 'ece',
      URG: 'urg',
      ACK: 'ack',
      PSH: 'push',
      RST: 'reset',
      SYN: 'syn',
      FIN: 'fin',
    };
    for (const [flag, name] of Object.entries(short)) {
      const frame = build([ethernet(), ipv4(), tcp({ flags: [flag as keyof typeof TCP_FLAG] })]);
      for (const other of Object.values(short)) {
        expect(valuesOf(frame, `tcp.flags.${other}`)).toEqual([other === name ? 1 : 0]);
      }
    }
  });
});

describe('the data offset', () => {
  it('that is wrong makes it no header', () => {
    expect(parse(fixture('tcp-data-offset-4')).problems).toMatchObject([
      { code: 'TCP_DATA_OFFSET_UNDER_5', offset: 46, need: 5, have: 4 },
    ]);
    expect(parse(fixture('tcp-data-offset-past-end')).problems).toMatchObject([
      { code: 'TCP_HEADER_CUT', offset: 34, need: 60, have: 24 },
    ]);
    for (const name of ['tcp-data-offset-4', 'tcp-data-offset-past-end']) {
      expect(parse(fixture(name)).layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv4']);
    }
  });
});

describe('the checksum of TCP', () => {
  it('is what a slow sum says, over IPv4 and IPv6', () => {
    for (const text of ['', 'odd', 'even']) {
      const four = build([ethernet(), ipv4({ src: '1.2.3.4', dst: '5.6.7.8' }), tcp(), text]);
      const six = build([ethernet(), ipv6({ src: '2001:db8::1', dst: 'fe80::2' }), tcp(), text]);
      for (const [frame, src, dst, at] of [
        [four, 26, 30, 34],
        [six, 22, 38, 54],
      ] as const) {
        const segment = frame.slice(at);
        const sum = (segment[16] as number) * 256 + (segment[17] as number);
        segment.fill(0, 16, 18);
        const pseudo = pseudoHeader(
          frame.slice(src, dst),
          frame.slice(dst, 2 * dst - src),
          6,
          segment.length,
        );
        expect(sum).toBe(internetChecksum(pseudo, segment));
        expect(codesOf(parse(frame), 'error')).toEqual([]);
      }
    }
  });

  it('is never sent as all ones for 0: that is a rule of UDP only', () => {
    for (let seq = 0; seq < 0x10000; seq++) {
      const frame = build([ethernet(), ipv4(), tcp({ seq })]);
      const sum = (frame[50] as number) * 256 + (frame[51] as number);
      if (sum !== 0 && sum !== 0xffff) continue;
      expect(sum).toBe(0);
      return;
    }
    throw new Error('no sequence number gives a checksum of 0');
  });

  it.each([
    ['tcp-flags', 1],
    ['tcp-checksum-bad', 0],
    ['tcp-ipv6', 1],
  ])('has in %s.hex the state %i', (name, status) => {
    expect(valuesOf(fixture(name), 'tcp.checksum.status')).toEqual([status]);
  });
});

describe('the length of a segment', () => {
  it('is what IP says, and unknown in a first fragment', () => {
    expect(valuesOf(fixture('tcp-unknown-option'), 'tcp.len')).toEqual([4]);
    const cut = fixture('tcp-unknown-option');
    expect(valuesOf(cut.slice(0, -2), 'tcp.len', { wireLength: cut.length })).toEqual([4]);
    const first = build([ethernet(), ipv4({ moreFragments: true }), tcp(), 'data']);
    expect(valuesOf(first, 'tcp.len')).toEqual([]);
  });
});
