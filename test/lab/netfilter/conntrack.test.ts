import { describe, expect, it } from 'vitest';
import { icmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { build } from '../../../src/packet/build.js';
import { datagram, INSIDE, router, segment, WEB } from './support.js';

const ONLY_KNOWN = [
  '-A FORWARD -m conntrack --ctstate INVALID -j DROP',
  '-A FORWARD -i out -m conntrack ! --ctstate ESTABLISHED,RELATED -j DROP',
];

describe('UDP', () => {
  it('is remembered 30 s, answered or not, and 120 s once it is a stream', () => {
    const { lab, netfilter, send } = router();
    const seconds = () => Number(netfilter.conntrack.print()[0]?.split(/ +/)[2]);
    send('in', INSIDE, WEB, ...datagram(5000, 7000));
    expect(netfilter.conntrack.print()).toEqual([
      'udp      17 30 src=192.168.1.10 dst=203.0.113.9 sport=5000 dport=7000 [UNREPLIED] src=203.0.113.9 dst=192.168.1.10 sport=7000 dport=5000 mark=0 use=1',
    ]);
    send('out', WEB, INSIDE, ...datagram(7000, 5000));
    send('in', INSIDE, WEB, ...datagram(5000, 7000));
    expect(seconds()).toBe(30);
    lab.runFor(3 * SECOND);
    send('out', WEB, INSIDE, ...datagram(7000, 5000));
    expect(netfilter.conntrack.print()).toEqual([
      'udp      17 120 src=192.168.1.10 dst=203.0.113.9 sport=5000 dport=7000 src=203.0.113.9 dst=192.168.1.10 sport=7000 dport=5000 [ASSURED] mark=0 use=1',
    ]);
    lab.runFor(119 * SECOND);
    expect(seconds()).toBe(1);
    lab.runFor(SECOND);
    expect(netfilter.conntrack.print()).toEqual([]);
  });

  it('from outside passes only as an answer, and as long as it is remembered', () => {
    const { lab, send } = router(ONLY_KNOWN);
    expect(send('out', WEB, INSIDE, ...datagram(7000, 5000))).toEqual([]);
    send('in', INSIDE, WEB, ...datagram(5000, 7000));
    expect(send('out', WEB, INSIDE, ...datagram(7000, 5000)).length).toBe(1);
    expect(send('out', WEB, INSIDE, ...datagram(7001, 5000))).toEqual([]);
    lab.runFor(30 * SECOND + MILLISECOND);
    expect(send('out', WEB, INSIDE, ...datagram(7000, 5000))).toEqual([]);
  });

  it('with a wrong checksum or length is invalid, unless checksums are not looked at', () => {
    const bad = [udp({ srcPort: 1, dstPort: 2, checksum: 0x1234 }), new Uint8Array(4)];
    const strict = router(['-A FORWARD -m conntrack --ctstate INVALID -j DROP']);
    strict.send('in', INSIDE, WEB, ...bad);
    expect(strict.stations.out.received).toEqual([]);
    strict.send('in', INSIDE, WEB, udp({ srcPort: 1, dstPort: 2, length: 99 }), new Uint8Array(4));
    expect(strict.stations.out.received).toEqual([]);
    expect(strict.netfilter.conntrack.invalid).toBe(2);
    const lax = router([], { conntrack: { checksum: false } });
    expect(() => lax.send('in', INSIDE, WEB, ...bad)).toThrow('checksum');
    expect(lax.netfilter.conntrack.print().length).toBe(1);
  });
});

describe('TCP', () => {
  it('goes from state to state, each with its time', () => {
    const { netfilter, send } = router();
    const state = () => netfilter.conntrack.print()[0]?.split(/ +/).slice(2, 4).join(' ');
    const out = (...flags: Parameters<typeof segment>[2][]) => {
      send('in', INSIDE, WEB, ...segment(54321, 80, ...flags));
      return state();
    };
    const back = (...flags: Parameters<typeof segment>[2][]) => {
      send('out', WEB, INSIDE, ...segment(80, 54321, ...flags));
      return state();
    };
    expect(out('SYN')).toBe('120 SYN_SENT');
    expect(back('SYN', 'ACK')).toBe('60 SYN_RECV');
    expect(out('ACK')).toBe('432000 ESTABLISHED');
    expect(netfilter.conntrack.print()[0]).toContain('[ASSURED]');
    expect(out('FIN', 'ACK')).toBe('120 FIN_WAIT');
    expect(back('ACK')).toBe('60 CLOSE_WAIT');
    expect(back('FIN', 'ACK')).toBe('30 LAST_ACK');
    expect(out('ACK')).toBe('120 TIME_WAIT');
    expect(out('SYN')).toBe('120 SYN_SENT');
    expect(netfilter.conntrack.print()[0]).toContain('[UNREPLIED]');
    // A reset as the only answer: there was no connection.
    expect(back('RST', 'ACK')).toBe(undefined);
  });

  it('that nobody saw begin is picked up, or not (nf_conntrack_tcp_loose)', () => {
    const drop = ['-A FORWARD -m conntrack --ctstate INVALID -j DROP'];
    const loose = router(drop);
    expect(loose.send('in', INSIDE, WEB, ...segment(1, 80, 'ACK')).length).toBe(1);
    const strict = router(drop, { conntrack: { tcpLoose: false } });
    expect(strict.send('in', INSIDE, WEB, ...segment(1, 80, 'ACK'))).toEqual([]);
    expect(strict.send('in', INSIDE, WEB, ...segment(1, 80, 'SYN')).length).toBe(1);
    expect(strict.send('in', INSIDE, WEB, ...segment(1, 80, 'SYN', 'FIN'))).toEqual([]);
    expect(strict.send('out', WEB, INSIDE, ...segment(80, 1, 'ACK', 'FIN'))).toEqual([]);
  });
});

describe('ICMP', () => {
  it('answers are of the question, and nothing else that looks like one', () => {
    const { netfilter, send } = router(ONLY_KNOWN);
    const message = (type: 0 | 8, identifier: number) => icmp({ type, identifier, sequence: 1 });
    expect(send('out', WEB, INSIDE, message(0, 7))).toEqual([]);
    send('in', INSIDE, WEB, message(8, 7));
    expect(netfilter.conntrack.print()).toEqual([
      'icmp     1 30 src=192.168.1.10 dst=203.0.113.9 type=8 code=0 id=7 [UNREPLIED] src=203.0.113.9 dst=192.168.1.10 type=0 code=0 id=7 mark=0 use=1',
    ]);
    expect(send('out', WEB, INSIDE, message(0, 7)).length).toBe(1);
    expect(send('out', WEB, INSIDE, message(0, 8))).toEqual([]);
  });

  it('errors are related to what they quote, where they tell its sender', () => {
    const { send } = router(ONLY_KNOWN);
    const about = (src: string, srcPort: number) =>
      build([ipv4({ src, dst: WEB }), udp({ srcPort, dstPort: 7000 }), new Uint8Array(5)]);
    const error = icmp({ type: 3, code: 1 });
    expect(send('out', '203.0.113.8', INSIDE, error, about(INSIDE, 5000))).toEqual([]);
    send('in', INSIDE, WEB, ...datagram(5000, 7000));
    const told = send('out', '203.0.113.8', INSIDE, error, about(INSIDE, 5000));
    expect(told.length).toBe(1);
    expect(send('out', '203.0.113.8', INSIDE, error, about(INSIDE, 5001))).toEqual([]);
    expect(send('out', '203.0.113.8', '192.168.1.11', error, about(INSIDE, 5000))).toEqual([]);
    expect(send('out', '203.0.113.8', INSIDE, error, about(INSIDE, 5000).subarray(0, 22))).toEqual(
      [],
    );
  });
});

describe('the table', () => {
  it('gives up what is not assured where it is full, then drops what is new', () => {
    const { lab, netfilter, send } = router([], { conntrack: { max: 3 } });
    const assure = (port: number): void => {
      send('in', INSIDE, WEB, ...datagram(port, 7000));
      send('out', WEB, INSIDE, ...datagram(7000, port));
      lab.runFor(3 * SECOND);
      send('in', INSIDE, WEB, ...datagram(port, 7000));
    };
    assure(1);
    assure(2);
    send('in', INSIDE, WEB, ...datagram(3, 7000));
    expect(send('in', INSIDE, WEB, ...datagram(4, 7000)).length).toBe(1);
    const ports = netfilter.conntrack.live.map(({ original }) => original.srcPort);
    expect(ports).toEqual([1, 2, 4]);
    assure(4);
    expect(send('in', INSIDE, WEB, ...datagram(5, 7000))).toEqual([]);
    expect(netfilter.conntrack.table.dropped).toBe(1);
    expect(send('in', INSIDE, WEB, ...datagram(1, 7000)).length).toBe(1);
  });

  it('holds no more than what is alive, however many there were', () => {
    const { lab, netfilter, send } = router([], { conntrack: { max: 5000 } });
    for (let i = 0; i < 3000; i++) {
      send('in', INSIDE, WEB, ...datagram(1024 + i, 7000));
      lab.runFor(SECOND);
    }
    expect(netfilter.conntrack.live.length).toBe(29);
    expect(netfilter.conntrack.table.size).toBeLessThan(100);
  });

  it('finds each of thousands, both ways', () => {
    const { netfilter, send } = router(ONLY_KNOWN);
    for (let i = 0; i < 1500; i++) send('in', INSIDE, WEB, ...datagram(1024 + i, 7000));
    expect(netfilter.conntrack.live.length).toBe(1500);
    for (let i = 0; i < 1500; i += 100) {
      expect(send('out', WEB, INSIDE, ...datagram(7000, 1024 + i)).length).toBe(1);
    }
    netfilter.conntrack.table.flush();
    expect(netfilter.conntrack.print()).toEqual([]);
    expect(send('out', WEB, INSIDE, ...datagram(7000, 1024))).toEqual([]);
  });
});

it('what is not to be tracked has the state UNTRACKED and no entry', () => {
  const { netfilter, send } = router([
    '-t raw -A PREROUTING -p udp --dport 7000 -j NOTRACK',
    '-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP',
  ]);
  expect(send('in', INSIDE, WEB, ...datagram(1, 7000))).toEqual([]);
  expect(send('in', INSIDE, WEB, ...datagram(1, 7001)).length).toBe(1);
  expect(netfilter.conntrack.live.map(({ original }) => original.dstPort)).toEqual([7001]);
});
