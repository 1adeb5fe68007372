import { describe, expect, it } from 'vitest';
import { Device } from '../../src/lab/device.js';
import type { Frame } from '../../src/lab/frame.js';
import { Lab } from '../../src/lab/lab.js';
import type { Link, LinkOptions } from '../../src/lab/link.js';
import type { Port } from '../../src/lab/port.js';
import type { Crossing } from '../../src/lab/recorder.js';

interface Bench {
  lab: Lab;
  link: Link;
  a: Port;
  b: Port;
  /** What arrives at B: the time, and the byte that numbers the frame. */
  arrived: { time: number; id: number }[];
  send(id: number, bytes?: number): void;
}

function bench(options: LinkOptions, seed = 1): Bench {
  const lab = new Lab({ seed });
  const a = new Device(lab, 'A').addPort('eth0');
  const b = new Device(lab, 'B').addPort('eth0');
  const arrived: Bench['arrived'] = [];
  b.handler = {
    receive: (_port: Port, frame: Frame) => {
      arrived.push({ time: lab.clock.now, id: frame.view.getUint8(frame.start + 14) });
      frame.release();
    },
  };
  const link = lab.connect(a, b, options);
  const send = (id: number, bytes = 100): void => {
    const frame = lab.frames.acquire(bytes);
    frame.view.setUint16(frame.start + 12, 0x0800);
    frame.view.setUint8(frame.start + 14, id);
    a.send(frame);
  };
  return { lab, link, a, b, arrived, send };
}

describe('a link', () => {
  it('that is cut sends what is on it, and nothing of its queue', () => {
    const { lab, link, a, arrived, send } = bench({ bandwidth: 1_000_000, latency: 1000 });
    for (let i = 1; i <= 5; i++) send(i);
    link.up = false;
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([1]);
    expect(a.txDropped).toBe(4);
    link.up = true;
    send(6);
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([1, 6]);
  });

  it('takes its latency, and the time of the bits where it has a bandwidth', () => {
    const { lab, arrived, send } = bench({ latency: 1000, bandwidth: 100_000_000 });
    send(1);
    send(2);
    lab.run();
    // 100 bytes at 100 Mbit/s are 8 µs; the second waits for the first.
    expect(arrived).toEqual([
      { time: 9000, id: 1 },
      { time: 17_000, id: 2 },
    ]);
  });

  it('drops what the queue has no room for', () => {
    const { lab, link, a, arrived, send } = bench({ bandwidth: 1_000_000, queue: 2 });
    for (let id = 1; id <= 5; id++) send(id);
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect([link.forth.overflowed, a.txDropped]).toEqual([2, 2]);
  });

  it('loses, doubles and delays as often as it was told, and counts it', () => {
    const { lab, link, arrived, send } = bench({ loss: 0.1, duplicate: 0.05, reorder: 0.02 });
    for (let i = 0; i < 10_000; i++) send(i & 0xff);
    lab.run();
    const { lost, duplicated, reordered } = link.forth;
    expect(lost).toBeGreaterThan(900);
    expect(lost).toBeLessThan(1100);
    expect(duplicated).toBeGreaterThan(380);
    expect(duplicated).toBeLessThan(520);
    expect(reordered).toBeGreaterThan(130);
    expect(reordered).toBeLessThan(230);
    expect(arrived).toHaveLength(10_000 - lost + duplicated);
  });

  it('loses the next frames where it is told to', () => {
    const { lab, link, arrived, send } = bench({});
    send(1);
    link.forth.loseNext(2);
    for (const id of [2, 3, 4]) send(id);
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([1, 4]);
    expect(link.forth.lost).toBe(2);
  });

  it('has the same luck for the same seed, and other luck for another', () => {
    const luck = (seed: number): number[] => {
      const { lab, arrived, send } = bench({ loss: 0.3 }, seed);
      for (let id = 0; id < 100; id++) send(id);
      lab.run();
      return arrived.map(({ id }) => id);
    };
    expect(luck(1)).toEqual(luck(1));
    expect(luck(1)).not.toEqual(luck(2));
  });

  it('does not carry what is longer than the MTU, one tag not counted', () => {
    const { lab, link, b, arrived, send } = bench({ mtu: 1400 });
    const crossings: Crossing[] = [];
    lab.watch({ settled: (one) => crossings.push(one) });
    send(1, 1414);
    send(2, 1415);
    const tagged = lab.frames.acquire(1418);
    tagged.view.setUint16(tagged.start + 12, 0x8100);
    tagged.view.setUint8(tagged.start + 14, 3);
    link.a.send(tagged);
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([1, 3]);
    expect([link.forth.tooLong, b.rxDropped]).toEqual([1, 1]);
    expect(crossings.map(({ lost }) => lost)).toEqual([
      '',
      'longer than the MTU of 1400 bytes at B:eth0',
      '',
    ]);
  });

  it('carries nothing while it is cut', () => {
    const { lab, link, a, arrived, send } = bench({});
    link.up = false;
    send(1);
    link.up = true;
    send(2);
    lab.run();
    expect(arrived.map(({ id }) => id)).toEqual([2]);
    expect(a.txDropped).toBe(1);
  });

  it('takes away what only the device before it knew', () => {
    const { lab, a, b } = bench({});
    let mark = -1;
    b.handler = {
      receive: (_port, frame) => {
        mark = frame.mark;
        frame.release();
      },
    };
    const frame = lab.frames.acquire(64);
    frame.mark = 7;
    a.send(frame);
    lab.run();
    expect(mark).toBe(0);
  });

  it('joins a port once', () => {
    const { lab, a } = bench({});
    const other = new Device(lab, 'C').addPort('eth0');
    expect(() => lab.connect(a, other)).toThrow('A:eth0 is connected already');
    expect(() => lab.connect(other, other)).toThrow('both ends of the link are C:eth0');
    expect(other.wire).toBeUndefined();
  });
});

describe('a frame', () => {
  it('can be released once', () => {
    const frame = new Lab().frames.acquire(64);
    frame.release();
    expect(() => frame.release()).toThrow('not owned');
  });

  it('comes in three sizes, and is used again', () => {
    const { frames } = new Lab();
    const small = frames.acquire(1514);
    small.release();
    expect(frames.acquire(60)).toBe(small);
    expect(frames.acquire(9014).bytes.length).toBeLessThan(10_000);
    expect(frames.acquire(65_535).length).toBe(65_535);
  });
});
