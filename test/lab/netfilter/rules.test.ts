import { describe, expect, it } from 'vitest';
import { icmp } from '../../../src/headers/icmp.js';
import { Host } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import { parse } from '../../../src/packet/parse.js';
import { datagram, INSIDE, OTHER, PUBLIC, router, segment, WEB } from './support.js';

/** Which of these ports get through. */
function through(
  rules: readonly string[],
  ports: readonly number[] = [1, 2, 3, 4, 5, 6],
): number[] {
  const { send } = router(rules);
  return ports.filter((port) => send('in', INSIDE, WEB, ...datagram(7, port)).length === 1);
}

describe('chains', () => {
  it('of the user are entered, left by RETURN and by their ends, and not come back from with -g', () => {
    const rules = (how: '-j' | '-g') => [
      '-N OURS',
      '-A OURS -p udp --dport 1 -j DROP',
      '-A OURS -p udp --dport 2 -j RETURN',
      '-A OURS -p udp --dport 2:3 -j DROP',
      `-A FORWARD ${how} OURS`,
      '-A FORWARD -p udp --dport 2 -j DROP',
      '-A FORWARD -p udp --dport 4 -j DROP',
    ];
    expect(through(rules('-j'))).toEqual([5, 6]);
    expect(through(rules('-g'))).toEqual([2, 4, 5, 6]);
  });

  it('fall back on their policies, and count what they decide', () => {
    const { send, netfilter } = router([
      '-P FORWARD DROP',
      '-A FORWARD -p udp --dport 1 -j ACCEPT',
    ]);
    send('in', INSIDE, WEB, ...datagram(7, 1));
    send('in', INSIDE, WEB, ...datagram(7, 2));
    send('in', INSIDE, WEB, ...datagram(7, 3));
    expect(netfilter.save('filter')).toEqual([
      '*filter',
      ':INPUT ACCEPT [0:0]',
      ':FORWARD DROP [2:66]',
      ':OUTPUT ACCEPT [0:0]',
      '[1:33] -A FORWARD -p udp -m udp --dport 1 -j ACCEPT',
      'COMMIT',
    ]);
    netfilter.iptables('-Z FORWARD');
    expect(netfilter.save('filter')[2]).toBe(':FORWARD DROP [0:0]');
  });
});

describe('matches', () => {
  it.each([
    ['-s 192.168.1.0/28 -j DROP', []],
    ['-s 192.168.1.11 -j DROP', [1, 2, 3]],
    ['! -d 203.0.113.9 -j DROP', [1, 2, 3]],
    ['-i in+ -o out -j DROP', []],
    ['! -i in -j DROP', [1, 2, 3]],
    ['-p tcp -j DROP', [1, 2, 3]],
    ['! -p tcp -j DROP', []],
    ['-p udp --dport 2: -j DROP', [1]],
    ['-p udp ! --dport 2 -j DROP', [2]],
    ['-p udp --sport :7 -j DROP', []],
    ['-p udp -m multiport --ports 3,7 -j DROP', []],
    ['-p udp -m multiport ! --dports 1:2 -j DROP', [1, 2]],
    ['-m ttl --ttl-gt 62 -j DROP', []],
    ['-m ttl ! --ttl-eq 63 -j DROP', [1, 2, 3]],
    ['-m statistic --mode nth --every 3 --packet 1 -j DROP', [1, 3]],
    ['-m statistic --mode random --probability 0 -j DROP', [1, 2, 3]],
    ['-m statistic --mode random --probability 1 -j DROP', []],
    ['-m conntrack --ctstate NEW -j DROP', []],
    ['-m conntrack --ctstate SNAT,DNAT -j DROP', [1, 2, 3]],
    ['-m physdev ! --physdev-is-bridged -j DROP', []],
  ])('%s', (rule, wanted) => {
    expect(through([`-A FORWARD ${rule}`], [1, 2, 3])).toEqual(wanted);
  });

  it('see marks, and what others have made of the header', () => {
    const rules = [
      '-t mangle -A PREROUTING -p udp --dport 1 -j MARK --set-mark 0x12',
      '-t mangle -A PREROUTING -p udp --dport 2 -j CONNMARK --set-mark 5',
      '-t mangle -A PREROUTING -p udp --dport 3 -j DSCP --set-dscp-class EF',
      '-t mangle -A PREROUTING -p udp --dport 4 -j TTL --ttl-set 9',
      '-A FORWARD -m mark --mark 0x2/0xf -j DROP',
      '-A FORWARD -m connmark --mark 5 -j DROP',
      '-A FORWARD -m tos --tos 0xb8 -j DROP',
      '-A FORWARD -m ttl --ttl-eq 8 -j DROP',
    ];
    expect(through(rules)).toEqual([5, 6]);
  });

  it('tell a connection that is translated', () => {
    const { send } = router([
      `-t nat -A PREROUTING -i out -p udp --dport 80 -j DNAT --to-destination ${INSIDE}`,
      '-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT',
      '-A FORWARD -i out -j DROP',
    ]);
    expect(send('out', WEB, PUBLIC, ...datagram(1, 80)).length).toBe(1);
    expect(send('out', WEB, INSIDE, ...datagram(1, 81))).toEqual([]);
  });

  it('read TCP flags and ICMP types', () => {
    const { send } = router([
      '-A FORWARD -p tcp --syn -j DROP',
      '-A FORWARD -p icmp --icmp-type echo-request -j DROP',
    ]);
    expect(send('in', INSIDE, WEB, ...segment(1, 2, 'SYN'))).toEqual([]);
    expect(send('in', INSIDE, WEB, ...segment(1, 2, 'SYN', 'ACK')).length).toBe(1);
    expect(send('in', INSIDE, WEB, ...segment(3, 4, 'ACK')).length).toBe(1);
    expect(send('in', INSIDE, WEB, icmp({ type: 8, identifier: 1, sequence: 1 }))).toEqual([]);
    expect(send('in', INSIDE, WEB, icmp({ type: 13, identifier: 1, sequence: 1 })).length).toBe(1);
  });
});

