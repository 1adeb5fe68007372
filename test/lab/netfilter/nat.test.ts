import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { icmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { datagram, INSIDE, OTHER, PUBLIC, router, segment, WEB } from './support.js';

const FAR = '203.0.113.8';
const MASQUERADE = '-t nat -A POSTROUTING -o out -j MASQUERADE';
const PORTS = '-t nat -A POSTROUTING -o out -p udp -j MASQUERADE --to-ports 40001-40003';

describe('ports of masquerading', () => {
  it('stay as they are where they are free, and go to the next where not', () => {
    const { send } = router([MASQUERADE]);
    expect(send('in', INSIDE, WEB, ...datagram(5000, 80))).toEqual([
      `out ${PUBLIC}:5000 → ${WEB}:80`,
    ]);
    expect(send('in', OTHER, WEB, ...datagram(5000, 80))).toEqual([
      `out ${PUBLIC}:5001 → ${WEB}:80`,
    ]);
    // To somebody else the port of the other is free; and who has one keeps it.
    expect(send('in', INSIDE, FAR, ...datagram(5001, 80))).toEqual([
      `out ${PUBLIC}:5001 → ${FAR}:80`,
    ]);
    expect(send('in', OTHER, FAR, ...datagram(5000, 81))).toEqual([
      `out ${PUBLIC}:5001 → ${FAR}:81`,
    ]);
    expect(send('out', WEB, PUBLIC, ...datagram(80, 5000))).toEqual([
      `in ${WEB}:80 → ${INSIDE}:5000`,
    ]);
    expect(send('out', WEB, PUBLIC, ...datagram(80, 5001))).toEqual([
      `in ${WEB}:80 → ${OTHER}:5000`,
    ]);
  });

  it('below 1024 stay below', () => {
    const { send } = router([MASQUERADE]);
    send('in', INSIDE, WEB, ...datagram(500, 80));
    expect(send('in', OTHER, WEB, ...datagram(500, 80))).toEqual([`out ${PUBLIC}:501 → ${WEB}:80`]);
    send('in', INSIDE, WEB, ...datagram(1023, 80));
    expect(send('in', OTHER, WEB, ...datagram(1023, 80))).toEqual([
      `out ${PUBLIC}:600 → ${WEB}:80`,
    ]);
  });

  it('of a range are given in order, the same source the same, and then there are none', () => {
    const { lab, netfilter, send } = router([PORTS]);
    const ask = (src: string, port: number) => send('in', src, WEB, ...datagram(port, 80));
    expect(ask(INSIDE, 54321)).toEqual([`out ${PUBLIC}:40001 → ${WEB}:80`]);
    expect(ask(INSIDE, 54322)).toEqual([`out ${PUBLIC}:40002 → ${WEB}:80`]);
    expect(send('in', INSIDE, FAR, ...datagram(54321, 80))).toEqual([
      `out ${PUBLIC}:40001 → ${FAR}:80`,
    ]);
    // One that is in the range already keeps its port.
    expect(ask(OTHER, 40003)).toEqual([`out ${PUBLIC}:40003 → ${WEB}:80`]);
    expect(ask(OTHER, 1)).toEqual([]);
    expect(netfilter.conntrack.live.length).toBe(4);
    lab.runFor(31 * SECOND);
    expect(ask(OTHER, 1)).toEqual([`out ${PUBLIC}:40003 → ${WEB}:80`]);
  });

  it('are drawn by chance where a rule says so, the same for the same seed', () => {
    const draw = () => {
      const { send } = router([`${PORTS.replace('40003', '49999')} --random`]);
      return [1, 2, 3].flatMap((port) => send('in', INSIDE, WEB, ...datagram(port, 80)));
    };
    expect(draw()).toEqual(draw());
    expect(new Set(draw()).size).toBe(3);
    expect(draw()).not.toContain(`out ${PUBLIC}:40001 → ${WEB}:80`);
  });

  it('of echoes are their identifiers', () => {
    const { send } = router([MASQUERADE]);
    const ping = (src: string) =>
      send('in', src, WEB, icmp({ type: 8, identifier: 7, sequence: 1 }));
    const pong = (identifier: number) =>
      send('out', WEB, PUBLIC, icmp({ type: 0, identifier, sequence: 1 }));
    expect(ping(INSIDE)).toEqual([`out ${PUBLIC} id 7 → ${WEB} icmp 8/0`]);
    expect(ping(OTHER)).toEqual([`out ${PUBLIC} id 8 → ${WEB} icmp 8/0`]);
    expect(pong(8)).toEqual([`in ${WEB} id 7 → ${OTHER} icmp 0/0`]);
    expect(pong(7)).toEqual([`in ${WEB} id 7 → ${INSIDE} icmp 0/0`]);
  });
});

describe('errors', () => {
  it('from outside and from inside are translated in header and quote', () => {
    const { send } = router([PORTS]);
    send('in', INSIDE, WEB, ...datagram(54321, 80));
    const quote = (src: string, srcPort: number, dst: string, dstPort: number) =>
      build([ipv4({ src, dst }), udp({ srcPort, dstPort }), new Uint8Array(5)]);
    const error = icmp({ type: 3, code: 3 });
    expect(send('out', FAR, PUBLIC, error, quote(PUBLIC, 40001, WEB, 80))).toEqual([
      `in ${FAR} → ${INSIDE} about ${INSIDE}:54321 → ${WEB}:80 icmp 3/3`,
    ]);
    send('out', WEB, PUBLIC, ...datagram(80, 40001));
    expect(send('in', INSIDE, WEB, error, quote(WEB, 80, INSIDE, 54321))).toEqual([
      `out ${PUBLIC} → ${WEB} about ${WEB}:80 → ${PUBLIC}:40001 icmp 3/3`,
    ]);
    const redirect = icmp({ type: 5, code: 1, gateway: '203.0.113.1' });
    expect(send('out', FAR, PUBLIC, redirect, quote(PUBLIC, 40001, WEB, 80))).toEqual([]);
  });
});

describe('destinations', () => {
  it('are redirected and answer under the name that was asked for', () => {
    const { send } = router([
      `-t nat -A PREROUTING -i out -p tcp --dport 80 -j DNAT --to-destination ${INSIDE}:8080`,
    ]);
    expect(send('out', WEB, PUBLIC, ...segment(1234, 80, 'SYN'))).toEqual([
      `in ${WEB}:1234 → ${INSIDE}:8080 SYN`,
    ]);
    expect(send('in', INSIDE, WEB, ...segment(8080, 1234, 'SYN', 'ACK'))).toEqual([
      `out ${PUBLIC}:80 → ${WEB}:1234 ACK SYN`,
    ]);
  });

  it('are reached from inside by the public address, and back (hairpin)', () => {
    const { send } = router([
      `-t nat -A PREROUTING -d ${PUBLIC} -p udp --dport 80 -j DNAT --to-destination ${INSIDE}:8080`,
      '-t nat -A POSTROUTING -s 192.168.1.0/24 -d 192.168.1.0/24 -j MASQUERADE',
    ]);
    expect(send('in', OTHER, PUBLIC, ...datagram(5000, 80))).toEqual([
      `in 192.168.1.1:5000 → ${INSIDE}:8080`,
    ]);
    expect(send('in', INSIDE, '192.168.1.1', ...datagram(8080, 5000))).toEqual([
      `in ${PUBLIC}:80 → ${OTHER}:5000`,
    ]);
  });

  it('are spread over several by the addresses, or with --persistent by the source alone', () => {
    const spread = (more: string) => {
      const { send } = router([
        `-t nat -A PREROUTING -i out -j DNAT --to-destination ${INSIDE}-${OTHER}${more}`,
      ]);
      const names = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((host) =>
        send('out', WEB, `198.51.100.${host}`, ...datagram(1, 80)),
      );
      return new Set(names.map((name) => name.split(' → ')[1]));
    };
    expect(spread('').size).toBe(2);
    expect(spread(' --persistent').size).toBe(1);
  });

  it('of what the host itself sends are redirected to itself', () => {
    const lab = new Lab();
    const host = new Host(lab, 'H', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
    const netfilter = new Netfilter(host.ip);
    netfilter.iptables('-t nat -A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 5353');
    const seen: string[] = [];
    const server = host.udp.bind(5353, {
      datagram(frame, _data, from, port) {
        seen.push('asked');
        frame.release();
        // As a server does that has more than one address: from the one that it was asked at.
        server.send(from, port, new Uint8Array(4), { src: addressOf('127.0.0.1') });
      },
    });
    const client = host.udp.bind(1000, {
      datagram(frame, _data, from, port) {
        seen.push(`answered by ${from === addressOf('10.0.0.99') ? '10.0.0.99' : from}:${port}`);
        frame.release();
      },
    });
    client.send(addressOf('10.0.0.99'), 53, new Uint8Array(4));
    lab.run();
    expect(seen).toEqual(['asked', 'answered by 10.0.0.99:53']);
    expect(netfilter.conntrack.live.length).toBe(1);
    const [line] = netfilter.conntrack.print();
    expect(line).toContain('dst=10.0.0.99 sport=1000 dport=53 src=127.0.0.1 dst=10.0.0.1');
  });
});

describe('fragments', () => {
  it('are put together before they are translated, and cut again', () => {
    const { r, stations, send, lab } = router([PORTS]);
    const port = r.port('in');
    const whole = build([
      ethernet({ src: '02:00:00:00:00:aa', dst: port.macText }),
      ipv4({ src: INSIDE, dst: WEB, id: 9 }),
      udp({ srcPort: 54321, dstPort: 80 }),
      Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff),
    ]);
    const data = whole.subarray(34);
    const piece = (from: number, to: number) =>
      build([
        ethernet({ src: '02:00:00:00:00:aa', dst: port.macText }),
        ipv4({
          src: INSIDE,
          dst: WEB,
          id: 9,
          protocol: 17,
          fragmentOffset: from / 8,
          moreFragments: to < data.length,
        }),
        data.subarray(from, to),
      ]);
    const station = stations.in.port('eth0');
    station.send(lab.frames.of(piece(1480, data.length)));
    lab.run();
    expect(stations.out.received).toEqual([]);
    station.send(lab.frames.of(piece(0, 1480)));
    lab.run();
    const [first, second] = stations.out.received.map((bytes) => parse(bytes));
    expect(stations.out.received.length).toBe(2);
    expect([first?.layer('ipv4')?.moreFragments, first?.layer('udp')?.srcPort]).toEqual([
      true,
      40001,
    ]);
    expect(second?.layer('ipv4')?.src).toBe(PUBLIC);
    // The datagram that the pieces make is as it would have been made outside.
    const made = build([
      ipv4({ src: PUBLIC, dst: WEB }),
      udp({ srcPort: 40001, dstPort: 80 }),
      Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff),
    ]).subarray(20);
    const got = stations.out.received.flatMap((bytes) => [...bytes.subarray(34)]);
    expect(got).toEqual([...made]);
    expect(send('out', WEB, PUBLIC, ...datagram(80, 40001))).toContain(
      `in ${WEB}:80 → ${INSIDE}:54321`,
    );
  });
});

it('a router that answers for itself does so from the address that was asked', () => {
  const { send } = router([MASQUERADE]);
  expect(send('in', INSIDE, PUBLIC, icmp({ type: 8, identifier: 1, sequence: 1 }))).toEqual([
    `in ${PUBLIC} id 1 → ${INSIDE} icmp 0/0`,
  ]);
});
