import dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { DnsView, dns, dnsProtocol } from '../../src/headers/dns.js';
import { type DnsFields, type DnsInput, dnsMessageBytes } from '../../src/headers/dns-fields.js';
import { DnsTcpView, dnsTcp, dnsTcpProtocol } from '../../src/headers/dns-tcp.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { packetToJson, partsFromJson } from '../../src/packet/json.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';
import { valuesOf } from '../support/names.js';

const question = { name: 'example.com', type: 'A', class: 'IN' } as const;
const addresses = [
  { name: 'example.com', type: 'A', class: 'IN', ttl: 60, data: '192.0.2.1' },
  { name: 'example.com', type: 'NS', class: 'IN', ttl: 3600, data: 'ns.example.com' },
  { name: 'ns.example.com', type: 'AAAA', class: 'IN', ttl: 3600, data: '2001:db8::1' },
] as const;
const sections = fixture('dns-sections');
const sectionFields: DnsFields = {
  id: 0xffff,
  response: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: true,
  z: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: 0,
  questionCount: 1,
  answerCount: 1,
  authorityCount: 1,
  additionalCount: 1,
  questions: [question],
  answers: [addresses[0]],
  authorities: [addresses[1]],
  additionals: [addresses[2]],
  wire: sections.slice(54),
};
const badRecords = [5, 'x', [5], [{ name: 'a' }], [{ name: 'a', type: 'A', data: 'x' }]];
const records = { good: [], bad: badRecords, setter: false };
const others = {
  questions: {
    good: [[{ ...question, name: 'other.example' }], [{ ...question, class: 77, type: 4711 }]],
    bad: [5, [{}], [{ name: '' }, { name: 5 }], [{ name: 'a', type: 'NOPE' }]],
    setter: false,
  },
  answers: { ...records, good: [[{ ...addresses[0], data: '192.0.2.9' }]] },
  authorities: { ...records, good: [[{ ...addresses[1], type: 'PTR' }]] },
  additionals: { ...records, good: [[{ ...addresses[2], class: 'CH', cacheFlush: true }]] },
  wire: { good: [sections.slice(54)], bad: [5, 'wire', [1]], setter: false },
};

headerContract({
  protocol: dnsProtocol,
  View: DnsView,
  fixture: 'dns-sections',
  offset: 42,
  bytes: sections.length - 42,
  fields: sectionFields,
  others,
  shrinks: true,
  // A mere part of what is there, or the root as Wireshark writes it.
  computedNames: ['dns.resp.class'],
});

headerContract({
  protocol: dnsTcpProtocol,
  View: DnsTcpView,
  fixture: 'dns-tcp',
  offset: 54,
  bytes: 31,
  fields: {
    ...sectionFields,
    length: 29,
    id: 0x1234,
    response: false,
    authoritative: false,
    recursionAvailable: false,
    questionCount: 1,
    answerCount: 0,
    authorityCount: 0,
    additionalCount: 0,
    answers: [],
    authorities: [],
    additionals: [],
    wire: fixture('dns-tcp').slice(68),
  },
  others: {
    ...others,
    answers: { ...records, good: [[]] },
    authorities: { ...records, good: [[]] },
    additionals: { ...records, good: [[]] },
    wire: { ...others.wire, good: [fixture('dns-tcp').slice(68)] },
  },
  fixed: ['length'],
});

const messageOf = (packet: Packet): DnsView => packet.layer('dns') as DnsView;
const fieldsOf = (name: string): DnsInput => {
  const spec = parse(fixture(name)).toSpec();
  return (spec.find((part) => (part as LayerSpec).layer?.startsWith('dns')) as LayerSpec).fields;
};
const built = (fields: DnsInput): DnsView =>
  messageOf(parse(build([ethernet(), ipv4(), udp(), dns(fields)])));

