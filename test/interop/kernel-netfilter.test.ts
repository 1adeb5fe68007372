/** The lab's netfilter and the kernel's: the same rules, the same frames, the same outcome. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { type TcpFlag, tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { Random } from '../../src/lab/random.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import {
  BRIDGE,
  BRIDGED,
  IN,
  type Incoming,
  KernelRouter,
  LabRouter,
  NEEDS,
  OUT,
  type Side,
} from './support/kernel-router.js';
import { describeInNamespace } from './support/namespace.js';

const WEB = '93.184.216.34';
const PUBLIC = OUT.address;
const DATA = new TextEncoder().encode('some data of odd length');

type Layers = Parameters<typeof build>[0];

/** A frame to the router. */
function into(side: Side, src: string, dst: string, above: Layers, more: object = {}): Incoming {
  const link = ethernet({ src: side.station, dst: side.mac });
  const bytes = build([link, ipv4({ src, dst, id: 1, ttl: 60, ...more }), ...above]);
  return { side, bytes };
}

const udpTo = (side: Side, src: string, srcPort: number, dst: string, dstPort: number): Incoming =>
  into(side, src, dst, [udp({ srcPort, dstPort }), DATA]);

const tcpTo = (
  side: Side,
  [src, srcPort]: readonly [string, number],
  [dst, dstPort]: readonly [string, number],
  flags: readonly TcpFlag[],
): Incoming => {
  const [seq, ack] = side === IN ? [1000, 2000] : [2000, 1000];
  const header = { srcPort, dstPort, seq, flags, window: 1000 };
  return into(side, src, dst, [tcp(flags.includes('ACK') ? { ...header, ack } : header)]);
};

/** A frame without what its sender counts up: the identification of the router's own packets. */
function comparable(bytes: Uint8Array): string {
  const packet = parse(bytes);
  const ip = packet.layer('ipv4');
  const own = ip !== undefined && [IN.address, PUBLIC].includes(ip.src) && ip.id !== 1;
  if (!own) return toHex(bytes);
  const copy = bytes.slice();
  copy.fill(0, 18, 20);
  copy.fill(0, 24, 26);
  return toHex(copy);
}

/** Of `iptables-save`, without its remarks on time; of a table. */
const saved = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** Of `conntrack -L`, in an order of its own: time-outs within a moment are the same. */
function connections(lines: readonly string[]): { text: string; seconds: number }[] {
  return lines
    .map((line) => {
      const [, name = '', seconds = '', rest = ''] = /^(\S+ +\d+) (\d+) (.*)$/.exec(line) ?? [];
      return { text: `${name} ${rest}`, seconds: Number(seconds) };
    })
    .sort((one, other) => (one.text < other.text ? -1 : 1));
}

