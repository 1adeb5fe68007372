import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/bytes/address.js';
import { parseSubnet, Subnet, subnetOf } from '../../src/bytes/subnet.js';

const told = (text: string) => {
  const subnet = parseSubnet(text);
  const { network, mask, wildcard, broadcast, firstHost, lastHost, hosts, addresses } = subnet;
  return { network, mask, wildcard, broadcast, firstHost, lastHost, hosts, addresses };
};

const anySubnet = fc.oneof(
  fc
    .tuple(fc.bigInt(0n, 2n ** 32n - 1n), fc.nat(32))
    .map(([value, length]) => new Subnet(4, value, length)),
  fc
    .tuple(fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(128))
    .map(([value, length]) => new Subnet(6, value, length)),
);

/** An address that is close to the subnet, inside or not. */
function near(subnet: Subnet, distance: number): Subnet {
  const all = 2n ** BigInt(subnet.bits);
  const at = (subnet.first + BigInt(distance) + all) % all;
  return new Subnet(subnet.version, at, subnet.bits);
}

describe('a subnet', () => {
  it.each([
    ['2001:db8::/96', '::ffff:ffff'],
    ['2001:db8::/100', '::fff:ffff'],
    ['2001:db8::/80', '::ffff:ffff:ffff'],
    ['2001:db8::/128', '::'],
    ['::/0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s has no IPv4 address in its wildcard', (text, wildcard) => {
    expect(parseSubnet(text).wildcard).toBe(wildcard);
  });

  it("is the guide's example", () => {
    expect(told('192.168.1.100/24')).toEqual({
      network: '192.168.1.0',
      mask: '255.255.255.0',
      wildcard: '0.0.0.255',
      broadcast: '192.168.1.255',
      firstHost: '192.168.1.1',
      lastHost: '192.168.1.254',
      hosts: 254n,
      addresses: 256n,
    });
    expect(parseSubnet('192.168.1.100/24').address).toBe('192.168.1.100');
    expect(`${parseSubnet('192.168.1.100/255.255.255.0')}`).toBe('192.168.1.0/24');
  });

  it("has the guide's numbers of hosts", () => {
    expect(parseSubnet('172.16.0.0/16').hosts).toBe(65_534n);
    expect(parseSubnet('10.0.0.0/8').hosts).toBe(16_777_214n);
    expect(parseSubnet('10.0.0.1/32').hosts).toBe(1n);
  });

  it('of two addresses or one sets none apart', () => {
    expect(told('10.0.0.1/31')).toMatchObject({
      broadcast: undefined,
      firstHost: '10.0.0.0',
      lastHost: '10.0.0.1',
      hosts: 2n,
    });
    expect(told('10.0.0.1/32')).toMatchObject({
      broadcast: undefined,
      firstHost: '10.0.0.1',
      lastHost: '10.0.0.1',
      hosts: 1n,
    });
    expect(told('2001:db8::/127')).toMatchObject({ firstHost: '2001:db8::', hosts: 2n });
    expect(told('2001:db8::/128')).toMatchObject({ lastHost: '2001:db8::', hosts: 1n });
  });

  it('of IPv6 has no broadcast, and gives up the anycast address of its routers', () => {
    expect(told('2001:db8::42/64')).toEqual({
      network: '2001:db8::',
      mask: 'ffff:ffff:ffff:ffff::',
      wildcard: '::ffff:ffff:ffff:ffff',
      broadcast: undefined,
      firstHost: '2001:db8::1',
      lastHost: '2001:db8::ffff:ffff:ffff:ffff',
      hosts: 2n ** 64n - 1n,
      addresses: 2n ** 64n,
    });
  });

  it('may be all there is', () => {
    expect(told('1.2.3.4/0')).toMatchObject({
      network: '0.0.0.0',
      mask: '0.0.0.0',
      broadcast: '255.255.255.255',
      addresses: 2n ** 32n,
    });
    expect(parseSubnet('::/0').addresses).toBe(2n ** 128n);
  });

  it.each([
    ['2001:db8::1', 'no length behind the address: expected 2001:db8::1/64'],
    ['2001:db8::1/129', 'the length 129 does not fit, it is 0–128'],
    ['2001:db8::1/x', '"x" is no length, 0–128'],
    ['2001:db8::1/ffff::', '"ffff::" is no length'],
    ['2001:db8::g/64', '2001:db8::g is no IPv6 address'],
    ['fe80::1%eth0/64', 'a prefix has no zone'],
    ['10.0.0.1', 'no length behind the address'],
    ['hello/8', 'hello is no IPv4 address'],
  ])('%s is refused with the words for it', (text, words) => {
    expect(() => parseSubnet(text)).toThrow(`${text}: ${words}`);
  });

  it('of numbers is checked', () => {
    expect(() => new Subnet(4, 0n, 33)).toThrow('length 33: it is 0–32');
    expect(() => new Subnet(6, 0n, 1.5)).toThrow('length 1.5: it is 0–128');
    expect(() => new Subnet(4, 2n ** 32n, 8)).toThrow('4294967296 is no address of IPv4');
    expect(() => new Subnet(6, -1n, 8)).toThrow('-1 is no address of IPv6');
  });
});

describe('contains', () => {
  it('tells local from remote', () => {
    const lan = parseSubnet('192.168.1.100/24');
    expect(lan.contains('192.168.1.20')).toBe(true);
    expect(lan.contains('10.0.5.100')).toBe(false);
    expect(lan.contains('192.168.1.128/25')).toBe(true);
    expect(lan.contains('192.168.0.0/16')).toBe(false);
    expect(lan.contains('::ffff:192.168.1.20')).toBe(false);
    expect(parseSubnet('::/0').contains('10.0.0.1')).toBe(false);
    expect(() => lan.contains('hello')).toThrow('hello: neither an IPv4 nor an IPv6 address');
  });

  it("agrees with Node's block list", () => {
    fc.assert(
      fc.property(anySubnet, fc.integer({ min: -300, max: 300 }), (subnet, distance) => {
        const list = new BlockList();
        const family = subnet.version === 4 ? 'ipv4' : 'ipv6';
        // Node takes IPv6 in hex.
        const other = near(subnet, distance);
        const inHex = (one: string) => one.replace(/[\d.]+$/, hexTail);
        const text = (one: string) => (family === 'ipv6' ? inHex(one) : one);
        // A length of 0 is refused there.
        fc.pre(subnet.length > 0);
        list.addSubnet(text(subnet.network), subnet.length, family);
        expect(subnet.contains(other)).toBe(list.check(text(other.network), family));
      }),
      { numRuns: 500 },
    );
  });
});

/** IPv4 at the end of an IPv6 address as hex. */
function hexTail(tail: string): string {
  if (!tail.includes('.')) return tail;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

describe('overlaps', () => {
  it('is to have an address in common, from either side', () => {
    const lan = parseSubnet('10.0.1.0/24');
    expect(lan.overlaps('10.0.0.0/16')).toBe(true);
    expect(lan.overlaps('10.0.1.7')).toBe(true);
    expect(lan.overlaps('10.0.2.0/24')).toBe(false);
    expect(lan.overlaps('::/0')).toBe(false);
    fc.assert(
      fc.property(anySubnet, anySubnet, (one, other) => {
        const either = one.contains(other) || other.contains(one);
        expect(one.overlaps(other)).toBe(either);
        expect(other.overlaps(one)).toBe(either);
      }),
    );
  });
});

describe('split', () => {
  it('gives the parts in order', () => {
    expect(Array.from(parseSubnet('10.0.0.77/22').split(24), String)).toEqual([
      '10.0.0.0/24',
      '10.0.1.0/24',
      '10.0.2.0/24',
      '10.0.3.0/24',
    ]);
    expect(Array.from(parseSubnet('10.0.0.0/8').split(8), String)).toEqual(['10.0.0.0/8']);
    expect([...parseSubnet('255.255.255.254/31').split(32)].at(-1)?.network).toBe(
      '255.255.255.255',
    );
  });

  it('covers the whole with parts that touch and never overlap', () => {
    fc.assert(
      fc.property(anySubnet, fc.nat(8), (subnet, more) => {
        const length = Math.min(subnet.bits, subnet.length + more);
        const parts = [...subnet.split(length)];
        expect(parts.length).toBe(2 ** (length - subnet.length));
        let next = subnet.first;
        for (const part of parts) {
          expect(part.length).toBe(length);
          expect(part.first).toBe(next);
          expect(subnet.contains(part)).toBe(true);
          next = part.last + 1n;
        }
        expect(next).toBe(subnet.last + 1n);
      }),
    );
  });

  it('makes a part when it is asked for, were there 2^128', () => {
    const [first, second] = take(parseSubnet('::/0').split(128), 2);
    expect([first?.network, second?.network]).toEqual(['::', '::1']);
  });

  it('refuses a length that gives no parts when it is called', () => {
    const lan = parseSubnet('10.0.0.0/24');
    expect(() => lan.split(23)).toThrow('10.0.0.0/24 into parts of length 23: it is 24–32');
    expect(() => lan.split(33)).toThrow('it is 24–32');
    expect(() => lan.split(24.5)).toThrow('it is 24–32');
  });
});

function take<T>(all: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const one of all) {
    taken.push(one);
    if (taken.length === count) break;
  }
  return taken;
}

describe('subnetOf', () => {
  it('takes an address for the prefix that has only it', () => {
    expect(`${subnetOf('10.0.0.1')}`).toBe('10.0.0.1/32');
    expect(`${subnetOf('fe80::1')}`).toBe('fe80::1/128');
    expect(`${subnetOf('10.0.0.1/8')}`).toBe('10.0.0.0/8');
    const subnet = parseSubnet('10.0.0.1/8');
    expect(subnetOf(subnet)).toBe(subnet);
  });

  it('gives back every address as it was written', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.ipV6(), (word, ipv6) => {
        expect(subnetOf(formatIpv4(word)).address).toBe(formatIpv4(word));
        // IPv6 has many ways to be written; ours is read as the same number.
        const once = subnetOf(ipv6);
        expect(subnetOf(once.address).value).toBe(once.value);
      }),
    );
  });
});
