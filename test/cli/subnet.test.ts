import { beforeAll, describe, expect, it, vi } from 'vitest';
import { expectError, requireBuild, run, shell } from './command.js';
import { runHere } from './here.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(requireBuild);

/** The rows of each prefix, by name; of several with one name, all. */
function rows(out: string): Record<string, string[]>[] {
  return out.split(/^(?=\S)/m).map((block) => {
    const found: Record<string, string[]> = {};
    for (const line of block.split('\n').slice(1, -1)) {
      const name = line.slice(0, 12).trim();
      found[name] = [...(found[name] ?? []), line.slice(14)];
    }
    return found;
  });
}

async function said(...args: string[]): Promise<string> {
  const { code, err, out } = await runHere(['subnet', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

describe('subnet', () => {
  it("tells of the guide's example what the guide tells", () => {
    const { code, err, out } = run(['subnet', '192.168.1.100/24']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')[0]).toBe('192.168.1.100/24');
    expect(rows(out)).toEqual([
      {
        network: ['192.168.1.0/24'],
        mask: ['255.255.255.0'],
        wildcard: ['0.0.0.255'],
        broadcast: ['192.168.1.255'],
        hosts: ['254 = 2^8 - 2'],
        from: ['192.168.1.1 to 192.168.1.254'],
        addresses: ['256 = 2^8'],
        kind: ['Private-Use 192.168.0.0/16 (RFC 1918)'],
        'RFC 1918': ['yes'],
      },
    ]);
  });

  it('takes a mask, and several prefixes, and tells which overlap', async () => {
    const out = await said('10.0.1.7/255.255.255.0', '10.0.0.0/16', '10.1.0.0/16', '2001:db8::/64');
    expect(out.match(/^\S.*/gm)).toEqual([
      '10.0.1.7/24',
      '10.0.0.0/16',
      '10.1.0.0/16',
      '2001:db8::/64',
    ]);
    expect(rows(out).map(({ overlaps }) => overlaps)).toEqual([
      ['10.0.0.0/16'],
      ['10.0.1.0/24'],
      undefined,
      undefined,
    ]);
  });

  it('tells how short prefixes come to their hosts, and what is special in large ones', async () => {
    const found = rows(await said('10.0.0.0/31', '10.0.0.1/32', '2001:db8::/64', '172.0.0.0/8'));
    expect(found.map(({ hosts }) => hosts)).toEqual([
      ['2 (RFC 3021)'],
      ['1'],
      ['18,446,744,073,709,551,615 = 2^64 - 1'],
      ['16,777,214 = 2^24 - 2'],
    ]);
    expect(found.map(({ broadcast }) => broadcast)).toEqual([
      ['none'],
      ['none'],
      ['none'],
      ['172.255.255.255'],
    ]);
    expect(found[2]?.['RFC 1918']).toBeUndefined();
    expect(found[3]).toMatchObject({
      kind: ['mixed'],
      with: ['Private-Use 172.16.0.0/12 (RFC 1918)'],
      'RFC 1918': ['in part'],
    });
  });

  it('splits', async () => {
    const [found] = rows(await said('10.0.0.0/22', '--split', '24'));
    expect(found?.['part']).toEqual([
      '10.0.0.0/24  10.0.0.1 to 10.0.0.254',
      '10.0.1.0/24  10.0.1.1 to 10.0.1.254',
      '10.0.2.0/24  10.0.2.1 to 10.0.2.254',
      '10.0.3.0/24  10.0.3.1 to 10.0.3.254',
    ]);
    const all = await said('2001:db8::/48', '--split', '/64');
    expect(all.match(/^ {2}part/gm)).toHaveLength(65_536);
  });

  it('ends with 1 where an address is in none of the prefixes', async () => {
    const lan = ['subnet', '192.168.1.0/24', '10.0.0.0/8', '--contains', '192.168.1.20'];
    const inside = await runHere([...lan, '10.0.5.100']);
    expect(inside.code).toBe(0);
    expect(rows(inside.out).map(({ contains }) => contains)).toEqual([
      ['192.168.1.20: yes', '10.0.5.100: no'],
      ['192.168.1.20: no', '10.0.5.100: yes'],
    ]);
    const outside = await runHere([...lan, '93.184.216.34']);
    expect(outside).toMatchObject({ code: 1, err: '' });
    expect(outside.out).toContain('93.184.216.34: no');
    expect(run([...lan, '11.0.0.0/8'])).toMatchObject({ code: 1, err: '' });
  });

  it('prints JSON, an object a line', async () => {
    const { code, out: text } = await runHere([
      'subnet',
      '--json',
      '192.168.1.100/24',
      '2001:db8::/63',
      '--contains',
      '192.168.1.1',
      '2001:db8::1',
    ]);
    expect(code).toBe(0);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      prefix: '192.168.1.0/24',
      version: 4,
      address: '192.168.1.100',
      network: '192.168.1.0',
      length: 24,
      mask: '255.255.255.0',
      wildcard: '0.0.0.255',
      broadcast: '192.168.1.255',
      firstHost: '192.168.1.1',
      lastHost: '192.168.1.254',
      hosts: 254,
      addresses: 256,
      rfc1918: true,
      kind: {
        name: 'Private-Use',
        rfc: 'RFC 1918',
        globallyReachable: false,
        within: '192.168.0.0/16',
        parts: [],
      },
      overlaps: [],
      contains: [
        { address: '192.168.1.1', inside: true },
        { address: '2001:db8::1', inside: false },
      ],
    });
    expect(lines[1]).toMatchObject({
      version: 6,
      broadcast: null,
      hosts: '36893488147419103231',
      addresses: '36893488147419103232',
    });
    const split = JSON.parse(await said('--json', '2001:db8::/63', '--split', '64')) as object;
    expect(split).toMatchObject({ split: ['2001:db8::/64', '2001:db8:0:1::/64'] });
  });

  it.each([
    [
      ['hello'],
      /hello: expected an address and the length of its network such as 192\.168\.1\.0\/24/,
    ],
    [[''], /^framewright: "": expected an address and the length/],
    [['/24'], /\/24: no address before the slash: expected an address and/],
    [['2001:db8::1'], /no length behind the address: expected 2001:db8::1\/64/],
    [['10.0.0.0/8', '--contains'], /--contains: expected addresses or prefixes/],
    [['10.0.0.1'], /10\.0\.0\.1: no length behind the address: expected 10\.0\.0\.1\/24/],
    [['10.0.0.0/33'], /the length 33 does not fit, it is 0–32/],
    [['10.0.0.0/0.0.0.255'], /is a wildcard: the mask is 255\.255\.255\.0/],
    [['10.0.0.0/8', '2001:db8::/129'], /the length 129 does not fit/],
    [['10.0.0.0/8', '--split', '7'], /10\.0\.0\.0\/8 into parts of length 7: it is 8–32/],
    [['10.0.0.0/8', '--split', 'x'], /--split x: expected a length such as 26/],
    [['10.0.0.0/8', '--split', '25'], /has 131,072 parts, of which 65,536 at most are printed/],
    [['10.0.0.0/8', '--contains', 'hello'], /hello: neither an IPv4 nor an IPv6 address/],
    [[], /Not enough non-option arguments/],
  ])('%j ends with 2 and a line that says why', async (args, words) => {
    const result = await runHere(['subnet', ...args]);
    expectError(result, 2, words);
    expect(result.out).toBe('');
  });

  it('says nothing where the reader goes', () => {
    const { code, err } = shell(
      'set -o pipefail; framewright subnet 2001:db8::/48 --split 64 | head -1',
      '/tmp',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
