import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { TcpStartView, tcpStart, tcpStartProtocol } from '../../src/headers/tcp-start.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract, type OtherField } from '../support/header-contract.js';
import { number } from '../support/messages.js';
import { namedValues, valuesOf } from '../support/names.js';
import { describeWithTshark, tsharkFields } from '../support/tshark.js';

const others: Readonly<Record<string, OtherField>> = {
  seq: number(32),
  ack: number(32),
  dataOffset: { good: [6, 15], bad: [16, -1, '5'], setter: false },
  reserved: number(3),
  flags: number(9),
  window: number(16),
  checksum: number(16),
};

headerContract({
  protocol: tcpStartProtocol,
  View: TcpStartView,
  fixture: 'icmp-quote-tcp-8',
  offset: 62,
  bytes: 8,
  fields: { srcPort: 40000, dstPort: 80, seq: 1000 },
  others: { seq: number(32) },
  optional: [
    'ack',
    'dataOffset',
    'reserved',
    'flags',
    'window',
    'checksum',
    'urgentPointer',
    'rest',
  ],
  shrinks: true,
});

headerContract({
  protocol: tcpStartProtocol,
  View: TcpStartView,
  fixture: 'icmp-quote-tcp-18',
  offset: 62,
  bytes: 18,
  fields: {
    srcPort: 40000,
    dstPort: 80,
    seq: 1000,
    ack: 2000,
    dataOffset: 6,
    reserved: 0,
    flags: 0x10,
    window: 77,
    checksum: 0x8957,
  },
  others,
  optional: ['urgentPointer', 'rest'],
  computedNames: ['tcp.hdr_len', 'tcp.checksum.status'],
  shrinks: true,
});

const lan = ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
const ip = ipv4({ src: '192.0.2.1', dst: '198.51.100.2' });
const stack = (frame: Uint8Array, wireLength: number) =>
  parse(frame, { wireLength }).layers.map((l) => l.layer);

describe('the start of a TCP header', () => {
  const frame = fixture('tcp-fast-open');

  it('is a layer where the capture was cut behind its ports, and comes back to the byte', () => {
    const whole = parse(frame).layer('tcp');
    for (let end = 38; end < (whole?.headerEnd ?? 0); end++) {
      const cut = frame.slice(0, end);
      const packet = parse(cut, { wireLength: frame.length });
      expect(packet.layers.at(-1)?.layer, `${end}`).toBe('tcpStart');
      expect(packet.layer('tcpStart')?.srcPort).toBe(whole?.srcPort);
      const spec = packet.toSpec();
      expect(build(spec)).toEqual(cut);
      expect(
        spec.every(
          (part) =>
            !('bytes' in (part as object)) || (part as { bytes?: unknown }).bytes === undefined,
        ),
      ).toBe(true);
      expect(packet.payload.length).toBe(0);
      expect(packet.problems.map((p) => p.code)).toContain('TCP_HEADER_CUT');
      expect(protocolsOf(packet)).toBe('eth:ethertype:ip:tcp');
    }
  });

  it('is none in front of whole ports, nor where the segment really is too short', () => {
    expect(stack(frame.slice(0, 37), frame.length)).toEqual(['ethernet', 'ipv4']);
    expect(stack(fixture('cut-tcp'), 54)).toEqual(['ethernet', 'ipv4', 'tcpStart']);
    expect(stack(fixture('cut-tcp-options'), 74)).toEqual(['ethernet', 'ipv4', 'tcpStart']);
    const length = fixture('cut-tcp').length;
    expect(stack(fixture('cut-tcp'), length)).toEqual(['ethernet', 'ipv4']);
    // A data offset under 5 is wrong whatever was cut.
    const wrong = frame.slice(0, 54);
    wrong[46] = 0x40;
    expect(stack(wrong, frame.length)).toEqual(['ethernet', 'ipv4']);
    expect(() => new TcpStartView(new DataView(frame.buffer), 34)).toThrow(/no tcpStart header/);
  });

  it('keeps bytes of a field that is not whole, and of options', () => {
    const others = (end: number) =>
      parse(frame.slice(0, end), { wireLength: frame.length }).layer('tcpStart')?.others;
    expect(others(40)).toEqual({ rest: frame.slice(38, 40) });
    expect(others(47)).toMatchObject({ rest: frame.slice(46, 47) });
    expect(others(47)).not.toHaveProperty('flags');
    expect(others(58)).toMatchObject({ urgentPointer: 0, rest: frame.slice(54, 58) });
  });

  it('is written up to the last field that is given', () => {
    const quote = [
      ipv4({ src: '198.51.100.2', dst: '203.0.113.9', length: 60 }),
      tcpStart({ srcPort: 1, dstPort: 2, seq: 3 }),
    ];
    const error = build([lan, ip, icmp({ type: 11 }), ...quote]);
    expect(error.length).toBe(14 + 20 + 8 + 20 + 8);
    expect(parse(error).all('ipv4')[1]?.protocol).toBe(6);
    expect(parse(error).layer('tcpStart')?.others).toEqual({ seq: 3 });
    expect(tcpStartProtocol.size({})).toBe(4);
    expect(tcpStartProtocol.size({ flags: 2 })).toBe(14);
    expect(tcpStartProtocol.size({ seq: 1, rest: Uint8Array.of(1) })).toBe(9);
    expect(() => build([lan, ip, tcpStart({ rest: 5 as unknown as Uint8Array })])).toThrow(
      /not bytes/,
    );
  });

  it('has a line with what is known', () => {
    const line = (name: string) => {
      const packet = parse(fixture(name));
      const layer = packet.layer('tcpStart') as TcpStartView;
      return tcpStartProtocol.summary(layer, packet.place(packet.layers.length - 1));
    };
    expect(line('icmp-quote-tcp-8')).toBe('40000 → 80 Seq=1000 [cut]');
    expect(line('icmp-quote-tcp-4')).toBe('40000 → 80 [cut]');
  });

  it('says how long the segment is, but not in a quote or a fragment', () => {
    const cut = frame.slice(0, 50);
    expect(valuesOf(cut, 'tcp.len', { wireLength: frame.length })).toEqual(
      valuesOf(frame, 'tcp.len'),
    );
    expect(valuesOf(fixture('icmp-quote-tcp-22'), 'tcp.len')).toEqual([]);
    cut[20] = 0x20;
    expect(valuesOf(cut, 'tcp.len', { wireLength: frame.length })).toEqual([]);
    // A header said to be longer than the segment.
    const long = frame.slice(0, 50);
    long[46] = 0xf0;
    long[17] = 60;
    expect(valuesOf(long, 'tcp.len', { wireLength: frame.length })).toEqual([]);
  });
});