describe('REJECT', () => {
  it('tells the sender, by ICMP or by a reset, and remembers nothing of it', () => {
    const { send, netfilter } = router([
      '-A FORWARD -p udp --dport 1 -j REJECT',
      '-A FORWARD -p udp --dport 2 -j REJECT --reject-with host-prohib',
      '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
    ]);
    const about = `about ${INSIDE}:7 → ${WEB}`;
    expect(send('in', INSIDE, WEB, ...datagram(7, 1))).toEqual([
      `in 192.168.1.1 → ${INSIDE} ${about}:1 icmp 3/3`,
    ]);
    expect(send('in', INSIDE, WEB, ...datagram(7, 2))).toEqual([
      `in 192.168.1.1 → ${INSIDE} ${about}:2 icmp 3/10`,
    ]);
    expect(send('in', INSIDE, WEB, ...segment(7, 80, 'SYN'))).toEqual([
      `in ${WEB}:80 → ${INSIDE}:7 ACK RST`,
    ]);
    expect(send('in', INSIDE, WEB, ...segment(7, 80, 'ACK'))).toEqual([
      `in ${WEB}:80 → ${INSIDE}:7 RST`,
    ]);
    // Nobody answers a reset with one (RFC 9293 §3.10.7.1).
    expect(send('in', INSIDE, WEB, ...segment(7, 80, 'RST'))).toEqual([]);
    expect(netfilter.conntrack.live).toEqual([]);
  });

  it('comes from the address that was asked for where that was redirected', () => {
    const { send } = router([
      `-t nat -A PREROUTING -i out -p tcp --dport 80 -j DNAT --to-destination ${OTHER}:8080`,
      '-A FORWARD -p tcp --dport 8080 -j REJECT --reject-with tcp-reset',
    ]);
    expect(send('out', WEB, PUBLIC, ...segment(7, 80, 'SYN'))).toEqual([
      `out ${PUBLIC}:80 → ${WEB}:7 ACK RST`,
    ]);
  });
});

describe('a host', () => {
  it('filters what it sends by where it leaves, and what is for it', () => {
    const lab = new Lab();
    const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
    const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
    lab.connect(a.port('eth0'), b.port('eth0'));
    const netfilter = new Netfilter(a.ip);
    netfilter.iptables('-A OUTPUT -o eth0 -p udp --dport 1 -j DROP');
    netfilter.iptables('-A OUTPUT -o lo -p udp --dport 2 -j DROP');
    netfilter.iptables('-A INPUT -i eth0 -p udp --dport 3 -j DROP');
    const got: string[] = [];
    const listen = (host: Host, port: number) =>
      host.udp.bind(port, {
        datagram(frame) {
          got.push(`${host.name}${port}`);
          frame.release();
        },
      });
    for (const port of [1, 2, 3, 4]) {
      const [one, other] = [listen(a, port), listen(b, port)];
      one.send(addressOf('10.0.0.2'), port, new Uint8Array(1));
      one.send(addressOf('10.0.0.1'), port, new Uint8Array(1));
      other.send(addressOf('10.0.0.1'), port, new Uint8Array(1));
      lab.run();
    }
    expect(got.sort()).toEqual(['A1', 'A1', 'A2', 'A3', 'A4', 'A4', 'B2', 'B3', 'B4']);
  });

  it('says what it drops, logs and marks only where somebody listens', () => {
    const rules = [
      '-t security -A FORWARD -j SECMARK --selctx system_u:object_r:http_t:s0',
      '-A FORWARD -p udp --dport 1 -j LOG --log-prefix "seen: "',
      '-A FORWARD -p udp --dport 1 -m comment --comment "not today" -j DROP',
    ];
    const { lab, send } = router(rules);
    send('in', INSIDE, WEB, ...datagram(7, 1));
    const notes: string[] = [];
    lab.watch({ noted: ({ text }) => notes.push(text) });
    send('in', INSIDE, WEB, ...datagram(7, 1));
    send('in', INSIDE, WEB, ...datagram(7, 2));
    expect(notes.filter((text) => /^[A-Z]{5}/.test(text))).toEqual([
      'FORWARD seen:',
      'FORWARD filter: DROP\nnot today',
      'FORWARD SECMARK system_u:object_r:http_t:s0',
    ]);
  });
});

it('changes TTL, TOS and DSCP with the checksum right, and ECN as it was', () => {
  const { send, stations } = router([
    '-t mangle -A FORWARD -p udp --dport 1 -j TTL --ttl-inc 200',
    '-t mangle -A FORWARD -p udp --dport 2 -j TOS --set-tos 0xff/0x0f',
    '-t mangle -A FORWARD -p udp --dport 3 -j DSCP --set-dscp 63',
  ]);
  for (const port of [1, 2, 3])
    expect(send('in', INSIDE, WEB, ...datagram(7, port)).length).toBe(1);
  const [one, two, three] = stations.out.received.map((bytes) => parse(bytes).layer('ipv4'));
  expect(one?.ttl).toBe(255);
  expect([two?.dscp, two?.ecn]).toEqual([0x3f, 3]);
  expect([three?.dscp, three?.ecn]).toEqual([63, 0]);
});