describe('a DNS message', () => {
  it('has its names read through pointers, and its own bytes kept', () => {
    const { lists } = messageOf(parse(fixture('dns-response')));
    expect(lists.questions).toEqual([{ name: 'www.example.com', type: 'A', class: 'IN' }]);
    expect(lists.answers).toEqual([
      { name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 300, data: 'web.example.com' },
      { name: 'web.example.com', type: 'A', class: 'IN', ttl: 60, data: '192.0.2.1' },
    ]);
    const { wire } = fieldsOf('dns-response');
    expect(wire).toEqual(fixture('dns-response').slice(54));
  });

  it('has no bytes of its own in a spec where writing its lists gives the same', () => {
    for (const name of ['dns-query', 'dns-sections', 'dns-types', 'dns-tcp', 'mdns']) {
      expect(fieldsOf(name), name).not.toHaveProperty('wire');
      expect(fieldsOf(name), name).not.toHaveProperty('questionCount');
    }
  });

  it('is written anew where an item is edited, and keeps its bytes where only a flag is', () => {
    const json = packetToJson(parse(fixture('dns-response')));
    const edit = (change: object): Uint8Array => {
      const layers = json.layers.map((layer) =>
        layer.layer === 'dns' ? { ...layer, ...change } : layer,
      );
      return build(partsFromJson(layers, json.payload, bindings));
    };
    const flag = edit({ id: 5 });
    expect(flag.slice(54)).toEqual(fixture('dns-response').slice(54));
    expect(messageOf(parse(flag)).id).toBe(5);
    const renamed = edit({ questions: [{ name: 'www.example.org' }] });
    const packet = parse(renamed);
    expect(packet.problems).toEqual([]);
    expect(messageOf(packet).questions[0]?.name).toBe('www.example.org');
    expect(messageOf(packet).answers).toEqual(messageOf(parse(fixture('dns-response'))).answers);
    expect(packet.layer('udp')?.length).toBeGreaterThan(packet.layer('ipv4')?.headerEnd ?? 0);
  });

  it('is written as dns-packet reads it', () => {
    const layer = built({
      id: 9,
      response: true,
      recursionDesired: true,
      questions: [{ name: 'example.com', type: 'MX' }],
      answers: [
        { name: 'example.com', type: 'MX', data: { preference: 5, exchange: 'mx.example.com' } },
        { name: 'example.com', type: 'TXT', data: ['one', 'two'] },
        { name: 'example.com', type: 'TXT', data: 'three' },
        { name: 'example.com', type: 'AAAA', data: '2001:db8::5', ttl: 7 },
      ],
    });
    const read = dnsPacket.decode(Buffer.from(layer.headerBytes));
    expect(read).toMatchObject({ id: 9, type: 'response', flag_rd: true });
    expect(read.questions).toEqual([{ name: 'example.com', type: 'MX', class: 'IN' }]);
    expect(read.answers).toMatchObject([
      { type: 'MX', data: { preference: 5, exchange: 'mx.example.com' } },
      { type: 'TXT', data: [Buffer.from('one'), Buffer.from('two')] },
      { type: 'TXT', data: [Buffer.from('three')] },
      { type: 'AAAA', data: '2001:db8::5', ttl: 7 },
    ]);
    expect(layer.answers.length).toBe(4);
  });

  it('can lie in its counts, and take any bytes behind its header', () => {
    expect(built({ questionCount: 9, questions: [{ name: 'a' }] })).toMatchObject({
      questionCount: 9,
      questions: [{ name: 'a', type: 'A', class: 'IN' }],
    });
    expect(built({ wire: Uint8Array.of(1, 2, 3) }).headerBytes.slice(12)).toEqual(
      Uint8Array.of(1, 2, 3),
    );
    expect(dnsMessageBytes({})).toBe(12);
  });

  it.each([
    [{ questions: [{ name: 'a..b' }] }, 'questions[0].name'],
    [{ questions: [{ name: 'x'.repeat(64) }] }, 'questions[0].name'],
    [{ questions: [{ name: `${'abc.'.repeat(64)}com` }] }, 'questions[0].name'],
    [{ questions: [{ name: 'a\\000' }] }, 'questions[0].name'],
    [{ questions: [{ name: 'a', class: 70000 }] }, 'questions[0].class'],
    [{ answers: [{ name: 'a', type: 'AAAA', data: '1.2.3.4.5' }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'MX', data: {} }] }, 'answers[0].data.preference'],
    [{ answers: [{ name: 'a', type: 'SRV', data: 'x' }] }, 'answers[0].data.priority'],
    [{ answers: [{ name: 'a', type: 'SOA', data: {} }] }, 'answers[0].data.mname'],
    [{ answers: [{ name: 'a', type: 'TXT', data: [] }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'TXT', data: ['x'.repeat(256)] }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'TXT', data: [5] }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'CAA', data: 'x' }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'A', data: new Uint8Array(65536) }] }, 'answers[0].data'],
    [{ answers: [{ name: 'a', type: 'A', ttl: -1, data: '1.1.1.1' }] }, 'answers[0].ttl'],
    [{ answers: [{ name: 'a', cacheFlush: 5, data: '1.1.1.1' }] }, 'answers[0].cacheFlush'],
    [{ answers: [{ name: 'a', type: true, data: '1.1.1.1' }] }, 'answers[0].type'],
    [{ answers: ['a'] }, 'answers[0].name'],
  ])('refuses %j', (fields, field) => {
    let thrown: unknown;
    try {
      build([dns(fields as DnsInput)]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ layer: 'dns', field });
  });

  it('reads each type that has a form, and bytes of the others', () => {
    const { answers, additionals } = messageOf(parse(fixture('dns-types')));
    expect(answers.map(({ type, data }) => [type, data])).toEqual([
      ['MX', { preference: 10, exchange: 'mail.example.com' }],
      ['TXT', ['hello', '', 'world']],
      ['SRV', { priority: 1, weight: 2, port: 5060, target: 'sip.example.com' }],
      [
        'SOA',
        {
          mname: 'ns.example.com',
          rname: 'admin.example.com',
          serial: 2026,
          refresh: 7200,
          retry: 3600,
          expire: 1209600,
          minimum: 300,
        },
      ],
      ['PTR', 'example.com'],
      ['DNAME', 'example.com'],
      ['NS', 'a.root-servers.net'],
      ['CAA', Uint8Array.from(Buffer.from('\0\x05issueca.test'))],
      ['A', '192.0.2.9'],
      [65280, Uint8Array.of(1, 2)],
    ]);
    expect(additionals[0]).toMatchObject({ name: '.', type: 'OPT', class: 1232, ttl: 0x8000 });
  });

  it('has the top bits of classes by name', () => {
    const layer = messageOf(parse(fixture('mdns')));
    expect(layer.questions[0]).toMatchObject({ class: 'IN', unicastResponse: true });
    expect(layer.authorities[0]).toMatchObject({ class: 'IN', cacheFlush: true });
    expect(protocolsOf(parse(fixture('mdns')))).toBe('eth:ethertype:ip:udp:mdns');
    expect(valuesOf(fixture('mdns'), 'dns.qry.class')).toEqual([1]);
    expect(valuesOf(fixture('mdns'), 'dns.qry.qu')[0]).not.toBe(0);
    expect(valuesOf(fixture('mdns'), 'dns.resp.cache_flush')[0]).not.toBe(0);
    expect(valuesOf(fixture('dns-query'), 'dns.qry.qu')).toEqual([]);
  });

  it('writes bytes of a name that are no text, dots and controls, so that they can be told', () => {
    const names = messageOf(parse(fixture('dns-odd-name'))).questions.map((q) => q.name);
    expect(names).toEqual(['a\\.b\\000\\255', 'bücher.example']);
    const only = built({ questions: [{ name: 'bücher.example.' }, { name: '.' }] });
    expect(only.questions.map((q) => q.name)).toEqual(['bücher.example', '.']);
  });

  it('is summed up', () => {
    const info = (name: string): string => {
      const packet = parse(fixture(name));
      const place = packet.places()[3] as never;
      return packet.layers[3]?.descriptor.summary(packet.layers[3] as never, place) ?? '';
    };
    expect(info('dns-query')).toBe('Standard query 0x1234 A example.com');
    expect(info('dns-response')).toBe(
      'Standard query response 0x1234 A www.example.com CNAME web.example.com A 192.0.2.1',
    );
    const failed = build([
      ethernet(),
      ipv4(),
      udp(),
      dns({ opcode: 9, rcode: 3, questions: [{ name: '.', type: 'NS' }] }),
    ]);
    const packet = parse(failed);
    const layer = messageOf(packet);
    expect(dnsProtocol.summary(layer, packet.places()[3] as never)).toBe(
      'Opcode 9 0x0000 No such name NS <Root>',
    );
    layer.rcode = 12;
    expect(dnsProtocol.summary(layer, packet.places()[3] as never)).toContain('Reply code 12');
  });
});

