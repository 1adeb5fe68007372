import { describe, expect, it } from 'vitest';
import { parseIpv4, parseMac } from '../../../src/bytes/address.js';
import { Clock, SECOND } from '../../../src/lab/clock.js';
import { highOf, lowOf } from '../../../src/lab/mac-map.js';
import { Remote } from '../../../src/lab/tunnel/remote.js';
import { VtepTable } from '../../../src/lab/tunnel/vtep-table.js';

const MAC = parseMac('fe:dc:ba:98:76:54');
const HIGH = highOf(MAC);
const LOW = lowOf(MAC);

function remote(text: string): Remote {
  return new Remote({
    kind: 'vxlan',
    local: parseIpv4('10.0.0.1'),
    address: parseIpv4(text),
    port: 4789,
    ttl: 64,
    dontFragment: false,
    checksum: 'zero',
  });
}

describe('the table of a tunnel', () => {
  const [two, three] = [remote('10.0.0.2'), remote('10.0.0.3')];

  it('learns, is told of moves, and forgets what has been silent for long enough', () => {
    const clock = new Clock();
    const table = new VtepTable(clock, 10 * SECOND);
    expect(table.learn(HIGH, LOW, two)).toBe('new');
    expect(table.learn(HIGH, LOW, two)).toBe('known');
    expect(table.learn(HIGH, LOW, three)).toBe('moved');
    expect(table.find(HIGH, LOW)).toBe(three);
    clock.runUntil(8 * SECOND);
    expect(table.learn(HIGH, LOW, three)).toBe('known');
    clock.runUntil(18 * SECOND);
    expect(table.entry(MAC)?.remote).toBe(three);
    clock.runUntil(18 * SECOND + 1);
    expect(table.entry(MAC)).toBeUndefined();
    expect(table.print('eth0')).toEqual([]);
    expect(table.find(HIGH, LOW)).toBeUndefined();
    expect(table.learn(HIGH, LOW, two)).toBe('new');
  });

  it('keeps for ever what it was told to, and what was set', () => {
    const clock = new Clock();
    const patient = new VtepTable(clock, 0);
    patient.learn(HIGH, LOW, two);
    const table = new VtepTable(clock);
    table.set(MAC, two);
    clock.runUntil(1_000_000 * SECOND);
    expect(patient.find(HIGH, LOW)).toBe(two);
    expect(table.find(HIGH, LOW)).toBe(two);
    expect(table.learn(HIGH, LOW, three)).toBe('refused');
    expect(table.print('eth0')).toEqual(['fe:dc:ba:98:76:54 dst 10.0.0.2 self permanent']);
    expect(table.delete(MAC)).toBe(true);
    expect(table.delete(MAC)).toBe(false);
  });

  it('lets what a control plane said be corrected by what is seen', () => {
    const table = new VtepTable(new Clock());
    table.set(MAC, two, 'extern_learn');
    expect(table.print('eth0')).toEqual(['fe:dc:ba:98:76:54 dst 10.0.0.2 self extern_learn']);
    expect(table.learn(HIGH, LOW, two)).toBe('known');
    expect(table.learn(HIGH, LOW, three)).toBe('moved');
    expect(table.print('eth0')).toEqual(['fe:dc:ba:98:76:54 dst 10.0.0.3 self']);
  });

  it('learns no more than it was told to, until what is old makes room', () => {
    const clock = new Clock();
    const table = new VtepTable(clock, 10 * SECOND, 3);
    for (const low of [1, 2, 3]) expect(table.learn(HIGH, low, two)).toBe('new');
    expect(table.learn(HIGH, 4, two)).toBe('full');
    expect(table.find(HIGH, 4)).toBeUndefined();
    // What is there is still found, and moves; what is set does not count.
    expect(table.learn(HIGH, 3, three)).toBe('moved');
    table.set(MAC, two);
    expect(table.learned).toBe(3);
    clock.runUntil(9 * SECOND);
    expect(table.learn(HIGH, 2, two)).toBe('known');
    clock.runUntil(11 * SECOND);
    expect(table.learn(HIGH, 4, two)).toBe('new');
    expect(table.print('eth0')).toHaveLength(3);
    expect(table.learned).toBe(2);
  });

  it('counts what it learned, however it is set, moved and forgotten', () => {
    const clock = new Clock();
    const table = new VtepTable(clock, 10 * SECOND);
    table.learn(HIGH, LOW, two);
    expect(table.learned).toBe(1);
    table.set(MAC, two, 'extern_learn');
    expect(table.learned).toBe(0);
    table.learn(HIGH, LOW, three);
    expect(table.learned).toBe(1);
    clock.runUntil(11 * SECOND);
    expect(table.find(HIGH, LOW)).toBeUndefined();
    expect(table.learned).toBe(0);
    table.learn(HIGH, LOW, two);
    expect([table.delete(MAC), table.delete(MAC), table.learned]).toEqual([true, false, 0]);
  });

  it('learns 16,384 addresses where nothing is said, and any number where 0 is', () => {
    const tables = [new VtepTable(new Clock()), new VtepTable(new Clock(), SECOND, 0)];
    for (const table of tables) for (let i = 0; i < 17_000; i++) table.learn(HIGH, i, two);
    expect(tables.map((table) => table.learned)).toEqual([16_384, 17_000]);
  });
});
