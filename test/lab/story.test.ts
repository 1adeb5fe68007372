import { describe, expect, it } from 'vitest';
import {
  arp,
  build,
  dns,
  dot1q,
  ethernet,
  geneve,
  icmp,
  ipv4,
  securityPolicyId,
  tcp,
  udp,
  vxlan,
} from '../../src/index.js';
import { Device } from '../../src/lab/device.js';
import { Host } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import { Diagram, explained, Story, Storyteller } from '../../src/lab/story.js';
import { frameText } from '../../src/lab/words.js';

describe('a story', () => {
  it('names participants as Mermaid takes them, and escapes what Mermaid would read', () => {
    const lab = new Lab();
    const story = new Story();
    lab.watch(story);
    const names = ['end', 'A-1', 'A1', '→'];
    const devices = names.map((name) => new Device(lab, name));
    for (const device of devices) device.note('a; b # c\nd');
    lab.remark([devices[2] as Device, devices[0] as Device], 'from the first to the last');
    expect(story.diagram()).toEqual([
      'sequenceDiagram',
      '    autonumber',
      '    participant end1 as end',
      '    participant A1 as A-1',
      '    participant A1_2 as A1',
      '    participant D as →',
      '    Note over end1: a#59; b #35; c<br/>d',
      '    Note over A1: a#59; b #35; c<br/>d',
      '    Note over A1_2: a#59; b #35; c<br/>d',
      '    Note over D: a#59; b #35; c<br/>d',
      '    Note over end1,A1_2: from the first to the last',
    ]);
  });

  it('gives no participant a word of Mermaid as its name', () => {
    const lab = new Lab();
    const story = new Story();
    lab.watch(story);
    const names = ['alt', 'Note', 'participant', 'e-n-d', 'end', 'end1', 'endpoint', 'A_end'];
    for (const name of names) new Device(lab, name).note('here');
    const made = story.diagram().flatMap((line) => / participant (\S+) as/.exec(line)?.[1] ?? []);
    expect(made).toEqual([
      'alt1',
      'Note1',
      'participant1',
      'end1',
      'end1_2',
      'end1_3',
      'endpoint',
      'Aend',
    ]);
  });

  it('keeps whatever a text says on its line, and without control characters', () => {
    const lab = new Lab();
    const story = new Story();
    lab.watch(story);
    const a = new Device(lab, 'A', { title: 'a\rb' });
    a.note('1\r\n2\r3\u20284\u00855\t6\u001b[31m\u00007 %%{init: {}}%% 100%');
    expect(story.diagram().slice(2)).toEqual([
      '    participant A as a<br/>b',
      '    Note over A: 1<br/>2<br/>3<br/>4<br/>5 6\ufffd[31m\ufffd7 #37;%{init: {}}#37;% 100%',
    ]);
    expect(story.explain()).toEqual([
      '      a, b: 1, 2, 3, 4, 5 6\ufffd[31m\ufffd7 %%{init: {}}%% 100%',
    ]);
  });

  it('crosses out what the link lost, and says why', () => {
    const lab = new Lab();
    const story = new Story();
    lab.watch(story);
    const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
    const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
    new Device(lab, 'silent');
    const link = lab.connect(a.port('eth0'), b.port('eth0'), { name: 'cable' });
    link.forth.loseNext();
    a.ping('10.0.0.2');
    lab.runFor(1);
    expect(story.diagram().slice(2)).toEqual([
      '    participant A as A<br/>10.0.0.1',
      '    participant B as B<br/>10.0.0.2',
      '    Note over A: Need MAC for 10.0.0.2',
      '    A-xB: ARP Request (Broadcast)<br/>"Who has 10.0.0.2?"',
    ]);
    expect(story.explain()).toEqual([
      '      A: Need MAC for 10.0.0.2',
      '   1  0.000000  A → B: ARP Request (Broadcast), "Who has 10.0.0.2?" (lost on the link)',
      '      42 bytes on cable: ethernet / arp',
    ]);
  });
});