describe('a broken DNS message', () => {
  it.each([
    ['dns-pointer-loop', 'DNS_NAME', 54, 0],
    ['dns-pointer-chain', 'DNS_NAME', 54, 0],
    ['dns-label-past-end', 'DNS_RECORD_CUT', 54, 0],
    ['dns-label-type', 'DNS_LABEL_TYPE', 56, 0],
    ['dns-counts', 'DNS_COUNT_PAST_END', 46, 1],
    ['dns-bytes-after-end', 'DNS_BYTES_AFTER_END', 71, 1],
  ])('%s has its header, a problem and its place, and comes back', (name, code, at, count) => {
    const packet = parse(fixture(name));
    expect(packet.problems).toMatchObject([{ code, layer: 'dns', offset: at }]);
    expect(messageOf(packet).id).toBe(1);
    expect(messageOf(packet).questions.length).toBe(count);
    const spec = packet.toSpec();
    expect(spec[3]).toMatchObject({ layer: 'dns', bytes: undefined });
    expect(build(spec)).toEqual(fixture(name));
  });

  it('with 65,535 records in twelve bytes takes no longer than one without', () => {
    const start = performance.now();
    const frame = build([
      ethernet(),
      ipv4(),
      udp(),
      dns({ questionCount: 65535, answerCount: 65535, additionalCount: 65535 }),
    ]);
    const packet = parse(frame);
    expect(packet.problems).toMatchObject([{ code: 'DNS_COUNT_PAST_END', offset: 46 }]);
    expect(build(packet.toSpec())).toEqual(frame);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('made of pointers to pointers is read in bounded time', () => {
    // A chain of 32,000 pointers, and behind it as many records as fit whose names begin there.
    const wire = new Uint8Array(60_000);
    const view = new DataView(wire.buffer);
    let at = 0;
    for (let i = 0; i < 8_000; i++, at += 2) view.setUint16(at, 0xc000 | Math.max(12, at + 10));
    for (; at + 12 <= wire.length; at += 12) view.setUint16(at, 0xc000 | (12 + 15_998));
    const frame = build([ethernet(), ipv4(), udp(), dns({ answerCount: 65535, wire })]);
    const start = performance.now();
    const packet = parse(frame);
    expect(packet.problems.map((p) => p.code)).toContain('DNS_NAME');
    for (const { name } of dnsProtocol.names) valuesOf(frame, name);
    expect(build(packet.toSpec())).toEqual(frame);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('has data that is not of its type as bytes', () => {
    const packet = parse(fixture('dns-data'));
    expect(packet.problems).toMatchObject([{ code: 'DNS_DATA', offset: 77 }]);
    expect(messageOf(packet).answers.map((one) => one.data)).toEqual([
      Uint8Array.of(1, 2, 3),
      Uint8Array.of(1, 0x61, 0, 0),
    ]);
  });
});

describe('DNS in TCP', () => {
  it('is read as long as the segment holds whole messages', () => {
    const two = parse(fixture('dns-tcp-two'));
    expect(two.all('dnsTcp').map((layer) => layer.length)).toEqual([29, 29]);
    expect(protocolsOf(two)).toBe('eth:ethertype:ip:tcp:dns');
    const part = parse(fixture('dns-tcp-part'));
    expect(part.all('dnsTcp').length).toBe(1);
    expect(part.payload.length).toBe(12);
    expect(part.problems).toMatchObject([{ code: 'DNS_MESSAGE_CUT', offset: 85 }]);
  });

  it('has its length and port computed', () => {
    const frame = build([
      ethernet(),
      ipv4(),
      tcp(),
      dnsTcp({ questions: [{ name: 'example.com' }] }),
      dnsTcp({ length: 40, id: 7 }),
    ]);
    const packet = parse(frame);
    expect(packet.layer('tcp')?.dstPort).toBe(53);
    expect(packet.layer('dnsTcp')).toMatchObject({ length: 29, id: 0 });
    expect(packet.all('dnsTcp').length).toBe(1);
    expect(build(packet.toSpec())).toEqual(frame);
  });

  it('has its problems where they are', () => {
    const wire = Uint8Array.of(1, 0x61, 0, 0, 1, 0, 1, 9);
    const packet = parse(
      build([ethernet(), ipv4(), tcp({ flags: ['ACK'] }), dnsTcp({ questionCount: 1, wire })]),
    );
    expect(packet.problems).toMatchObject([
      { code: 'DNS_BYTES_AFTER_END', layer: 'dnsTcp', offset: 54 + 2 + 12 + 7 },
    ]);
  });
});

describe('the names of DNS', () => {
  const of = (name: string, frame = 'dns-types') => valuesOf(fixture(frame), `dns.${name}`);

  it('are those of what records hold', () => {
    expect(of('mx.preference')).toEqual([10]);
    expect(of('mx.mail_exchange')).toEqual(['mail.example.com']);
    expect(of('txt')).toEqual(['hello', '', 'world']);
    expect(of('txt.length')).toEqual([5, 0, 5]);
    expect(['priority', 'weight', 'port'].map((name) => of(`srv.${name}`)[0])).toEqual([
      1, 2, 5060,
    ]);
    expect(of('srv.target')).toEqual(['sip.example.com']);
    expect(of('soa.mname')).toEqual(['ns.example.com']);
    expect(of('soa.rname')).toEqual(['admin.example.com']);
    expect(of('soa.serial_number')).toEqual([2026]);
    expect(of('soa.minimum_ttl')).toEqual([300]);
    expect(of('ptr.domain_name')).toEqual(['example.com']);
    expect(of('ns')).toEqual(['a.root-servers.net']);
    expect(of('a')).toEqual(['192.0.2.9']);
    expect(of('aaaa', 'dns-sections')).toEqual(['2001:db8::1']);
    expect(of('cname', 'dns-response')).toEqual(['web.example.com']);
  });

  it('have the name of an SRV record in three parts, and the root in words', () => {
    expect(of('srv.service')).toEqual(['_sip']);
    expect(of('srv.proto')).toEqual(['_tcp']);
    expect(of('srv.name')).toEqual(['example.com']);
    expect(of('resp.name').length).toBe(10);
    expect(of('resp.name').filter((name) => name === '<Root>').length).toBe(2);
  });

  it('have the class and the time of an OPT record as what they are there', () => {
    expect(of('rr.udp_payload_size')).toEqual([1232]);
    expect(of('resp.z')).toEqual([0x8000]);
    expect(of('resp.edns0_version')).toEqual([0]);
    expect(of('resp.ext_rcode')).toEqual([0]);
    expect(of('resp.ttl').length).toBe(10);
    expect(of('resp.class').length).toBe(10);
  });

  it('leave out what is cut or no name', () => {
    expect(of('qry.name', 'dns-pointer-loop')).toEqual([]);
    expect(of('qry.name.len', 'dns-pointer-loop')).toEqual([]);
    expect(of('count.labels', 'dns-pointer-loop')).toEqual([]);
    expect(of('qry.type', 'dns-pointer-loop')).toEqual([1]);
    const loop = Uint8Array.of(0xc0, 0x0c, 0, 33, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0);
    const srv = build([ethernet(), ipv4(), udp(), dns({ answerCount: 1, wire: loop })]);
    expect(valuesOf(srv, 'dns.srv.service')).toEqual([]);
    expect(valuesOf(srv, 'dns.srv.port')).toEqual([]);
    expect(messageOf(parse(srv)).answers).toEqual([]);
    // A SOA record whose names are none, or whose numbers are cut.
    const soa = (data: number[]): Uint8Array => {
      const wire = Uint8Array.from([0, 0, 6, 0, 1, 0, 0, 0, 0, 0, data.length, ...data]);
      return build([ethernet(), ipv4(), udp(), dns({ answerCount: 1, wire })]);
    };
    for (const data of [
      [0xc0, 23, ...new Array(20).fill(0)],
      [0, 3, 0x61, 0x61, 0x61, 0, ...new Array(16).fill(0)],
    ]) {
      expect(valuesOf(soa(data), 'dns.soa.minimum_ttl')).toEqual([]);
      expect(parse(soa(data)).problems).toMatchObject([{ code: 'DNS_DATA' }]);
    }
    expect(valuesOf(soa([0xc0, 23, ...new Array(20).fill(0)]), 'dns.soa.rname')).toEqual([]);
  });

  it('are in a form of its own for texts that are none', () => {
    const wire = Uint8Array.of(0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, 0xff);
    const frame = build([ethernet(), ipv4(), udp(), dns({ answerCount: 1, wire })]);
    expect(valuesOf(frame, 'dns.txt')).toEqual(['']);
    expect(messageOf(parse(frame)).answers[0]?.data).toEqual(Uint8Array.of(1, 0xff));
  });
});
