import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { framesOf } from '../../src/capture/reader.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { build } from '../../src/packet/build.js';
import { communityId } from '../../src/packet/community-id.js';
import { chosenLevels, type FlowLevel, flowLevels } from '../../src/packet/flow-level.js';
import { parse } from '../../src/packet/parse.js';
import { CORPUS, corpusFiles } from '../support/corpus.js';
import { describeWithTshark, ORACLE_OPTIONS, plainEnvironment } from '../support/tshark.js';

/** An IP packet whose payload begins with these bytes. */
function levelOf(
  src: string,
  dst: string,
  protocol: number,
  payload: readonly number[],
): FlowLevel {
  const ip = src.includes(':')
    ? ipv6({ src, dst, nextHeader: protocol })
    : ipv4({ src, dst, protocol });
  const frame = build([ethernet(), ip, Uint8Array.from([...payload, 0, 0, 0, 0, 0, 0, 0, 0])]);
  return flowLevels(parse(frame))[0] as FlowLevel;
}

const ports = (...numbers: number[]): number[] => numbers.flatMap((n) => [n >> 8, n & 255]);

/**
 * The baseline of the specification (github.com/corelight/community-id-spec, baseline/): addresses,
 * protocol, what the payload begins with, and the IDs for the seeds 0 and 1.
 */
const V6A = 'fe80::200:86ff:fe05:80da';
const V6B = 'fe80::260:97ff:fe07:69ea';
const V6C = '3ffe:507:0:1:200:86ff:fe05:80da';
const V6D = '3ffe:501:0:1001::2';
const MAIL = '2001:470:e5bf:dead:4957:2174:e82c:4887';
const BASELINE: readonly (readonly [string, string, number, readonly number[], string, string])[] =
  [
    [V6A, V6B, 58, [135, 0], '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=', '1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY='],
    [V6B, V6A, 58, [136, 0], '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=', '1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY='],
    [V6B, V6A, 58, [135, 0], '1:zavyT/cezQr1fmImYCwYnMXbgck=', '1:2hSqmsDZ2kdcY9kbiUzOEBic0iM='],
    [V6A, V6B, 58, [136, 0], '1:zavyT/cezQr1fmImYCwYnMXbgck=', '1:2hSqmsDZ2kdcY9kbiUzOEBic0iM='],
    [
      '3ffe:501:1800:2345::2',
      V6C,
      58,
      [3, 0],
      '1:2ObVBgIn28oZvibYZhZMBgh7WdQ=',
      '1:lVEtCZpYu84Xqaa++3lXFyuu2n4=',
    ],
    [
      '3ffe:501:410:0:2c0:dfff:fe47:33e',
      V6C,
      58,
      [1, 4],
      '1:hLZd0XGWojozrvxqE0dWB1iM6R0=',
      '1:W8MHwXpWzpoSTD+cGcaJr4u0ys8=',
    ],
    [V6C, V6D, 58, [128, 0], '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=', '1:GfZxjAkDk2MkegpBYHV6tadtFXQ='],
    [V6D, V6C, 58, [129, 0], '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=', '1:GfZxjAkDk2MkegpBYHV6tadtFXQ='],
    [
      V6A,
      'ff02::2',
      58,
      [133, 0],
      '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=',
      '1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8=',
    ],
    [
      V6B,
      'ff02::1',
      58,
      [134, 0],
      '1:pkvHqCL88/tg1k4cPigmZXUtL00=',
      '1:K/ee5UCqAMAQXDorP5nSa2CGLjc=',
    ],
    [
      '192.168.0.89',
      '192.168.0.1',
      1,
      [8, 0],
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:03g6IloqVBdcZlPyX8r0hgoE7kA=',
    ],
    [
      '192.168.0.1',
      '192.168.0.89',
      1,
      [0, 0],
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:03g6IloqVBdcZlPyX8r0hgoE7kA=',
    ],
    [
      '10.0.0.1',
      '10.0.0.2',
      1,
      [11, 0],
      '1:YHxtAirCG//0OzkcVAukqKQN9xM=',
      '1:XjUibYHaafLQ3pxQeiMI8g25q20=',
    ],
    [
      MAIL,
      '2607:f8b0:400c:c03::1a',
      6,
      ports(63943, 25),
      '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
      '1:eJYTW6AOzFLlSUoESovMjnu7rMw=',
    ],
    [
      '2607:f8b0:400c:c03::1a',
      MAIL,
      6,
      ports(25, 63943),
      '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
      '1:eJYTW6AOzFLlSUoESovMjnu7rMw=',
    ],
    [
      '192.168.170.8',
      '192.168.170.56',
      132,
      ports(7, 7),
      '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=',
      '1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=',
    ],
    [
      '192.168.170.56',
      '192.168.170.8',
      132,
      ports(7, 7),
      '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=',
      '1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=',
    ],
    [
      '128.232.110.120',
      '66.35.250.204',
      6,
      ports(34855, 80),
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
      '1:3V71V58M3Ksw/yuFALMcW0LAHvc=',
    ],
    [
      '66.35.250.204',
      '128.232.110.120',
      6,
      ports(80, 34855),
      '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
      '1:3V71V58M3Ksw/yuFALMcW0LAHvc=',
    ],
    [
      '192.168.1.52',
      '8.8.8.8',
      17,
      ports(54585, 53),
      '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
      '1:Q9We8WO3piVF8yEQBNJF4uiSVrI=',
    ],
    [
      '8.8.8.8',
      '192.168.1.52',
      17,
      ports(53, 54585),
      '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
      '1:Q9We8WO3piVF8yEQBNJF4uiSVrI=',
    ],
    [
      '10.1.12.1',
      '10.1.12.2',
      46,
      [],
      '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=',
      '1:rYir8gphR31noO9iDRQmF/BteEI=',
    ],
    [
      '10.1.12.2',
      '10.1.12.1',
      46,
      [],
      '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=',
      '1:rYir8gphR31noO9iDRQmF/BteEI=',
    ],
  ];

