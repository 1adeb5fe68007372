/** Fragments whose others never come: who tells the sender, and when (RFC 1122 §3.3.2). */
import { describe, expect, it } from 'vitest';
import { build, ethernet, ipv4, parse, udp } from '../../../src/index.js';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import { SECOND } from '../../../src/lab/clock.js';
import { Host, Router } from '../../../src/lab/host.js';
import { isLaterFragment } from '../../../src/lab/ip/packet.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import type { IcmpError } from '../../../src/lab/ip/transport.js';
import { Lab } from '../../../src/lab/lab.js';
import { BrNetfilter } from '../../../src/lab/netfilter/br-netfilter.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import type { Crossing, Note } from '../../../src/lab/recorder.js';
import { patterned } from '../../support/tcp-pipe.js';

const A = '10.0.1.9';
const B = '10.0.2.9';
const SHARED = '02:00:00:00:00:99';

/** A, router, B, over links of 600 bytes. They know each other already. */
function routed() {
  const lab = new Lab();
  const host = (name: string, address: string, gateway: string): Host => {
    const made = new Host(lab, name, { interfaces: { eth0: { address: `${address}/24` } } });
    made.ip.addRoute('default', { via: gateway });
    return made;
  };
  const a = host('A', A, '10.0.1.1');
  const b = host('B', B, '10.0.2.1');
  const r = new Router(lab, 'R', {
    interfaces: { eth0: { address: '10.0.1.1/24' }, eth1: { address: '10.0.2.1/24' } },
  });
  const near = lab.connect(a.port('eth0'), r.port('eth0'), { mtu: 600 });
  lab.connect(r.port('eth1'), b.port('eth0'), { mtu: 600 });
  a.ping(B);
  lab.run();
  const frames: Crossing[] = [];
  const notes: Note[] = [];
  lab.watch({ settled: (one) => frames.push(one), noted: (one) => notes.push(one) });
  /** The errors that left that host. */
  const errors = (name: string) =>
    frames
      .filter(({ from }) => from.device.name === name)
      .map(({ time, bytes }) => ({ time, layers: parse(bytes).all('ipv4'), packet: parse(bytes) }))
      .filter(({ packet }) => packet.layer('icmp')?.type === 11);
  return { lab, a, b, r, near, notes, errors };
}

/** Has nothing but the first fragments come to a host. */
function loseLater(host: Host): void {
  const port = host.port('eth0');
  const { handler } = port;
  port.handler = {
    receive: (to, frame) => {
      frame.network = frame.start + 14;
      const isIpv4 = frame.view.getUint16(frame.start + 12) === 0x0800;
      if (isIpv4 && isLaterFragment(frame)) frame.release();
      else handler?.receive(to, frame);
    },
  };
}

/** Hands a port the fragment at `offset` of a UDP datagram of 96 bytes that A sends. */
function inject(host: Host, port: string, dst: string, offset: number, src = A): void {
  const whole = build([udp({ srcPort: 1, dstPort: 9, length: 96 }), new Uint8Array(88)]);
  const piece = whole.slice(offset, offset + 32);
  const place = { id: 7, moreFragments: offset < 64, fragmentOffset: offset / 8, protocol: 17 };
  const to = host.port(port).macText;
  host
    .port(port)
    .receive(
      host.lab.frames.of(
        build([ethernet({ src: SHARED, dst: to }), ipv4({ src, dst, ...place }), piece]),
      ),
    );
}

