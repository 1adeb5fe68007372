import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '../../../src/lab/clock.js';
import { Host } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import { NatRouter } from '../../../src/lab/nat-router.js';
import type { Crossing } from '../../../src/lab/recorder.js';
import { parse } from '../../../src/packet/parse.js';

const word = (text: string): number =>
  text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

function home() {
  const lab = new Lab();
  const frames: Crossing[] = [];
  const notes: string[] = [];
  lab.watch({
    settled: (one) => frames.push(one),
    noted: ({ devices, text }) => notes.push(`${devices[0]?.name}: ${text}`),
  });
  const a = new Host(lab, 'A', {
    interfaces: { eth0: { address: '192.168.1.10/24' } },
    gateway: '192.168.1.1',
  });
  const nat = new NatRouter(lab, 'NAT', {
    interfaces: { eth0: { address: '192.168.1.1/24' }, eth1: { address: '203.0.113.50/24' } },
    gateway: '203.0.113.1',
    outside: 'eth1',
    ports: '40001-40999',
  });
  const isp = new Host(lab, 'ISP', {
    forwarding: true,
    interfaces: { eth0: { address: '203.0.113.1/24' }, eth1: { address: '93.184.216.1/24' } },
  });
  const web = new Host(lab, 'WEB', {
    interfaces: { eth0: { address: '93.184.216.34/24' } },
    gateway: '93.184.216.1',
  });
  lab.connect(a.port('eth0'), nat.port('eth0'));
  lab.connect(nat.port('eth1'), isp.port('eth0'));
  lab.connect(isp.port('eth1'), web.port('eth0'));
  return { lab, a, nat, isp, web, frames, notes };
}

describe('a home router', () => {
  it('gives a request its own address and a port, and the answer back', () => {
    const { lab, a, nat, web, frames, notes } = home();
    const got: string[] = [];
    const server = web.udp.bind(80, {
      datagram(frame, _data, from, port) {
        got.push(`${from}:${port}`);
        frame.release();
        server.send(from, port, new Uint8Array([2]));
      },
    });
    const client = a.udp.bind(54321, {
      datagram(frame, _data, from, port) {
        got.push(`${from}:${port}`);
        frame.release();
      },
    });
    client.send(word('93.184.216.34'), 80, new Uint8Array([1]));
    lab.run();
    expect(got).toEqual([`${word('203.0.113.50')}:40001`, `${word('93.184.216.34')}:80`]);
    expect(nat.netfilter.conntrack.print()).toEqual([
      'udp      17 30 src=192.168.1.10 dst=93.184.216.34 sport=54321 dport=80 src=93.184.216.34 dst=203.0.113.50 sport=80 dport=40001 mark=0 use=1',
    ]);
    expect(nat.tables().at(-1)?.lines).toEqual(['192.168.1.10:54321 ↔ 203.0.113.50:40001']);
    expect(notes).toContain('NAT: NAT Table:\n192.168.1.10:54321 ↔ 203.0.113.50:40001');
    expect(notes).toContain('NAT: Lookup NAT table\nForward to 192.168.1.10:54321');
    expect(frames.flatMap(({ bytes }) => parse(bytes).problems)).toEqual([]);
    lab.runFor(30 * SECOND + MILLISECOND);
    expect(nat.netfilter.conntrack.print()).toEqual([]);
  });

  it('translates pings, and errors about them', () => {
    const { lab, a, frames, nat } = home();
    const ping = a.ping('93.184.216.34');
    const lost = a.ping('93.184.216.99', { timeout: 10 * SECOND });
    const short = a.ping('93.184.216.34', { ttl: 2 });
    lab.run();
    expect(ping.print()).toEqual(['64 bytes from 93.184.216.34: icmp_seq=1 ttl=62 time=0.000 ms']);
    expect(lost.print()).toEqual(['From 203.0.113.1 icmp_seq=1 Destination Host Unreachable']);
    expect(short.print()).toEqual(['From 203.0.113.1 icmp_seq=1 Time to live exceeded']);
    // A quote that was cut can't be judged: that is no fault.
    const problems = frames.flatMap(({ bytes }) => parse(bytes).problems);
    expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(nat.netfilter.conntrack.invalid).toBe(0);
  });
});