describeWithTshark('Wireshark, of cut TCP headers', () => {
  const fields = [
    'frame.protocols',
    'tcp.srcport',
    'tcp.dstport',
    'tcp.port',
    'tcp.seq',
    'tcp.ack',
    'tcp.hdr_len',
    'tcp.flags',
    'tcp.window_size_value',
    'tcp.checksum',
    'tcp.urgent_pointer',
    'tcp.len',
  ];
  const ours = (frame: Uint8Array, wireLength: number, field: string): string[] =>
    field === 'frame.protocols'
      ? [protocolsOf(parse(frame, { wireLength }))]
      : namedValues(frame, { wireLength })
          .filter((one) => one.field.name === field)
          .map((one) => String(one.value));
  const theirs = (field: string, values: readonly string[] = []): string[] =>
    field === 'frame.protocols' ? [...values] : values.map((value) => String(Number(value)));

  it('reads the same of every start that an ICMP error quotes', () => {
    const frames = Array.from({ length: 17 }, (_, i) => {
      const rest = fixture('icmp-quote-tcp-22').slice(62, 66 + i);
      const quoted = fixture('icmp-quote-tcp-22').slice(42, 62);
      return build([lan, ip, icmp({ type: 11 }), Uint8Array.from([...quoted, ...rest])]);
    });
    const judged = tsharkFields(
      frames.map((bytes) => ({ bytes })),
      fields,
    );
    for (const [i, frame] of frames.entries()) {
      for (const field of fields) {
        const shown = `${4 + i} bytes, ${field}`;
        expect(ours(frame, frame.length, field), shown).toEqual(
          theirs(field, judged[i]?.get(field)),
        );
      }
    }
  });

  it('reads the same of every start that a snap length leaves, but for the sequence number', () => {
    const whole = fixture('tcp-fast-open');
    const cuts = Array.from({ length: 20 }, (_, i) => whole.slice(0, 38 + i));
    const judged = tsharkFields(
      cuts.map((bytes) => ({ bytes, wireLength: whole.length })),
      fields,
    );
    for (const [i, cut] of cuts.entries()) {
      for (const field of fields) {
        // tshark shows it only once there is a window behind it; in a quote it shows it.
        if (field === 'tcp.seq' && cut.length < 50) continue;
        const shown = `${4 + i} bytes, ${field}`;
        expect(ours(cut, whole.length, field), shown).toEqual(theirs(field, judged[i]?.get(field)));
      }
    }
  });
});
