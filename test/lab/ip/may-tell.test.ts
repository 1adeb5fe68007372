/** Of which packets a host sends ICMP errors, and of which nobody hears (RFC 1812 §4.3.2.7). */
import { describe, expect, it } from 'vitest';
import { build, ethernet, icmp, ipv4, parse, udp } from '../../../src/index.js';
import { Host, Router } from '../../../src/lab/host.js';
import { mayTell } from '../../../src/lab/ip/may-tell.js';
import { Lab } from '../../../src/lab/lab.js';

const A_MAC = 'aa:aa:aa:aa:aa:aa';
const R_MAC = 'ba:bb:bb:bb:bb:bb';
const A = '10.0.1.9';
const R = '10.0.1.1';
const FAR = '10.0.3.9';
/** In a network of the router's. */
const NEAR = '10.0.2.9';

type Ip = Parameters<typeof ipv4>[0];

/** A router between two networks, the second by links of `mtu` bytes, and what it tells A. */
function router(mtu = 1500) {
  const lab = new Lab();
  const r = new Router(lab, 'R', {
    interfaces: {
      eth0: { mac: R_MAC, address: `${R}/24`, mtu },
      eth1: { address: '10.0.2.1/24' },
    },
  });
  const a = new Host(lab, 'A', { interfaces: { eth0: { mac: A_MAC, address: `${A}/24`, mtu } } });
  lab.connect(a.port('eth0'), r.port('eth0'));
  const told: string[] = [];
  const lengths: number[] = [];
  lab.watch({
    settled: ({ from, bytes }) => {
      const packet = parse(bytes);
      const message = packet.layer('icmp');
      if (from.device !== r || message === undefined) return;
      told.push(`${message.type}/${message.code}`);
      lengths.push(packet.layer('ipv4')?.length ?? 0);
    },
  });
  const framed = (ip: Ip, behind: Uint8Array, dst = R_MAC): Uint8Array =>
    build([ethernet({ src: A_MAC, dst }), ipv4(ip), behind]);
  /** Has a packet come to the router; answers what it says. */
  const send = (ip: Ip, behind: Uint8Array, dst = R_MAC): string[] => {
    told.length = 0;
    r.port('eth0').receive(lab.frames.of(framed(ip, behind, dst)));
    lab.run();
    return [...told];
  };
  /** The same question without the way there. */
  const may = (ip: Ip, behind: Uint8Array, dst = R_MAC): boolean => {
    const frame = lab.frames.of(framed(ip, behind, dst));
    frame.network = frame.start + 14;
    return mayTell(r.ip, frame);
  };
  return { lab, r, send, may, lengths };
}

const DATAGRAM = build([udp({ srcPort: 1, dstPort: 9 }), new Uint8Array(8)]);

describe('a host or router', () => {
  it('says what went wrong of a packet to itself, and of one that it would have forwarded', () => {
    const { send } = router();
    expect(send({ src: A, dst: R, protocol: 17 }, DATAGRAM)).toEqual(['3/3']);
    expect(send({ src: A, dst: R, protocol: 253 }, DATAGRAM)).toEqual(['3/2']);
    expect(send({ src: A, dst: FAR, protocol: 17 }, DATAGRAM)).toEqual(['3/0']);
    expect(send({ src: A, dst: NEAR, protocol: 17, ttl: 1 }, DATAGRAM)).toEqual(['11/0']);
  });

  it.each(['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01'])(
    'says nothing of a packet to it alone in a frame to %s',
    (mac) => {
      const { send, may } = router();
      expect(send({ src: A, dst: R, protocol: 17 }, DATAGRAM, mac)).toEqual([]);
      expect(send({ src: A, dst: R, protocol: 253 }, DATAGRAM, mac)).toEqual([]);
      expect(may({ src: A, dst: R, protocol: 17 }, DATAGRAM, mac)).toBe(false);
    },
  );

  it.each(['255.255.255.255', '224.0.0.1', '239.255.255.255', '10.0.1.255', '10.0.2.255'])(
    'says nothing of a packet to %s',
    (dst) => {
      const { send, may } = router();
      expect(send({ src: A, dst, protocol: 17 }, DATAGRAM)).toEqual([]);
      expect(may({ src: A, dst, protocol: 17 }, DATAGRAM)).toBe(false);
    },
  );

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '10.0.1.255',
    // Of its other network: what looks for martians at this port does not know it.
    '10.0.2.255',
  ])('says nothing to %s', (src) => {
    const { send, may } = router();
    for (const dst of [R, FAR]) expect(send({ src, dst, protocol: 17 }, DATAGRAM)).toEqual([]);
    expect(may({ src, dst: FAR, protocol: 17 }, DATAGRAM)).toBe(false);
  });

  it('says it to class E, which Linux takes for hosts', () => {
    expect(router().may({ src: '240.0.0.1', dst: FAR, protocol: 17 }, DATAGRAM)).toBe(true);
  });

  it('says it to itself', () => {
    const { r, lab } = router();
    const codes: number[] = [];
    const listener = { datagram: () => {}, failed: () => codes.push(1) };
    r.udp.bind(5000, listener).send(0x7f000001, 9, DATAGRAM);
    r.udp.bind(5001, listener).send(0x0a000101, 9, DATAGRAM);
    lab.run();
    expect(codes).toEqual([1, 1]);
  });

  it('says it of the first fragment of a packet and of no other', () => {
    const { send } = router();
    const piece = { src: A, dst: NEAR, protocol: 17, ttl: 1 };
    expect(send({ ...piece, moreFragments: true }, DATAGRAM)).toEqual(['11/0']);
    expect(send({ ...piece, moreFragments: true, fragmentOffset: 2 }, DATAGRAM)).toEqual([]);
    expect(send({ ...piece, fragmentOffset: 4 }, DATAGRAM)).toEqual([]);
  });

  it('says it of ICMP questions and answers, and not of errors and what it does not know', () => {
    const { may } = router();
    const told = Array.from({ length: 256 }, (_, type) => type).filter((type) =>
      may({ src: A, dst: FAR, protocol: 1 }, Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0)),
    );
    expect(told).toEqual([0, 8, 13, 14, 15, 16, 17, 18]);
    expect(may({ src: A, dst: FAR, protocol: 1 }, new Uint8Array(0))).toBe(false);
  });

  it('never answers an error by an error', () => {
    const { send } = router();
    const quote = build([ipv4({ src: FAR, dst: A, protocol: 17 }), DATAGRAM]);
    const error = build([icmp({ type: 3, code: 3 }), quote]);
    expect(send({ src: A, dst: NEAR, protocol: 1, ttl: 1 }, error)).toEqual([]);
    const echo = build([icmp({ type: 8, code: 0 }), new Uint8Array(8)]);
    expect(send({ src: A, dst: NEAR, protocol: 1, ttl: 1 }, echo)).toEqual(['11/0']);
  });

  it.each([68, 300, 1500])('quotes as much as fits %i bytes, and 576 at most', (mtu) => {
    const { send, lengths } = router(mtu);
    const long = build([udp({ srcPort: 1, dstPort: 9 }), new Uint8Array(1000)]);
    send({ src: A, dst: R, protocol: 17 }, long);
    expect(lengths).toEqual([Math.min(mtu, 576)]);
  });
});