describe('a host that misses fragments', () => {
  it('tells the sender after 30 s, and ping says it', () => {
    const { lab, a, b, notes, errors } = routed();
    loseLater(b);
    const start = lab.clock.now;
    const ping = a.ping(B, { size: 1400, timeout: 60 * SECOND });
    lab.run();
    expect(ping.print()).toEqual([`From ${B} icmp_seq=1 Frag reassembly time exceeded`]);
    expect(ping.answers).toMatchObject([{ kind: 'error', time: 30 * SECOND }]);
    const told = errors('B');
    expect(told.map(({ time }) => time - start)).toEqual([30 * SECOND]);
    expect(told[0]?.packet.layer('icmp')).toMatchObject({ type: 11, code: 1 });
    const [outer, quoted] = told[0]?.layers ?? [];
    expect(outer).toMatchObject({ src: B, dst: A, length: 576 });
    expect(quoted).toMatchObject({ src: A, dst: B, moreFragments: true, fragmentOffset: 0 });
    expect(notes.map(({ text }) => text)).toContain(
      'Fragments are missing after 30 s: drop, tell the sender',
    );
    expect([b.ip.counters.reasmTimeout, b.ip.counters.reasmOks]).toEqual([1, 0]);
  });

  it('tells it to what has sent a datagram', () => {
    const { lab, a, b } = routed();
    loseLater(b);
    const heard: [number, IcmpError][] = [];
    const listener = {
      datagram: () => {},
      failed: (_to: number, port: number, error: IcmpError) => heard.push([port, error]),
    };
    a.udp.bind(5000, listener).send(addressOf(B), 9, patterned(1000));
    lab.runFor(31 * SECOND);
    expect(heard).toEqual([[9, { type: 11, code: 1, mtu: 0, from: addressOf(B) }]]);
  });

  it('tells nobody where the first of them is missing, too', () => {
    const { lab, a, b, near, errors } = routed();
    near.forth.loseNext();
    const ping = a.ping(B, { size: 1400, timeout: 60 * SECOND });
    lab.run();
    expect(ping.answers).toMatchObject([{ kind: 'timeout' }]);
    expect(errors('B')).toEqual([]);
    expect(b.ip.counters.reasmTimeout).toBe(1);
  });

  it('waits 30 s from the first to come, whichever that is, and for each packet by itself', () => {
    const { lab, b, errors } = routed();
    const start = lab.clock.now;
    inject(b, 'eth0', B, 32);
    lab.runFor(20 * SECOND);
    inject(b, 'eth0', B, 0);
    inject(b, 'eth0', B, 0, '10.0.1.10');
    lab.runFor(29 * SECOND);
    expect(errors('B').map(({ time }) => time - start)).toEqual([30 * SECOND]);
    // Its time begins anew with what comes too late.
    inject(b, 'eth0', B, 64);
    lab.runFor(29 * SECOND);
    expect(errors('B').map(({ time }) => time - start)).toEqual([30 * SECOND, 50 * SECOND]);
    expect(b.ip.counters.reasmTimeout).toBe(2);
    lab.runFor(SECOND);
    expect(b.ip.counters.reasmTimeout).toBe(3);
  });

  it('has forgotten what became whole', () => {
    const { lab, a, b } = routed();
    const ping = a.ping(B, { size: 1400 });
    lab.runFor(60 * SECOND);
    expect(ping.ok).toBe(true);
    expect(b.ip.counters.reasmTimeout).toBe(0);
  });

  it('makes no run wait for them', () => {
    const { lab, b } = routed();
    const start = lab.clock.now;
    inject(b, 'eth0', B, 0);
    lab.run();
    expect(lab.clock.now).toBe(start);
  });

  it('tells nobody of fragments that overlap', () => {
    const { lab, b, errors } = routed();
    inject(b, 'eth0', B, 0);
    inject(b, 'eth0', B, 24);
    lab.runFor(31 * SECOND);
    expect(errors('B')).toEqual([]);
  });

  it('tells nobody of what was for all, or for a group', () => {
    const { lab, b, errors } = routed();
    const { port } = b.ip.interfaceOf(b.port('eth0'));
    b.ip.interfaceOf(port).joinGroup(addressOf('239.1.2.3'));
    for (const dst of ['10.0.2.255', '255.255.255.255', '239.1.2.3']) inject(b, 'eth0', dst, 0);
    lab.runFor(31 * SECOND);
    expect(errors('B')).toEqual([]);
    expect(b.ip.counters.reasmTimeout).toBe(3);
  });
});

describe('connection tracking that misses fragments', () => {
  it('tells nobody of what it would have forwarded', () => {
    const { lab, r, errors } = routed();
    new Netfilter(r.ip);
    inject(r, 'eth0', B, 0);
    lab.runFor(31 * SECOND);
    expect(errors('R')).toEqual([]);
    expect(r.ip.counters.reasmTimeout).toBe(1);
  });

  it('tells the sender of what was for the host itself', () => {
    const { lab, r, errors } = routed();
    new Netfilter(r.ip);
    inject(r, 'eth0', '10.0.1.1', 0);
    lab.runFor(31 * SECOND);
    expect(errors('R').map(({ layers }) => layers[0]?.dst)).toEqual([A]);
    // Not where the source is its own.
    inject(r, 'eth0', '10.0.1.1', 0, '10.0.2.1');
    lab.runFor(31 * SECOND);
    expect(errors('R').length).toBe(1);
    expect(r.ip.counters.reasmTimeout).toBe(2);
  });

  it('on a bridge, does the same', () => {
    const lab = new Lab();
    const node = new Router(lab, 'N', { interfaces: { a: {}, b: {} } });
    const bridge = new Bridge(node, 'br0');
    for (const name of ['a', 'b']) {
      // The bridge's ports have no IP stack above them.
      node.port(name).handler = undefined;
      bridge.addPort(node.port(name));
    }
    node.addAddresses(bridge.self, '10.0.1.1/24');
    new BrNetfilter(new Netfilter(node.ip)).attach(bridge);
    const a = new Host(lab, 'A', { interfaces: { eth0: { address: `${A}/24` } } });
    lab.connect(a.port('eth0'), node.port('a'));
    const types: (number | undefined)[] = [];
    lab.watch({ settled: ({ bytes }) => types.push(parse(bytes).layer('icmp')?.type) });
    inject(node, 'a', '10.0.1.77', 0);
    lab.runFor(31 * SECOND);
    expect(types).not.toContain(11);
    inject(node, 'a', '10.0.1.1', 0);
    lab.runFor(31 * SECOND);
    expect(types).toContain(11);
    expect(node.ip.counters.reasmTimeout).toBe(2);
  });
});