describe('a story that is told while the run goes on', () => {
  it('is the one that is told afterwards', () => {
    const lab = new Lab();
    const story = new Story();
    const told: string[] = [];
    const diagram = new Diagram();
    const teller = new Storyteller((step) => {
      told.push(...explained(step));
      diagram.add(step);
    });
    lab.watch(story);
    lab.watch(teller);
    new Device(lab, 'silent');
    const a = new Host(lab, 'A-1', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
    const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
    const link = lab.connect(a.port('eth0'), b.port('eth0'), { name: 'cable' });
    a.ping('10.0.0.2', { count: 700 });
    lab.run();
    // Made late, with a name that is as good as the one of another.
    new Device(lab, 'A1').note('here\nI am');
    link.forth.loseNext();
    a.ping('10.0.0.2');
    lab.runFor(1);
    expect(told).toEqual(story.explain().slice(0, -2));
    teller.catchUp();
    expect(told).toEqual(story.explain());
    expect(told.at(-2)).toContain('(lost on the link)');
    const lines = [...diagram.lines()];
    expect(lines).toEqual(story.diagram());
    expect(lines.slice(2, 5)).toEqual([
      '    participant A1 as A-1<br/>10.0.0.1',
      '    participant B as B<br/>10.0.0.2',
      '    participant A1_2 as A1',
    ]);
    expect(lines.length).toBe(5 + story.steps.length);
    expect(lines).toContain('    Note over A1_2: here<br/>I am');
    expect(lines.at(-1)).toMatch(/^ {4}A1-xB: /);
  });
});

describe('the words for a frame', () => {
  const front = [ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' })];
  const inner = [ethernet(), ipv4(), udp({ srcPort: 1, dstPort: 2 }), 'hello'];
  const cases: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'Frame'],
    [
      'an ARP reply',
      build([
        ethernet(),
        arp({ operation: 2, senderHardware: 'ba:bb:bb:bb:bb:bb', senderProtocol: '192.168.1.20' }),
      ]),
      'ARP Reply\n"192.168.1.20 = BA:BB:BB:BB:BB:BB"',
    ],
    [
      'an announcement',
      build([
        ethernet(),
        arp({ operation: 1, senderProtocol: '10.0.0.1', targetProtocol: '10.0.0.1' }),
      ]),
      'ARP Announcement\n"10.0.0.1 is mine"',
    ],
    ['UDP', build([...front, udp({ srcPort: 5, dstPort: 6 }), 'abc']), 'UDP 5 → 6 (3 bytes)'],
    [
      'a tag',
      build([ethernet(), dot1q({ vid: 10 }), ipv4(), udp({ srcPort: 5, dstPort: 6 })]),
      'VLAN 10: UDP 5 → 6 (0 bytes)',
    ],
    ['a SYN', build([...front, tcp({ seq: 100, flags: ['SYN'] })]), 'SYN (seq=100)'],
    [
      'a SYN-ACK',
      build([...front, tcp({ seq: 300, ack: 101, flags: ['SYN', 'ACK'] })]),
      'SYN-ACK (seq=300, ack=101)',
    ],
    ['an ACK', build([...front, tcp({ ack: 301, flags: ['ACK'] })]), 'ACK (ack=301)'],
    [
      'data',
      build([...front, tcp({ seq: 101, ack: 301, flags: ['ACK', 'PSH'] }), 'abc']),
      'Data (seq=101, 3 bytes)',
    ],
    [
      'a zero window',
      build([...front, tcp({ ack: 9, flags: ['ACK'], window: 0 })]),
      'ACK (ack=9, win=0)',
    ],
    ['a reset', build([...front, tcp({ seq: 7, flags: ['RST'], window: 0 })]), 'RST (seq=7)'],
    [
      'what an ICMP error quotes is not what it is about',
      build([...front, icmp({ type: 3, code: 3 }), ...front.slice(1), udp({ dstPort: 9 })]),
      'Destination Port Unreachable',
    ],
    [
      'DNS',
      build([
        ...front,
        udp({ dstPort: 53 }),
        dns({ id: 1, questions: [{ name: 'example.com', type: 'A', class: 'IN' }] }),
      ]),
      'Standard query 0x0001 A example.com',
    ],
    [
      'VXLAN',
      build([...front, udp(), vxlan({ vni: 5000 }), ...inner]),
      'UDP Packet\nOuter: 10.0.0.1 → 10.0.0.2\nVNI: 5000\nInner: L2 Frame, UDP 1 → 2 (5 bytes)',
    ],
    [
      'Geneve',
      build([
        ...front,
        udp(),
        geneve({ vni: 7, options: [securityPolicyId('policy-xyz-123')] }),
        ...inner,
      ]),
      'Geneve packet\nOuter: 10.0.0.1 → 10.0.0.2\nVNI: 7\nTLV: policy\nInner: L2 Frame, UDP 1 → 2 (5 bytes)',
    ],
  ];
  for (const [name, bytes, text] of cases) {
    it(`are the guide's: ${name}`, () => {
      expect(frameText(bytes)).toBe(text);
    });
  }
});
