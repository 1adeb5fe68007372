import { describe, expect, it } from 'vitest';
import { PacketError } from '../../../src/bytes/error.js';
import type { TableName } from '../../../src/lab/netfilter/order.js';
import type { RuleSpec } from '../../../src/lab/netfilter/rule-spec.js';
import { Ruleset } from '../../../src/lab/netfilter/ruleset.js';
import {
  dnat,
  logPacket,
  masquerade,
  redirect,
  reject,
  setMark,
  setTos,
  setTtl,
  snat,
} from '../../../src/lab/netfilter/target-specs.js';

const refusalOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return (error as PacketError).message;
  }
  return 'nothing was refused';
};

describe('iptables, wrongly used', () => {
  it.each([
    ['', 'iptables: no command: expected -A, -I, -D, -N, -X, -F, -P, -Z, -L or -S'],
    ['-t nut -L', '-t nut: expected one of raw, mangle, nat, filter, security'],
    ['-A INPUT -L', '-L: one command at a time'],
    ['-A INPUT -j', '-j: its value is missing'],
    ['-A INPUTT -j DROP', 'table filter has no chain INPUTT; it has INPUT, FORWARD, OUTPUT'],
    ['-A INPUT -j DORP', '-j DORP: neither a target nor a chain of this table'],
    ['-A INPUT -j FORWARD', 'FORWARD is a built-in chain: no rule can lead to it'],
    ['-A INPUT -j INPUT', 'INPUT is a built-in chain: no rule can lead to it'],
    ['-A INPUT -s 10.0.0.300 -j DROP', '-s 10.0.0.300: expected an address'],
    ['-A INPUT -s 10.0.0.0/33 -j DROP', '-s 10.0.0.0/33: expected an address'],
    ['-A INPUT -p tpc -j DROP', '-p tpc: expected a number from 0 to 255, or one of all, icmp'],
    ['-A INPUT -p constructor -j DROP', '-p constructor: expected a number from 0 to 255'],
    ['-A INPUT -o eth1 -j DROP', '-o eth1: not in INPUT'],
    ['-t nat -A PREROUTING -o eth1', '-o eth1: not in PREROUTING'],
    ['-I OUTPUT -i eth1 -j DROP', '-i eth1: not in OUTPUT'],
    ['-t nat -A POSTROUTING ! -i eth1', '-i !eth1: not in POSTROUTING'],
    ['-A INPUT --dport 80 -j DROP', '--dport: needs -p tcp or -p udp before it'],
    ['-A INPUT -p tcp --dport eighty -j DROP', '--dport eighty: expected a port from 0 to 65535'],
    ['-A INPUT -p tcp --dport 90:80 -j DROP', '--dport 90:80: expected FIRST:LAST'],
    ['-A INPUT -p tcp --dport 1 --dport 2', '--dport: given twice'],
    ['-A INPUT -p tcp --dport ! 80', '--dport !: write the ! before the option'],
    ['-A INPUT ! ! -p tcp', '! !: one is enough'],
    ['-A INPUT ! -j DROP', "! -j: can't be turned around"],
    ['-A INPUT -m marks --mark 1', '-m marks: expected one of tcp, udp'],
    ['-A INPUT -m mark -j DROP', '-m mark: no option of it is given'],
    ['-A INPUT --mark 1 -j DROP', '--mark: needs -m mark or -m connmark before it'],
    ['-A INPUT -m mark --mark 0xzz', '--mark 0xzz: expected a number from 0 to 4294967295'],
    ['-A INPUT -m conntrack --ctstate NEW,OLD', '--ctstate OLD: expected states of INVALID'],
    ['-A INPUT -p tcp --tcp-flags SYN,XYZ SYN', '--tcp-flags SYN,XYZ: expected flags of FIN,SYN'],
    ['-A INPUT -p tcp --tcp-flags SYN', '--tcp-flags: its value is missing'],
    ['-A INPUT -p icmp --icmp-type ping', '--icmp-type ping: expected an ICMP type such as'],
    ['-A INPUT -m statistic --every 2', '-m statistic: --mode is missing'],
    [
      '-A INPUT -m statistic --mode nth --every 2 --packet 2',
      '--packet 2: expected a number from 0 to 1',
    ],
    [
      '-A INPUT -m statistic --mode random --probability 2',
      '--probability 2: expected a probability',
    ],
    [
      '-t nat -A POSTROUTING -p tcp -j MASQUERADE --to-ports 0-5',
      '--to-ports 0-5: expected a port from 1 to 65535, or FIRST-LAST',
    ],
    [
      '-t nat -A PREROUTING -p tcp -j REDIRECT --to-ports 0',
      '--to-ports 0: expected a port from 1 to 65535, or FIRST-LAST',
    ],
    [
      '-t nat -A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.5:0',
      '--to-destination 0: expected a port from 1 to 65535, or FIRST-LAST',
    ],
    [
      '-t nat -A POSTROUTING -p udp -j SNAT --to-source 10.0.0.5:65536',
      '--to-source 65536: expected a port from 1 to 65535, or FIRST-LAST',
    ],
    ['-A INPUT --to-ports 80', '--to-ports: no option of a match that the lab knows'],
    ['-A INPUT -j DROP --to-ports 80', 'no option of a match that the lab knows or of -j DROP'],
    ['-A INPUT -x', '-x: no option of iptables, or one that the lab does not know'],
    ['-A INPUT drop', 'drop: no option of iptables'],
    ['-A INPUT -j MASQUERADE', '-j MASQUERADE: only in table nat'],
    ['-t nat -A PREROUTING -j MASQUERADE', '-j MASQUERADE: not in PREROUTING, only in POSTROUTING'],
    ['-t nat -A POSTROUTING -j DNAT --to-destination 1.2.3.4', '-j DNAT: not in POSTROUTING'],
    ['-t nat -A PREROUTING -j DNAT', '-j DNAT: expected --to-destination with it'],
    [
      '-t nat -A PREROUTING -j DNAT --to-destination 1.2.3.4:80',
      '--to-destination 1.2.3.4:80: expected the rule to say -p tcp or -p udp',
    ],
    ['-t nat -A PREROUTING -j DROP', 'the nat table is not for filtering'],
    ['-t nat -P PREROUTING DROP', 'the nat table is not for filtering'],
    [
      '-A INPUT -j REJECT --reject-with tcp-reset',
      '--reject-with tcp-reset: expected the rule to say -p tcp',
    ],
    ['-A INPUT -j REJECT --reject-with nicely', '--reject-with nicely: expected one of icmp-net'],
    ['-t mangle -A FORWARD -j TTL', '-j TTL: expected one of --ttl-set, --ttl-inc, --ttl-dec'],
    ['-t mangle -A FORWARD -j TTL --ttl-set 1 --ttl-inc 2', '-j TTL: expected one of'],
    ['-P INPUT REJECT', '-P INPUT REJECT: expected a built-in chain, and ACCEPT or DROP'],
    ['-X INPUT', 'table filter: chain INPUT is built in'],
    ['-N ACCEPT', 'the name of a chain, ACCEPT, is taken'],
    ['-I INPUT 2 -j DROP', 'chain INPUT has 0 rules: there is no place 2'],
    ['-D INPUT 1', 'chain INPUT has 0 rules: there is no place 1'],
    ['-D INPUT -j DROP', 'table filter: no rule -A INPUT -j DROP'],
    ['-F INPUT -j DROP', 'only -A, -I and -D take a rule'],
    ['-A INPUT -m comment --comment "open', 'a quote is not closed'],
    ['-g FOO -A INPUT', '-g FOO: no chain of that name'],
  ])('%s', (text, words) => {
    const rules = new Ruleset();
    expect(refusalOf(() => rules.iptables(text))).toContain(words);
    // Whatever was refused has changed nothing.
    expect(rules.save()).toEqual(new Ruleset().save());
  });

  it('leads into no loop, and to no target that can not be there', () => {
    const rules = new Ruleset();
    for (const name of ['ONE', 'TWO']) rules.iptables(`-t nat -N ${name}`);
    rules.iptables('-t nat -A ONE -j TWO');
    const loop = refusalOf(() => rules.iptables('-t nat -A TWO -j ONE'));
    expect(loop).toContain('-j ONE: a loop, chain ONE leads to TWO');
    expect(refusalOf(() => rules.iptables('-t nat -A TWO -j TWO'))).toContain('a loop');
    rules.iptables('-t nat -A TWO -j MASQUERADE');
    const far = refusalOf(() => rules.iptables('-t nat -A PREROUTING -j ONE'));
    expect(far).toContain('-j MASQUERADE: not in PREROUTING, only in POSTROUTING');
    rules.iptables('-t nat -A POSTROUTING -j ONE');
    const near = refusalOf(() => rules.iptables('-t nat -A TWO -j DNAT --to-destination 10.0.0.1'));
    expect(near).toContain('-j DNAT: not in POSTROUTING');
    expect(refusalOf(() => rules.iptables('-t nat -X ONE'))).toContain('chain ONE has rules');
  });
});