describe('the Community ID', () => {
  it.each(BASELINE)(
    'from %s to %s, protocol %i, is that of the baseline',
    (src, dst, protocol, payload, id, seeded) => {
      const level = levelOf(src, dst, protocol, payload);
      expect(communityId(level)).toBe(id);
      expect(communityId(level, 1)).toBe(seeded);
    },
  );

  it('goes by addresses alone where the specification knows no ports', () => {
    // DCCP has ports, of which the specification says nothing.
    expect(communityId(levelOf('10.0.0.1', '10.0.0.2', 33, ports(1, 2)))).toBe(
      communityId(levelOf('10.0.0.2', '10.0.0.1', 33, ports(3, 4))),
    );
  });

  it('takes a seed of 16 bits', () => {
    const level = levelOf('10.0.0.1', '10.0.0.2', 6, ports(1, 2));
    expect(communityId(level, 65535)).toMatch(/^1:[\w+/]{27}=$/);
    for (const seed of [65536, -1, 0.5]) {
      expect(() => communityId(level, seed)).toThrow(/communityId\.seed/);
    }
  });
});

/** Where tshark says something else of a frame, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'pcpp-ipv4-options.pcap 6': 'tshark goes by the last address of a source route',
  'pcpp-ipv4-options.pcap 7': 'tshark goes by the last address of a source route',
  'zeek-ipv6-fragmented-dns.pcap 4': 'tshark gives a later fragment of IPv6 none, one of IPv4 one',
  'zeek-ipv6-fragmented-dns.pcap 7': 'tshark gives a later fragment of IPv6 none, one of IPv4 one',
  'zeek-ipv6-fragmented-dns.pcap 8': 'tshark gives a later fragment of IPv6 none, one of IPv4 one',
  'zeek-tunnels-vxlan-encapsulated-igmp-v2.pcap 1': 'tshark takes the ports of the outer UDP',
  'zeek-tunnels-vxlan-encapsulated-igmp-v2.pcap 2': 'tshark takes the ports of the outer UDP',
  'zeek-tunnels-vxlan-encapsulated-igmp-v2.pcap 3': 'tshark takes the ports of the outer UDP',
};

describeWithTshark('of the innermost level it is what tshark says', () => {
  const files = corpusFiles([
    'libpcap-ipv6_ext_headers.pcap',
    'pcpp-IPv4Frag.pcap',
    'pcpp-IgmpPackets.pcap',
    'pcpp-ipv4-options.pcap',
    'suricata-geneve-decoder.pcap',
    'tcpdump-geneve.pcap',
    'tcpdump-gso-ipv6-vxlan-ipv6.pcap',
    'zeek-chksums-ip6-route0-tcp-good-chksum.pcap',
    'zeek-communityid-icmp6.pcap',
    'zeek-http-qinq-0.pcap',
    'zeek-icmp-icmp-timeexceeded.pcap',
    'zeek-icmp-icmp6-destunreach-ip6ext-udp.pcap',
    'zeek-icmp_dot1q.pcap',
    'zeek-ipv6-fragmented-dns.pcap',
    'zeek-ipv6-hbh-routing0.pcap',
    'zeek-tcp-timeout-with-pings.pcap',
    'zeek-tunnels-vxlan-encapsulated-igmp-v2.pcap',
    'zeek-tunnels-vxlan-triple-v2.pcap',
    'zeek-wikipedia.pcap',
  ]);
  it.skipIf(files.length === 0).each(files)('in every whole frame of %s', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'framewright-'));
    const asked = ['communityid', '_ws.malformed', '_ws.short'].flatMap((field) => ['-e', field]);
    const args = ['-n', '-r', join(CORPUS, name), '--enable-protocol', 'communityid'];
    const { stdout } = spawnSync('tshark', [...args, ...ORACLE_OPTIONS, '-T', 'fields', ...asked], {
      encoding: 'utf8',
      env: plainEnvironment(folder),
    });
    rmSync(folder, { recursive: true });
    const theirs = stdout.split('\n').slice(0, -1);
    let i = 0;
    let differences = 0;
    for (const { data, linkType, wireLength } of framesOf(readFileSync(join(CORPUS, name)))) {
      const [id = '', ...marks] = theirs[i]?.split('\t') ?? [];
      i += 1;
      if (marks.join('') !== '') continue;
      const [level] = chosenLevels(parse(data, { linkType, wireLength }), 'inner');
      const ours = level === undefined ? '' : communityId(level);
      if (DIFFERENT[`${name} ${i}`] === undefined) expect(ours, `frame ${i}`).toBe(id);
      else differences += Number(ours !== id);
    }
    expect(theirs).toHaveLength(i);
    // A difference that is no more must not be listed.
    expect(differences).toBe(Object.keys(DIFFERENT).filter((d) => d.startsWith(`${name} `)).length);
  });
});
