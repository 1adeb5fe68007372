import { describe, expect, it } from 'vitest';
import { parse } from '../../src/packet/parse.js';
import { fixture, fixtureNames } from '../support/fixtures.js';

/**
 * Each fixture with its layers, and its problems with the byte that they are about: errors and
 * warnings, and then what is only worth knowing.
 */
const rows: readonly (readonly [name: string, layers: string, problems: string, infos?: string])[] =
  [
    ['arp-hardware-0', 'ethernet arp', ''],
    ['arp-hardware-20', 'ethernet arp', ''],
    ['arp-hardware-255', 'ethernet arp', ''],
    ['arp-protocol-16', 'ethernet arp', ''],
    ['arp-reply', 'ethernet arp', ''],
    ['arp-request', 'ethernet arp', ''],
    ['cut-arp', 'ethernet', 'ARP_HEADER_CUT@14'],
    ['cut-dot1q', 'ethernet', 'DOT1Q_HEADER_CUT@14'],
    ['cut-ethernet', '', 'ETHERNET_HEADER_CUT@0'],
    [
      'cut-geneve-options',
      'ethernet ipv4 udp',
      'IPV4_TOTAL_LENGTH_PAST_END@16 UDP_LENGTH_PAST_END@38 GENEVE_HEADER_CUT@42',
      'CHECKSUM_ABSENT@40',
    ],
    ['cut-ipv4', 'ethernet', 'IPV4_HEADER_CUT@14'],
    ['cut-ipv6', 'ethernet', 'IPV6_HEADER_CUT@14'],
    [
      'cut-payload',
      'ethernet ipv4 udp',
      'IPV4_TOTAL_LENGTH_PAST_END@16 UDP_LENGTH_PAST_END@38',
      'CHECKSUM_UNVERIFIED@40',
    ],
    ['cut-tcp', 'ethernet ipv4', 'IPV4_TOTAL_LENGTH_PAST_END@16 TCP_HEADER_CUT@34'],
    ['cut-tcp-options', 'ethernet ipv4', 'IPV4_TOTAL_LENGTH_PAST_END@16 TCP_HEADER_CUT@34'],
    ['cut-udp', 'ethernet ipv4', 'IPV4_TOTAL_LENGTH_PAST_END@16 UDP_HEADER_CUT@34'],
    [
      'cut-vxlan',
      'ethernet ipv4 udp',
      'IPV4_TOTAL_LENGTH_PAST_END@16 UDP_LENGTH_PAST_END@38 VXLAN_HEADER_CUT@42',
      'CHECKSUM_ABSENT@40',
    ],
    ['dot1q', 'ethernet dot1q ipv4 udp', ''],
    ['dot1q-length', 'ethernet dot1q', ''],
    ['dot1q-length-past-end', 'ethernet dot1q', 'DOT1Q_LENGTH_PAST_END@16'],
    ['dot1q-priority-tag', 'ethernet dot1q ipv4 udp', ''],
    ['dot1q-reserved-vid', 'ethernet dot1q ipv4 udp', 'DOT1Q_VID_RESERVED@14'],
    ['dot1q-type-invalid', 'ethernet dot1q', 'DOT1Q_TYPE_INVALID@16'],
    ['ethernet-type-invalid', 'ethernet', 'ETHERNET_TYPE_INVALID@12'],
    ['geneve', 'ethernet ipv4 udp geneve ethernet ipv4 tcp', ''],
    [
      'geneve-critical',
      'ethernet ipv4 udp geneve ethernet ipv4 tcp',
      'GENEVE_OPTION_RESERVED_BITS@58',
    ],
    [
      'geneve-critical-unset',
      'ethernet ipv4 udp geneve ethernet ipv4 tcp',
      'GENEVE_CRITICAL_UNSET@43',
    ],
    [
      'geneve-critical-without-option',
      'ethernet ipv4 udp geneve ethernet ipv4 tcp',
      'GENEVE_CRITICAL_WITHOUT_OPTION@43',
    ],
    ['geneve-ipv4', 'ethernet ipv4 udp geneve ipv4 tcp', ''],
    ['geneve-ipv6', 'ethernet ipv6 udp geneve ethernet ipv4 tcp', ''],
    [
      'geneve-misaligned',
      'ethernet ipv4 udp geneve ethernet ipv4 tcp',
      'GENEVE_OPTION_PAST_HEADER@58',
    ],
    ['geneve-oam', 'ethernet ipv4 udp geneve', ''],
    ['geneve-options-full', 'ethernet ipv4 udp geneve ethernet ipv4 tcp', ''],
    [
      'geneve-reserved-bits',
      'ethernet ipv4 udp geneve ethernet ipv4 tcp',
      'GENEVE_RESERVED_BITS@43',
    ],
    ['geneve-unknown-protocol', 'ethernet ipv4 udp geneve', ''],
    ['geneve-version-1', 'ethernet ipv4 udp geneve', 'GENEVE_VERSION@42'],
    ['ieee8023-length-past-end', 'ethernet', 'ETHERNET_LENGTH_PAST_END@12'],
    ['ieee8023-stp', 'ethernet', ''],
    ['ipv4-behind-86dd', 'ethernet', 'IPV6_VERSION@14'],
    ['ipv4-bytes-after-end', 'ethernet ipv4 udp', 'IPV4_BYTES_AFTER_END_OF_OPTIONS@36'],
    ['ipv4-checksum-bad', 'ethernet ipv4 udp', 'CHECKSUM_BAD@24'],
    ['ipv4-flags', 'ethernet ipv4 udp', 'IPV4_RESERVED_FLAG@20'],
    ['ipv4-fragment-first', 'ethernet ipv4 udp', '', 'CHECKSUM_UNVERIFIED@40'],
    ['ipv4-fragment-first-short-udp', 'ethernet ipv4 udp', '', 'CHECKSUM_UNVERIFIED@40'],
    ['ipv4-fragment-later', 'ethernet ipv4', ''],
    ['ipv4-fragment-past-65535', 'ethernet ipv4', 'IPV4_FRAGMENT_PAST_65535@20'],
    ['ipv4-ihl-4', 'ethernet', 'IPV4_IHL_UNDER_5@14'],
    ['ipv4-ihl-past-end', 'ethernet', 'IPV4_HEADER_CUT@14'],
    ['ipv4-length-0', 'ethernet ipv4 udp', '', 'IPV4_TOTAL_LENGTH_ZERO@16'],
    ['ipv4-length-past-end', 'ethernet ipv4 udp', 'IPV4_TOTAL_LENGTH_PAST_END@16'],
    ['ipv4-length-under-header', 'ethernet ipv4', 'IPV4_TOTAL_LENGTH_UNDER_HEADER@16'],
    ['ipv4-loose-source-route', 'ethernet ipv4 udp', ''],
    ['ipv4-nop-end', 'ethernet ipv4 udp', ''],
    ['ipv4-option-length-0', 'ethernet ipv4 udp', 'IPV4_OPTION_LENGTH@38'],
    ['ipv4-option-length-1', 'ethernet ipv4 udp', 'IPV4_OPTION_LENGTH@38'],
    ['ipv4-option-past-end', 'ethernet ipv4 udp', 'IPV4_OPTION_LENGTH@38'],
    ['ipv4-options-full', 'ethernet ipv4 udp', ''],
    ['ipv4-record-route', 'ethernet ipv4 udp', ''],
    ['ipv4-router-alert', 'ethernet ipv4 udp', ''],
    ['ipv4-source-route-used', 'ethernet ipv4 udp', ''],
    ['ipv4-strict-source-route', 'ethernet ipv4 udp', ''],
    ['ipv4-timestamp-0', 'ethernet ipv4 udp', ''],
    ['ipv4-timestamp-1', 'ethernet ipv4 udp', ''],
    ['ipv4-timestamp-3', 'ethernet ipv4 udp', ''],
    ['ipv4-unknown-option', 'ethernet ipv4 udp', ''],
    ['ipv4-version-5', 'ethernet', 'IPV4_VERSION@14'],
    ['ipv6-behind-0800', 'ethernet ipv6 udp', 'IP_VERSION_UNLIKE_TYPE@14'],
    ['ipv6-length-0', 'ethernet ipv6 udp', ''],
    ['ipv6-length-past-end', 'ethernet ipv6 udp', 'IPV6_PAYLOAD_LENGTH_PAST_END@18'],
    ['ipv6-mapped', 'ethernet ipv6', ''],
    ['padded', 'ethernet ipv4 udp', ''],
    ['qinq', 'ethernet dot1q dot1q ipv4 udp', ''],
    ['qinq-9100', 'ethernet dot1q dot1q ipv4 udp', ''],
    ['tcp-bytes-after-end', 'ethernet ipv4 tcp', 'TCP_BYTES_AFTER_END_OF_OPTIONS@56'],
    ['tcp-checksum-bad', 'ethernet ipv4 tcp', 'CHECKSUM_BAD@50'],
    ['tcp-data-offset-4', 'ethernet ipv4', 'TCP_DATA_OFFSET_UNDER_5@46'],
    ['tcp-data-offset-past-end', 'ethernet ipv4', 'TCP_HEADER_CUT@34'],
    ['tcp-fast-open', 'ethernet ipv4 tcp', ''],
    [
      'tcp-flags',
      'ethernet ipv4 tcp',
      'TCP_FLAGS_SYN_FIN@47 TCP_FLAGS_SYN_RST@47 TCP_RESERVED_BITS@46',
    ],
    ['tcp-ipv6', 'ethernet ipv6 tcp', ''],
    ['tcp-option-length-0', 'ethernet ipv4 tcp', 'TCP_OPTION_LENGTH@58 TCP_OPTION_ONLY_IN_SYN@54'],
    ['tcp-option-length-1', 'ethernet ipv4 tcp', 'TCP_OPTION_LENGTH@58 TCP_OPTION_ONLY_IN_SYN@54'],
    ['tcp-option-past-end', 'ethernet ipv4 tcp', 'TCP_OPTION_LENGTH@58 TCP_OPTION_ONLY_IN_SYN@54'],
    ['tcp-option-wrong-size', 'ethernet ipv4 tcp', 'TCP_OPTION_SIZE@54 TCP_OPTION_ONLY_IN_SYN@54'],
    ['tcp-sack-1', 'ethernet ipv4 tcp', ''],
    ['tcp-sack-2', 'ethernet ipv4 tcp', ''],
    ['tcp-sack-3', 'ethernet ipv4 tcp', ''],
    ['tcp-sack-4', 'ethernet ipv4 tcp', ''],
    ['tcp-syn', 'ethernet ipv4 tcp', ''],
    ['tcp-unknown-option', 'ethernet ipv4 tcp', ''],
    ['trailer', 'ethernet ipv4 udp', '', 'ETHERNET_TRAILER@60'],
    ['udp', 'ethernet ipv4 udp', ''],
    ['udp-checksum-bad', 'ethernet ipv4 udp', 'CHECKSUM_BAD@40'],
    ['udp-checksum-ffff', 'ethernet ipv4 udp', ''],
    ['udp-checksum-none', 'ethernet ipv4 udp', '', 'CHECKSUM_ABSENT@40'],
    ['udp-ipv6', 'ethernet ipv6 udp', ''],
    ['udp-ipv6-checksum-zero', 'ethernet ipv6 udp', 'CHECKSUM_ZERO@60'],
    ['udp-length-0', 'ethernet ipv4 udp', 'UDP_LENGTH_ZERO@38'],
    ['udp-length-7', 'ethernet ipv4 udp', 'UDP_LENGTH_UNDER_HEADER@38'],
    [
      'udp-length-past-end',
      'ethernet ipv4 udp',
      'UDP_LENGTH_PAST_END@38',
      'CHECKSUM_UNVERIFIED@40',
    ],
    ['udp-surplus', 'ethernet ipv4 udp', '', 'UDP_SURPLUS@50'],
    ['vxlan', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', ''],
    ['vxlan-arp', 'ethernet ipv4 udp vxlan ethernet arp', ''],
    ['vxlan-checksum', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', ''],
    ['vxlan-gbp', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', ''],
    ['vxlan-in-geneve', 'ethernet ipv4 udp geneve ethernet ipv4 udp vxlan ethernet ipv4 tcp', ''],
    [
      'vxlan-inner-dot1q',
      'ethernet ipv4 udp vxlan ethernet dot1q ipv4 tcp',
      '',
      'VXLAN_INNER_TAG@62',
    ],
    ['vxlan-ipv6', 'ethernet ipv6 udp vxlan ethernet ipv4 tcp', ''],
    [
      'vxlan-ipv6-checksum-zero',
      'ethernet ipv6 udp vxlan ethernet ipv4 tcp',
      '',
      'CHECKSUM_ABSENT@60',
    ],
    ['vxlan-no-i-flag', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', 'VXLAN_I_FLAG_UNSET@42'],
    ['vxlan-padded-inner', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', ''],
    ['vxlan-reserved-bits', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', 'VXLAN_RESERVED_BITS@42'],
    ['vxlan-source-port', 'ethernet ipv4 udp vxlan ethernet ipv4 tcp', 'TUNNEL_BY_SOURCE_PORT@42'],
  ];

const table = rows.map(([name, layers, problems, infos = '']) => {
  return [name, layers, problems, infos] as const;
});

describe('fixtures', () => {
  it('are all in the table, and the table has no other', () => {
    expect(table.map(([name]) => name).sort()).toEqual(fixtureNames);
  });

  it.each(table)('%s.hex has its layers and its problems', (name, layers, problems, infos) => {
    const packet = parse(fixture(name));
    expect(packet.layers.map((layer) => layer.layer).join(' ')).toBe(layers);
    const told = (info: boolean): string =>
      packet.problems
        .filter((p) => (p.severity === 'info') === info)
        .map((p) => `${p.code}@${p.offset}`)
        .join(' ');
    expect(told(false)).toBe(problems);
    expect(told(true)).toBe(infos);
  });

  it('have problems whose places lie in the frame, and whose needs are not met', () => {
    for (const name of fixtureNames) {
      const frame = fixture(name);
      for (const problem of parse(frame).problems) {
        const shown = `${name}: ${problem.code}`;
        expect(problem.offset, shown).toBeGreaterThanOrEqual(0);
        expect(problem.offset, shown).toBeLessThanOrEqual(frame.length);
        expect(problem.message, shown).not.toBe('');
        if (problem.need !== undefined)
          expect(problem.need, shown).toBeGreaterThan(problem.have ?? -1);
        expect(problem.bit >>> 3, shown).toBe(problem.offset);
        expect(problem.bit + problem.bits, shown).toBeLessThanOrEqual(frame.length * 8);
        expect(problem.captured, shown).toBeLessThanOrEqual(problem.wire);
      }
    }
  });
});
