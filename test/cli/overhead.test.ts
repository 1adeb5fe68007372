import { beforeAll, describe, expect, it, vi } from 'vitest';
import { expectError, requireBuild, run } from './command.js';
import { runHere } from './here.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(requireBuild);

describe('overhead', () => {
  it('tells what VXLAN adds, and both MTUs', () => {
    const { code, err, out } = run(['overhead', 'vxlan', '--mtu', '1500']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'VXLAN over IPv4',
      "  against the underlay's MTU  50 bytes: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14",
      '  on the wire, a frame        50 bytes more: outer Ethernet 14, outer IPv4 20, UDP 8, VXLAN 8',
      '  underlay MTU 1500           inner MTU 1450',
      '  inner MTU 1500              underlay MTU 1550 or more',
      '',
    ]);
  });

  it("tells the truth of Geneve where the guide's figures forget 12 bytes", async () => {
    const { code, out } = await runHere(['overhead', 'geneve', '--options', '100']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /150 bytes: outer IPv4 20, UDP 8, Geneve 8, options 100, inner Ethernet 14/,
    );
    expect(out).toMatch(/underlay MTU 1500 +inner MTU 1350/);
    expect(out).toMatch(/inner MTU 1500 +underlay MTU 1650 or more/);
    const help = run(['overhead', '--help']);
    expect(help.out.replaceAll(/\s+/g, ' ')).toContain(
      'the figures 38 to 290 that one reads forget 12 bytes',
    );
  });

  it.each([
    [['vxlan'], 50, 50, 1450, 1550],
    [['vxlan', '--vlan'], 50, 54, 1450, 1550],
    [['vxlan', '--inner-vlan'], 54, 50, 1446, 1554],
    [['vxlan', '--vlan', '--vlan', '--inner-vlan'], 54, 58, 1446, 1554],
    [['vxlan', '--ipv6'], 70, 70, 1430, 1570],
    [['geneve'], 50, 50, 1450, 1550],
    [['geneve', '--options', '252'], 302, 302, 1198, 1802],
    [['geneve', '--options', '100', '--mtu', '9000'], 150, 150, 8850, 9150],
  ])(
    '%j: %i bytes of the MTU, %i on the wire, as JSON',
    async (args, againstMtu, onWire, ...mtus) => {
      const { code, err, out } = await runHere(['overhead', ...args, '--json']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [inner, underlay] = mtus;
      expect(JSON.parse(out)).toMatchObject({
        tunnel: args[0],
        againstMtu,
        onWire,
        innerMtu: inner,
        underlayMtu: underlay,
      });
    },
  );

  it('tells every part in JSON', async () => {
    const { out } = await runHere(['overhead', 'geneve', '--options', '8', '--vlan', '--json']);
    expect(JSON.parse(out)).toEqual({
      tunnel: 'geneve',
      ipv6: false,
      mtu: 1500,
      innerMtu: 1442,
      underlayMtu: 1558,
      againstMtu: 58,
      onWire: 62,
      parts: {
        outerEthernet: 14,
        outerTags: 4,
        outerIp: 20,
        udp: 8,
        tunnel: 8,
        options: 8,
        innerEthernet: 14,
        innerTags: 0,
      },
    });
  });

  it('says where there is no such MTU, and tells the other', async () => {
    const small = await runHere(['overhead', 'vxlan', '--mtu', '100']);
    expect(small.out).toMatch(/underlay MTU 100 +none: the headers leave less than IP needs/);
    expect(small.out).toMatch(/inner MTU 100 +underlay MTU 150 or more/);
    const large = await runHere(['overhead', 'vxlan', '--mtu', '65535', '--json']);
    expect(JSON.parse(large.out)).toMatchObject({ innerMtu: 65_485, underlayMtu: null });
  });

  it('knows what IPv6 needs, and what it can carry', async () => {
    const least = await runHere(['overhead', 'vxlan', '--ipv6', '--mtu', '1279']);
    expect(least.out).toMatch(
      /underlay MTU 1279 +none: links with IPv6 .* 1280 or more \(RFC 8200/,
    );
    const most = await runHere(['overhead', 'vxlan', '--ipv6', '--mtu', '65505']);
    expect(most.out).toMatch(/inner MTU 65505 +underlay MTU 65575 or more/);
  });

  it.each([
    [['gre'], /overhead gre: there are vxlan, geneve/],
    [['vxlan', '--options', '4'], /options is 4: VXLAN has none/],
    [['geneve', '--options', '6'], /options is 6: it is 0–252 bytes in steps of four/],
    [['geneve', '--options', '256'], /--options 256: expected a whole number, 0–252/],
    [['vxlan', '--mtu', '67'], /--mtu 67: expected a whole number, 68–65535/],
    [['vxlan', '--mtu', 'x'], /--mtu x: expected a whole number, 68–65535/],
    [['vxlan', '--vlan=2'], /--vlan=2: --vlan has no value; for two, give it twice/],
    [['vxlan', '--inner-vlan=0'], /--inner-vlan=0: --inner-vlan has no value/],
    [['vxlan', '--ipv6=4'], /--ipv6=4: --ipv6 has no value/],
    [[], /Not enough non-option arguments/],
  ])('%j ends with 2 and a line that says why', async (args, words) => {
    const result = await runHere(['overhead', ...args]);
    expectError(result, 2, words);
    expect(result.out).toBe('');
  });
});