describeInNamespace(NEEDS)('netfilter as the kernel has it', () => {
  let kernel: KernelRouter;
  let ours: LabRouter;
  const opened: KernelRouter[] = [];

  beforeEach(async () => {
    kernel = await KernelRouter.open();
    opened.push(kernel);
    ours = new LabRouter();
  });
  afterEach(async () => {
    await kernel.namespace.close();
  });
  afterAll(() => expect(opened.length).toBeGreaterThan(0));

  async function rules(...texts: string[]): Promise<void> {
    for (const text of texts) {
      ours.netfilter.iptables(text);
      await kernel.iptables(text);
    }
  }

  async function compare(frames: readonly Incoming[], last?: readonly Incoming[]): Promise<void> {
    // What comes last shows that nothing more was on its way.
    const marks = last ?? [
      udpTo(IN, '192.168.1.11', 9, '203.0.113.9', 9),
      udpTo(OUT, '203.0.113.9', 19, '192.168.1.11', 19),
    ];
    const wanted = ours.route([...frames, ...marks]);
    const got = await kernel.route([...frames, ...marks], wanted);
    for (const side of ['in', 'out'] as const) {
      expect(got[side].map(comparable), side).toEqual(wanted[side].map(comparable));
    }
    const theirs = connections(saved(await kernel.namespace.run(['conntrack', '-L'])));
    const mine = connections(ours.netfilter.conntrack.print());
    expect(mine.map(({ text }) => text)).toEqual(theirs.map(({ text }) => text));
    theirs.forEach(({ text, seconds }, i) => {
      expect(Math.abs(seconds - (mine[i]?.seconds ?? 0)), text).toBeLessThan(8);
    });
  }

  it('prints rules as iptables-save and iptables -L do', async () => {
    const texts = [
      '-t raw -A PREROUTING -p udp --dport 53 -j NOTRACK',
      '-t raw -A OUTPUT -o eth+ -j CT --notrack',
      '-t mangle -A PREROUTING ! -i eth0 -m mark --mark 0x1/0xff -j MARK --set-mark 0x2',
      '-t mangle -A PREROUTING -m mark ! --mark 7 -j MARK --or-mark 0x4000',
      '-t mangle -A FORWARD -m ttl --ttl-lt 3 -j TTL --ttl-set 64',
      '-t mangle -A FORWARD -m ttl --ttl-eq 9 -j TTL --ttl-inc 1',
      '-t mangle -A FORWARD -m tos --tos 0x10 -j DSCP --set-dscp-class AF21',
      '-t mangle -A FORWARD -m dscp --dscp 46 -j TOS --set-tos 0x10/0x1c',
      '-t mangle -A POSTROUTING -m connmark --mark 5 -j CONNMARK --restore-mark',
      '-t mangle -A POSTROUTING -m comment --comment "a comment" -j CONNMARK --set-mark 3',
      '-t mangle -A POSTROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff00',
      '-t mangle -A POSTROUTING -j CONNMARK --restore-mark --ctmask 0xf0',
      '-t nat -A PREROUTING -d 10.96.0.100 -p tcp --dport 80 -j DNAT --to-destination 10.244.1.5:8080',
      '-t nat -A PREROUTING -p udp -m multiport --dports 53,1000:2000 -j REDIRECT --to-ports 8080',
      '-t nat -A POSTROUTING -o out -p tcp -j MASQUERADE --to-ports 40001-40999 --random',
      '-t nat -A POSTROUTING -s 10.0.0.0/8 ! -d 10.0.0.0/8 -j SNAT --to-source 203.0.113.50-203.0.113.60 --persistent',
      '-N OURS',
      '-A INPUT ! -s 10.0.0.5/24 -p tcp --sport 1024:65535 --dport 80 -j DROP',
      '-A INPUT -p tcp --tcp-flags SYN,ACK,RST SYN -j REJECT --reject-with tcp-reset',
      '-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW,INVALID -j DROP',
      '-A INPUT -p icmp --icmp-type echo-request -j ACCEPT',
      '-A INPUT -p icmp --icmp-type 3/4 -j REJECT',
      '-A FORWARD -s 10.0.0.0/255.0.255.0 -j OURS',
      '-A FORWARD -m physdev --physdev-in eth0 --physdev-is-bridged -g OURS',
      '-A FORWARD -m statistic --mode random --probability 0.33332999982 -j ACCEPT',
      '-A FORWARD -m statistic --mode nth --every 3 --packet 1 -j LOG --log-prefix "third: "',
      '-A OUTPUT -p 47 -m conntrack ! --ctstate ESTABLISHED',
      '-A OURS -p udp --dport 80 -m comment --comment plain -j RETURN',
      '-P FORWARD DROP',
    ];
    await rules(...texts);
    for (const table of ['raw', 'mangle', 'nat', 'filter'] as const) {
      const theirs = saved(await kernel.namespace.run(['iptables-legacy-save', '-c', '-t', table]));
      expect(ours.netfilter.save(table), table).toEqual(theirs);
      const list = await kernel.iptables(`-t ${table} -L -n -v`);
      expect(ours.netfilter.iptables(`-t ${table} -L -n -v`).map(byNumber), table).toEqual(
        list.replace(/\n$/, '').split('\n').map(byNumber),
      );
      const again = new LabRouter().netfilter;
      again.restore(theirs.join('\n'));
      expect(again.save(table), table).toEqual(theirs);
    }
  });

  it('masquerades UDP and echoes, and translates errors about them', async () => {
    await rules('-t nat -A POSTROUTING -o out -j MASQUERADE');
    const ping = (side: Side, src: string, dst: string, type: 0 | 8) =>
      into(side, src, dst, [icmp({ type, identifier: 77, sequence: 1 }), DATA]);
    const quoted = build([
      ipv4({ src: PUBLIC, dst: WEB, ttl: 3 }),
      udp({ srcPort: 5000, dstPort: 80 }),
      DATA,
    ]);
    const unsummed = (side: Side, src: string, srcPort: number, dst: string, dstPort: number) =>
      into(side, src, dst, [udp({ srcPort, dstPort, checksum: 0 }), DATA]);
    const error = (code: number, to = PUBLIC) =>
      into(OUT, GATE, to, [icmp({ type: 3, code }), quoted]);
    await compare([
      udpTo(IN, '192.168.1.10', 5000, WEB, 80),
      udpTo(OUT, WEB, 80, PUBLIC, 5000),
      ping(IN, '192.168.1.10', WEB, 8),
      ping(OUT, WEB, PUBLIC, 0),
      ping(OUT, WEB, PUBLIC, 0),
      error(3),
      error(1, '192.168.1.10'),
      unsummed(IN, '192.168.1.10', 6000, WEB, 80),
      unsummed(OUT, WEB, 80, PUBLIC, 6000),
      udpTo(IN, '192.168.1.10', 5000, '203.0.113.9', 53),
      udpTo(OUT, '203.0.113.9', 53, PUBLIC, 5000),
      udpTo(OUT, '203.0.113.9', 54, PUBLIC, 5001),
      into(IN, '192.168.1.10', WEB, [
        icmp({ type: 3, code: 3 }),
        build([
          ipv4({ src: WEB, dst: '192.168.1.10', ttl: 3 }),
          udp({ srcPort: 80, dstPort: 5000 }),
          DATA,
        ]),
      ]),
    ]);
  });

  it('redirects to another host, to itself, and back', async () => {
    await rules(
      `-t nat -A PREROUTING -i out -p udp --dport 80 -j DNAT --to-destination 192.168.1.10:8080`,
      `-t nat -A PREROUTING -i out -p tcp --dport 443 -j DNAT --to-destination 192.168.1.11`,
      '-t nat -A PREROUTING -p udp --dport 90 -j REDIRECT --to-ports 9090',
      '-t nat -A POSTROUTING -o out -j SNAT --to-source 203.0.113.50',
    );
    await compare([
      udpTo(OUT, WEB, 1234, PUBLIC, 80),
      udpTo(IN, '192.168.1.10', 8080, WEB, 1234),
      tcpTo(OUT, [WEB, 1234], [PUBLIC, 443], ['SYN']),
      tcpTo(IN, ['192.168.1.11', 443], [WEB, 1234], ['SYN', 'ACK']),
      tcpTo(OUT, [WEB, 1234], [PUBLIC, 443], ['ACK']),
      tcpTo(IN, ['192.168.1.11', 443], [WEB, 1234], ['RST']),
      // Nobody is at the port: the error comes from the port that was asked for.
      udpTo(IN, '192.168.1.10', 1000, IN.address, 90),
    ]);
  });

  it('filters by state, refuses, marks, counts down TTL', async () => {
    await rules(
      '-t raw -A PREROUTING -p udp --dport 5353 -j NOTRACK',
      '-t mangle -A PREROUTING -p udp --dport 1000:1999 -j MARK --set-mark 0x7',
      '-t mangle -A FORWARD -p udp --dport 2000 -j TTL --ttl-set 5',
      '-t mangle -A FORWARD -p udp --dport 2001 -j TTL --ttl-dec 9',
      '-t mangle -A FORWARD -p udp --dport 2002 -j TOS --set-tos 0x10',
      '-t mangle -A POSTROUTING -p udp --dport 2003 -j DSCP --set-dscp-class EF',
      '-A FORWARD -m mark --mark 0x7 -j DROP',
      '-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP',
      '-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      '-A FORWARD -p udp --dport 3000 -j REJECT',
      '-A FORWARD -p udp --dport 3001 -j REJECT --reject-with icmp-admin-prohibited',
      '-A FORWARD -p tcp --dport 3002 -j REJECT --reject-with tcp-reset',
      '-A FORWARD -i out -j DROP',
      '-A FORWARD -p udp -m statistic --mode nth --every 2 --packet 0 -m multiport --dports 4000 -j DROP',
    );
    const ports = [1000, 1999, 5353, 2000, 2001, 2002, 2003, 3000, 3001, 4000, 4000, 4000];
    await compare([
      ...ports.map((port) => udpTo(IN, '192.168.1.10', 7000, WEB, port)),
      udpTo(OUT, WEB, 2000, '192.168.1.10', 7000),
      udpTo(OUT, WEB, 2001, '192.168.1.10', 7001),
      tcpTo(IN, ['192.168.1.10', 50000], [WEB, 3002], ['SYN']),
      tcpTo(IN, ['192.168.1.10', 50001], [WEB, 3002], ['ACK']),
      tcpTo(IN, ['192.168.1.10', 50002], [WEB, 3002], ['SYN', 'FIN']),
    ]);
  });

  it('sees what is bridged, redirects it, and cuts again what came in fragments', async () => {
    await kernel.namespace.close();
    kernel = await KernelRouter.open(true);
    ours = new LabRouter(true);
    const across = (side: Side, dst: string, above: Layers, more: object = {}): Incoming => {
      const [src, far] = side === IN ? [BRIDGED.in, OUT] : [BRIDGED.out, IN];
      // What is not a neighbour is behind the bridge's own address.
      const to = dst.startsWith('10.244.1.') ? far.station : BRIDGE.mac;
      const link = ethernet({ src: side.station, dst: to });
      const bytes = build([link, ipv4({ src, dst, id: 1, ttl: 60, ...more }), ...above]);
      return { side, bytes };
    };
    const letter = (side: Side, srcPort: number, dst: string, dstPort: number): Incoming =>
      across(side, dst, [udp({ srcPort, dstPort }), DATA]);
    const [a, b] = [BRIDGED.in, BRIDGED.out];
    const large = build([
      ipv4({ src: a, dst: b }),
      udp({ srcPort: 7, dstPort: 9000 }),
      new Uint8Array(2400),
    ]).subarray(20);
    const piece = (from: number, to: number): Incoming =>
      across(IN, b, [large.subarray(from, to)], {
        id: 77,
        protocol: 17,
        fragmentOffset: from / 8,
        moreFragments: to < large.length,
      });
    await rules(
      '-t nat -A PREROUTING -d 10.96.0.100 -p udp --dport 80 -j DNAT --to-destination 10.244.1.6:8080',
      '-A FORWARD -m physdev --physdev-in in --physdev-out out --physdev-is-bridged -p udp --dport 81 -j DROP',
      '-A FORWARD -i in -j DROP',
      '-t mangle -A FORWARD -i br0 -o br0 -p udp --dport 70 -j TTL --ttl-dec 5',
    );
    await compare(
      [
        letter(IN, 5000, b, 70),
        letter(OUT, 70, a, 5000),
        letter(IN, 5000, b, 81),
        letter(IN, 5001, '10.96.0.100', 80),
        letter(OUT, 8080, a, 5001),
        piece(0, 1480),
        piece(1480, large.length),
      ],
      [letter(IN, 9, b, 9), letter(OUT, 19, a, 19)],
    );
  });

  describe('follows TCP', () => {
    const KINDS: readonly (readonly TcpFlag[])[] = [
      ['SYN'],
      ['SYN', 'ACK'],
      ['ACK'],
      ['ACK', 'PSH'],
      ['FIN', 'ACK'],
      ['RST'],
      ['RST', 'ACK'],
    ];

    it.each([1, 2, 3, 4, 5, 6])(
      'through segments of any kind in any order (seed %i)',
      async (seed) => {
        await rules('-A FORWARD -m conntrack --ctstate INVALID -j DROP');
        const random = new Random(seed, 'segments');
        const frames: Incoming[] = [];
        for (let i = 0; i < 60; i++) {
          const port = 50_000 + random.below(8);
          const flags = KINDS[random.below(KINDS.length)] as readonly TcpFlag[];
          const inside = ['192.168.1.10', port] as const;
          const outside = [WEB, 80] as const;
          frames.push(
            random.below(2) === 0
              ? tcpTo(IN, inside, outside, flags)
              : tcpTo(OUT, outside, inside, flags),
          );
        }
        await compare(frames);
      },
    );

    it('from handshake to close', async () => {
      await rules('-t nat -A POSTROUTING -o out -j MASQUERADE');
      const inside = ['192.168.1.10', 54321] as const;
      const out = (...flags: TcpFlag[]) => tcpTo(IN, inside, [WEB, 80], flags);
      const back = (...flags: TcpFlag[]) => tcpTo(OUT, [WEB, 80], [PUBLIC, 54321], flags);
      await compare([out('SYN'), back('SYN', 'ACK'), out('ACK')]);
      await compare([out('FIN', 'ACK'), back('ACK')]);
      await compare([back('FIN', 'ACK'), out('ACK')]);
    });
  });
});

const GATE = '203.0.113.1';
const NUMBERS: Readonly<Record<string, number>> = { all: 0, icmp: 1, tcp: 6, udp: 17, gre: 47 };

/** iptables 1.8.9 prints protocols by number with `-n`; those before and after, by name. */
function byNumber(line: string): string {
  return line.replace(/(\S+) +(-- )/, (_all, name: string, rest: string) => {
    const [, not = '', bare = ''] = /^(!?)(.*)$/.exec(name) ?? [];
    return `${not}${NUMBERS[bare] ?? bare}`.padEnd(5) + rest;
  });
}
