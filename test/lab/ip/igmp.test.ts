import { expect, it } from 'vitest';
import { parseIpv4 } from '../../../src/bytes/address.js';
import { SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { Crossing } from '../../../src/lab/recorder.js';
import { parse } from '../../../src/packet/parse.js';

it('says twice that an interface has joined a group, and twice that it has left it', () => {
  const lab = new Lab();
  const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
  lab.connect(a.port('eth0'), b.port('eth0'));
  const frames: Crossing[] = [];
  lab.watch({ crossed: (one) => frames.push(one) });
  const eth0 = a.ip.interfaceOf(a.port('eth0'));
  const group = parseIpv4('239.1.1.1');
  eth0.joinGroup(group);
  eth0.joinGroup(group);
  expect(eth0.hears(group)).toBe(true);
  lab.run();
  const joined = frames.length;
  eth0.leaveGroup(group);
  eth0.leaveGroup(group);
  expect(eth0.hears(group)).toBe(false);
  lab.run();
  expect(joined).toBe(2);
  // RFC 3376 §8.11: the second one within a second.
  for (const [first, second] of [frames.slice(0, 2), frames.slice(2)]) {
    const apart = (second?.time ?? Infinity) - (first?.time ?? 0);
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(SECOND);
  }
  expect(frames.map(({ text }) => text)).toEqual([
    'IGMP: join 239.1.1.1',
    'IGMP: join 239.1.1.1 (repeated)',
    'IGMP: leave 239.1.1.1',
    'IGMP: leave 239.1.1.1 (repeated)',
  ]);
  const packets = frames.map(({ bytes }) => parse(bytes));
  expect(packets.flatMap(({ problems }) => problems)).toEqual([]);
  expect(packets.map((packet) => packet.layer('igmp')?.message.records)).toMatchObject([
    [{ type: 4, group: '239.1.1.1' }],
    [{ type: 4, group: '239.1.1.1' }],
    [{ type: 3, group: '239.1.1.1' }],
    [{ type: 3, group: '239.1.1.1' }],
  ]);
  for (const packet of packets) {
    expect(packet.layer('ethernet')?.dst).toBe('01:00:5e:00:00:16');
    expect(packet.layer('ipv4')).toMatchObject({ src: '10.0.0.1', dst: '224.0.0.22', ttl: 1 });
    expect(packet.layer('ipv4')?.options).toEqual([{ kind: 'routerAlert', value: 0 }]);
  }
});

it('does not repeat what is no longer so', () => {
  const lab = new Lab();
  const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
  lab.connect(a.port('eth0'), b.port('eth0'));
  const texts: string[] = [];
  lab.watch({ crossed: ({ text }) => texts.push(text) });
  const eth0 = a.ip.interfaceOf(a.port('eth0'));
  eth0.joinGroup(parseIpv4('239.1.1.1'));
  lab.runFor(1);
  eth0.leaveGroup(parseIpv4('239.1.1.1'));
  lab.run();
  expect(texts).toEqual([
    'IGMP: join 239.1.1.1',
    'IGMP: leave 239.1.1.1',
    'IGMP: leave 239.1.1.1 (repeated)',
  ]);
});