describe('rules', () => {
  const same: [TableName, string, RuleSpec, string][] = [
    ['nat', 'POSTROUTING', { out: 'eth1', target: masquerade() }, '-o eth1 -j MASQUERADE'],
    [
      'nat',
      'POSTROUTING',
      { protocol: 'udp', target: masquerade({ ports: '40001-40999', random: true }) },
      '-p udp -j MASQUERADE --to-ports 40001-40999 --random',
    ],
    [
      'nat',
      'PREROUTING',
      {
        protocol: 'tcp',
        destination: '10.96.0.100',
        destinationPort: 80,
        target: dnat('10.244.1.5:8080'),
      },
      '-d 10.96.0.100 -p tcp --dport 80 -j DNAT --to-destination 10.244.1.5:8080',
    ],
    [
      'nat',
      'POSTROUTING',
      { source: '!10.0.0.0/8', target: snat('203.0.113.50-203.0.113.60', { persistent: true }) },
      '! -s 10.0.0.0/8 -j SNAT --to-source 203.0.113.50-203.0.113.60 --persistent',
    ],
    [
      'nat',
      'OUTPUT',
      { protocol: 'tcp', destinationPorts: '80,443', target: redirect({ ports: 8080 }) },
      '-p tcp -m multiport --dports 80,443 -j REDIRECT --to-ports 8080',
    ],
    ['filter', 'INPUT', { in: '!eth+', target: reject() }, '! -i eth+ -j REJECT'],
    [
      'filter',
      'INPUT',
      { state: '!ESTABLISHED', comment: 'a comment', target: 'DROP' },
      '-m state ! --state ESTABLISHED -m comment --comment "a comment" -j DROP',
    ],
    [
      'filter',
      'FORWARD',
      { bridged: false, physicalIn: 'eth0', target: 'ACCEPT' },
      '-m physdev --physdev-in eth0 ! --physdev-is-bridged -j ACCEPT',
    ],
    [
      'mangle',
      'FORWARD',
      { mark: 1, target: setMark('0x2/0xff') },
      '-m mark --mark 1 -j MARK --set-mark 0x2/0xff',
    ],
    [
      'mangle',
      'FORWARD',
      { ttlBelow: 5, target: setTtl({ set: 64 }) },
      '-m ttl --ttl-lt 5 -j TTL --ttl-set 64',
    ],
    [
      'mangle',
      'FORWARD',
      { dscp: 'EF', target: setTos('0x10') },
      '-m dscp --dscp-class EF -j TOS --set-tos 0x10',
    ],
    [
      'mangle',
      'FORWARD',
      { every: 3, packet: 1, target: logPacket('third') },
      '-m statistic --mode nth --every 3 --packet 1 -j LOG --log-prefix third',
    ],
    [
      'mangle',
      'FORWARD',
      { icmpType: '3/4', protocol: 'icmp' },
      '-p icmp --icmp-type fragmentation-needed',
    ],
    ['mangle', 'FORWARD', { tcpFlags: '!FIN,SYN,RST,ACK SYN', protocol: 6 }, '-p tcp ! --syn'],
    ['raw', 'OUTPUT', { target: 'NOTRACK' }, '-j NOTRACK'],
    [
      'filter',
      'INPUT',
      { probability: 5e-7 },
      '-m statistic --mode random --probability 0.0000005',
    ],
  ];

  it.each([
    ...[
      'protocol',
      'mark',
      'connectionMark',
      'ttl',
      'ttlBelow',
      'ttlAbove',
      'tos',
      'dscp',
      'icmpType',
    ],
    ...['sourcePort', 'destinationPort', 'every', 'packet', 'probability'],
  ])('take no number for %s that makes no sense, and say which', (field) => {
    const protocol = field === 'icmpType' ? 'icmp' : 'tcp';
    const others = field === 'packet' ? { every: 3 } : {};
    const add = (value: number) => () =>
      new Ruleset().append('filter', 'INPUT', { protocol, ...others, [field]: value });
    add(1)();
    for (const wrong of [Number.NaN, Infinity, -1, 1.5, 2 ** 32]) {
      expect(refusalOf(add(wrong))).toContain(` ${wrong}: expected `);
    }
  });

  it.each(same)('%s %s %o are the same as text', (table, chain, spec, text) => {
    const byObject = new Ruleset();
    const byText = new Ruleset();
    byObject.append(table, chain, spec);
    byText.iptables(`-t ${table} -A ${chain} ${text}`);
    expect(byObject.save(table)).toEqual(byText.save(table));
    const again = new Ruleset();
    again.restore(byText.save().join('\n'));
    expect(again.save()).toEqual(byText.save());
    byObject.delete(table, chain, spec);
    expect(byObject.save()).toEqual(new Ruleset().save());
  });

  it('are put in, taken out, listed and counted by their places', () => {
    const rules = new Ruleset();
    rules.iptables('-N OURS');
    rules.iptables('-A FORWARD -s 10.0.0.1 -j OURS');
    rules.iptables('-I FORWARD -s 10.0.0.2 -j ACCEPT');
    rules.iptables('-I FORWARD 2 -s 10.0.0.3 -j DROP');
    rules.iptables('-P FORWARD DROP');
    expect(rules.iptables('-S FORWARD')).toEqual([
      '-P FORWARD DROP',
      '-A FORWARD -s 10.0.0.2/32 -j ACCEPT',
      '-A FORWARD -s 10.0.0.3/32 -j DROP',
      '-A FORWARD -s 10.0.0.1/32 -j OURS',
    ]);
    rules.iptables('-D FORWARD 2');
    expect(rules.iptables('-L FORWARD -n --line-numbers')).toEqual([
      'Chain FORWARD (policy DROP)',
      'num  target     prot opt source               destination         ',
      '1    ACCEPT     all  --  10.0.0.2             0.0.0.0/0           ',
      '2    OURS       all  --  10.0.0.1             0.0.0.0/0           ',
    ]);
    rules.iptables('-F FORWARD');
    rules.iptables('-X OURS');
    rules.iptables('-P FORWARD ACCEPT');
    expect(rules.save()).toEqual(new Ruleset().save());
  });

  it('are restored whole or not at all, and the line is named that is wrong', () => {
    const rules = new Ruleset();
    rules.iptables('-A INPUT -j DROP');
    const before = rules.save();
    const text =
      '*filter\n:INPUT ACCEPT [1:2]\n[3:4] -A INPUT -p tcp -j ACCEPT\n-A INPUT -j WHAT\nCOMMIT\n';
    expect(refusalOf(() => rules.restore(text))).toBe(
      'line 4: table filter: -j WHAT: neither a target nor a chain of this table',
    );
    expect(rules.save()).toEqual(before);
    expect(refusalOf(() => rules.restore('*filter\n'))).toContain('COMMIT is missing');
    rules.restore(text.replace('-A INPUT -j WHAT\n', '# a remark\n'));
    expect(rules.save('filter').slice(0, 5)).toEqual([
      '*filter',
      ':INPUT ACCEPT [1:2]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      '[3:4] -A INPUT -p tcp -j ACCEPT',
    ]);
  });
});
