/** How many ICMP errors a host sends to another: six at once, then one a second. */
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/index.js';
import { Clock, MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host, type HostOptions } from '../../../src/lab/host.js';
import { ErrorRate } from '../../../src/lab/ip/error-rate.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';

const PEER = 0x0a000001;

/** Of how many tries errors of that kind may go. */
function allowed(rate: ErrorRate, tries: number, type = 3, code = 3, peer = PEER): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (rate.allows(peer, type, code)) count++;
  return count;
}

describe('ICMP errors to a peer', () => {
  it('go six at once, and then one a second, up to six after a pause', () => {
    const clock = new Clock();
    const rate = new ErrorRate(clock, SECOND);
    expect(allowed(rate, 20)).toBe(6);
    clock.runUntil(SECOND - 1);
    expect(allowed(rate, 20)).toBe(0);
    clock.runUntil(SECOND);
    expect(allowed(rate, 20)).toBe(1);
    clock.runUntil(3.5 * SECOND);
    expect(allowed(rate, 20)).toBe(2);
    clock.runUntil(4 * SECOND);
    expect(allowed(rate, 20)).toBe(1);
    clock.runUntil(100 * SECOND);
    expect(allowed(rate, 20)).toBe(6);
  });

  it('count for each peer by itself, whatever they say', () => {
    const rate = new ErrorRate(new Clock(), SECOND);
    expect(allowed(rate, 4, 3, 3) + allowed(rate, 4, 11, 0)).toBe(6);
    expect(allowed(rate, 9, 3, 3, PEER + 1)).toBe(6);
  });

  it('are not held up where the path MTU is found by them, nor where there is no limit', () => {
    const rate = new ErrorRate(new Clock(), SECOND);
    expect(allowed(rate, 100, 3, 4)).toBe(100);
    // Only what `icmp_ratemask` names is limited: 5 is a redirect.
    expect(allowed(rate, 100, 5, 0)).toBe(100);
    expect(allowed(rate, 100, 12, 0)).toBe(6);
    expect(allowed(new ErrorRate(new Clock(), 0), 100)).toBe(100);
  });

  it('forget the oldest of many peers', () => {
    const rate = new ErrorRate(new Clock(), SECOND);
    for (let i = 0; i < 4096; i++) allowed(rate, 6, 3, 3, PEER + i);
    expect(allowed(rate, 1)).toBe(0);
    expect(allowed(rate, 6, 3, 3, PEER + 4096)).toBe(6);
    expect(allowed(rate, 1)).toBe(1);
  });
});

describe('a host whose port nobody listens at', () => {
  /** Has A send ten datagrams to each of two ports in a second; answers when B has said so. */
  function flood(options: HostOptions): { times: number[]; limited: number; own: number } {
    const lab = new Lab();
    const host = (name: string, address: string, more: HostOptions = {}): Host =>
      new Host(lab, name, { interfaces: { eth0: { address } }, ...more });
    const a = host('A', '10.0.0.1/24');
    const b = host('B', '10.0.0.2/24', options);
    lab.connect(a.port('eth0'), b.port('eth0'));
    const times: number[] = [];
    lab.watch({
      settled: ({ bytes, time }) => {
        if (parse(bytes).layer('icmp') !== undefined) times.push(time / MILLISECOND);
      },
    });
    const socket = a.udp.bind(0);
    for (let i = 0; i < 20; i++) {
      const send = () => socket.send(addressOf('10.0.0.2'), 9 + (i % 2), new Uint8Array(4));
      lab.clock.call(i * 100 * MILLISECOND, send);
    }
    // What it tells itself is not limited.
    let own = 0;
    const deaf = { datagram: () => {}, failed: () => own++ };
    const loop = b.udp.bind(0, deaf);
    for (let i = 0; i < 20; i++) loop.send(addressOf('10.0.0.2'), 9, new Uint8Array(4));
    lab.run();
    return { times, limited: b.ip.counters.icmpLimited, own };
  }

  it('says so six times at once, and once a second from then on', () => {
    const { times, limited, own } = flood({});
    expect(times).toEqual([0, 100, 200, 300, 400, 500, 1000]);
    expect([limited, own]).toEqual([13, 20]);
  });

  it('says so each time where no limit is set', () => {
    const { times, limited } = flood({ icmpRateLimit: 0 });
    expect([times.length, limited]).toEqual([20, 0]);
  });
});
