import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { icmp } from '../../../src/headers/icmp.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { Random } from '../../../src/lab/random.js';
import { build } from '../../../src/packet/build.js';
import { viewOf } from '../../support/reference.js';
import { INSIDE, PUBLIC, router, segment, WEB } from './support.js';

const RULES = [
  '-t raw -A PREROUTING -p udp --dport 5353 -j NOTRACK',
  '-t mangle -A PREROUTING -p tcp --tcp-flags ALL SYN -j MARK --set-mark 1',
  '-t nat -A PREROUTING -i out -p tcp --dport 80 -j DNAT --to-destination 192.168.1.10:8080',
  '-t nat -A PREROUTING -i in -p udp --dport 53 -j REDIRECT --to-ports 5353',
  '-t nat -A POSTROUTING -o out -j MASQUERADE',
  '-A FORWARD -p icmp --icmp-type 8/1 -j REJECT',
  '-A FORWARD -p tcp -m tcp --dport 22 -j REJECT --reject-with tcp-reset',
  '-A FORWARD -p udp -m multiport --ports 1:99 -j REJECT',
];

/** Good packets of all kinds that netfilter knows. */
function samples(): [side: 'in' | 'out', packet: Uint8Array][] {
  const data = new Uint8Array(30);
  const quote = build([
    ipv4({ src: PUBLIC, dst: WEB }),
    udp({ srcPort: 5000, dstPort: 9000 }),
    data,
  ]);
  const from = (src: string, dst: string, ...above: Parameters<typeof build>[0]) =>
    build([ipv4({ src, dst }), ...above]);
  return [
    ['in', from(INSIDE, WEB, udp({ srcPort: 5000, dstPort: 9000 }), data)],
    ['out', from(WEB, PUBLIC, udp({ srcPort: 9000, dstPort: 5000 }), data)],
    ['in', from(INSIDE, WEB, ...segment(1, 22, 'SYN'))],
    ['out', from(WEB, PUBLIC, ...segment(1, 80, 'SYN'))],
    ['in', from(INSIDE, WEB, icmp({ type: 8, identifier: 1, sequence: 1 }), data)],
    ['out', from(WEB, PUBLIC, icmp({ type: 3, code: 1 }), quote)],
    ['in', from(INSIDE, '192.168.1.1', udp({ srcPort: 1, dstPort: 53 }), data)],
    [
      'in',
      build([
        ipv4({ src: INSIDE, dst: WEB, protocol: 17, moreFragments: true }),
        data.subarray(0, 24),
      ]),
    ],
  ];
}

describe('damaged packets', () => {
  it.each([1, 2, 3])('are dropped or passed on, and never thrown over (seed %i)', (seed) => {
    const random = new Random(seed, 'damage');
    const { lab, r, stations, netfilter } = router(RULES);
    const good = samples();
    for (let i = 0; i < 4000; i++) {
      const [side, packet] = good[random.below(good.length)] as (typeof good)[number];
      const bytes = packet.slice(
        0,
        random.below(5) === 0 ? 20 + random.below(packet.length) : packet.length,
      );
      const header = 20;
      for (let hits = random.below(4); hits > 0; hits--) {
        bytes[header + random.below(bytes.length - header + 1)] = random.below(256);
      }
      // The IP header stays such that the packet gets as far as netfilter.
      viewOf(bytes).setUint16(2, bytes.length);
      const again = ipv4({
        src: address(bytes, 12),
        dst: address(bytes, 16),
        protocol: random.below(20) === 0 ? random.below(256) : (bytes[9] as number),
        fragmentOffset: random.below(12) === 0 ? random.below(100) : 0,
        moreFragments: random.below(12) === 0,
        id: random.below(4),
        ttl: random.below(30) === 0 ? 1 : 64,
      });
      const link = ethernet({ src: '02:00:00:00:00:aa', dst: r.port(side).macText });
      stations[side].port('eth0').send(lab.frames.of(build([link, again, bytes.subarray(20)])));
      lab.run();
    }
    expect(netfilter.conntrack.invalid).toBeGreaterThan(100);
    expect(stations.out.received.length).toBeGreaterThan(500);
    expect(stations.in.received.length).toBeGreaterThan(100);
    expect(lab.clock.pending).toBe(0);
  });
});

function address(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join('.');
}
