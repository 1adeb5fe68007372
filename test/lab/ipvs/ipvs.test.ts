import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../src/bytes/address.js';
import { ethernet } from '../../../src/headers/ethernet.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { tcp } from '../../../src/headers/tcp.js';
import { SECOND } from '../../../src/lab/clock.js';
import type { Frame } from '../../../src/lab/frame.js';
import { Host, Router } from '../../../src/lab/host.js';
import { srcOf } from '../../../src/lab/ip/packet.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Ipvs } from '../../../src/lab/ipvs/ipvs.js';
import type { SchedulerName } from '../../../src/lab/ipvs/schedulers.js';
import type { ServerOptions } from '../../../src/lab/ipvs/service.js';
import { Lab } from '../../../src/lab/lab.js';
import { Netfilter } from '../../../src/lab/netfilter/netfilter.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';

const VIP = '10.96.0.100';
const SERVERS = ['10.244.1.5:8080', '10.244.2.7:8080'];

/** A client, a director with the virtual address, and two servers behind it. */
function cluster(mtu = 1500) {
  const lab = new Lab();
  const client = new Host(lab, 'C', {
    interfaces: { eth0: { address: '192.168.1.10/24' } },
    gateway: '192.168.1.1',
  });
  const director = new Router(lab, 'D', {
    interfaces: {
      eth0: { address: '192.168.1.1/24' },
      eth1: { address: '10.244.1.1/24' },
      eth2: { address: '10.244.2.1/24' },
      'kube-ipvs0': { address: `${VIP}/32` },
    },
  });
  const servers = ['10.244.1.5', '10.244.2.7'].map(
    (address, i) =>
      new Host(lab, `S${i + 1}`, {
        interfaces: { eth0: { address: `${address}/24` } },
        gateway: `10.244.${i + 1}.1`,
      }),
  ) as [Host, Host];
  lab.connect(client.port('eth0'), director.port('eth0'));
  lab.connect(director.port('eth1'), servers[0].port('eth0'), { mtu });
  lab.connect(director.port('eth2'), servers[1].port('eth0'), { mtu });
  const problems: unknown[] = [];
  lab.watch({
    crossed: ({ bytes }) => {
      problems.push(...parse(bytes).problems.filter(({ severity }) => severity !== 'info'));
    },
  });
  return { lab, client, director, servers, ipvs: new Ipvs(director), problems };
}

/** Servers that answer a datagram with their name and what came. */
function answer(hosts: readonly Host[]): void {
  for (const host of hosts) {
    const socket = host.udp.bind(8080, {
      datagram: (frame, data, from, port) => {
        const text = new TextDecoder().decode(frame.bytes.subarray(data, frame.end));
        frame.release();
        socket.send(from, port, new TextEncoder().encode(`${host.name}: ${text}`), {
          dontFragment: false,
        });
      },
    });
  }
}

/** Asks the service by UDP from a new port; answers where answers will be found. */
function ask(host: Host, text: string): { answers: string[]; failures: number[]; again(): void } {
  const answers: string[] = [];
  const failures: number[] = [];
  const socket = host.udp.bind(0, {
    datagram: (frame, data, from, port) => {
      const said = new TextDecoder().decode(frame.bytes.subarray(data, frame.end));
      answers.push(`${formatIpv4(from)}:${port} ${said}`);
      frame.release();
    },
    failed: (_to, _port, { code }) => failures.push(code),
  });
  const again = (): void => {
    socket.send(addressOf(VIP), 80, new TextEncoder().encode(text), { dontFragment: false });
  };
  again();
  return { answers, failures, again };
}

function udpService(ipvs: Ipvs, scheduler: SchedulerName, weights = [1, 1]) {
  const service = ipvs.addService({ protocol: 'udp', address: `${VIP}:80`, scheduler });
  const made = SERVERS.map((name, i) => service.addServer(name, { weight: weights[i] as number }));
  return { service, servers: made as [(typeof made)[0], (typeof made)[0]] };
}

describe('IPVS', () => {
  it('spreads connections over the servers, and clients see the virtual address alone', () => {
    const { lab, client, ipvs, servers, problems } = cluster();
    udpService(ipvs, 'rr');
    answer(servers);
    const asked = ['one', 'two', 'three'].map((text) => ask(client, text));
    lab.run();
    asked[0]?.again();
    lab.run();
    expect(asked.map(({ answers }) => answers)).toEqual([
      [`${VIP}:80 S1: one`, `${VIP}:80 S1: one`],
      [`${VIP}:80 S2: two`],
      [`${VIP}:80 S1: three`],
    ]);
    expect(problems).toEqual([]);
    lab.runFor(30 * SECOND);
    expect(ipvs.tables()).toEqual([
      {
        title: 'ipvsadm -Ln',
        lines: [
          'IP Virtual Server version 1.2.1 (size=4096)',
          'Prot LocalAddress:Port Scheduler Flags',
          '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
          'UDP  10.96.0.100:80 rr',
          '  -> 10.244.1.5:8080              Masq    1      0          2',
          '  -> 10.244.2.7:8080              Masq    1      0          1',
        ],
      },
      {
        title: 'ipvsadm -Lnc',
        lines: [
          'IPVS connection entries',
          'pro expire state       source             virtual            destination',
          'UDP 04:30  UDP         192.168.1.10:49152 10.96.0.100:80     10.244.1.5:8080',
          'UDP 04:30  UDP         192.168.1.10:49153 10.96.0.100:80     10.244.2.7:8080',
          'UDP 04:30  UDP         192.168.1.10:49154 10.96.0.100:80     10.244.1.5:8080',
        ],
      },
    ]);
    lab.runFor(271 * SECOND);
    expect(ipvs.connections.all).toEqual([]);
    expect(ipvs.services[0]?.servers.map(({ inactive }) => inactive)).toEqual([0, 0]);
  });

  it('serves the director itself', () => {
    const { lab, director, ipvs, servers, problems } = cluster();
    udpService(ipvs, 'rr');
    answer(servers);
    const asked = ask(director, 'me');
    lab.run();
    expect(asked.answers).toEqual([`${VIP}:80 S1: me`]);
    expect(problems).toEqual([]);
  });

  it('may have a server on the director itself', () => {
    const { lab, client, director, ipvs } = cluster();
    const service = ipvs.addService({ protocol: 'udp', address: `${VIP}:80` });
    service.addServer('192.168.1.1:8080');
    answer([director]);
    const asked = ask(client, 'hello');
    lab.run();
    expect(asked.answers).toEqual([`${VIP}:80 D: hello`]);
  });

  it('says "port unreachable" where no server takes connections', () => {
    const { lab, client, ipvs, servers } = cluster();
    const { service, servers: real } = udpService(ipvs, 'rr');
    answer(servers);
    service.setWeight(real[0], 0);
    service.setWeight(real[1], 0);
    const asked = ask(client, 'anybody?');
    lab.run();
    expect(asked.failures).toEqual([3]);
    expect(ipvs.connections.all).toEqual([]);
  });

  it('keeps a connection where its server gets no new ones, and drops it with the server', () => {
    const { lab, client, ipvs, servers } = cluster();
    const { service, servers: real } = udpService(ipvs, 'rr');
    answer(servers);
    const old = ask(client, 'old');
    lab.run();
    service.setWeight(real[0], 0);
    old.again();
    const fresh = [ask(client, 'new'), ask(client, 'newer')];
    lab.run();
    expect(old.answers.length).toBe(2);
    expect(fresh.map(({ answers }) => answers[0])).toEqual([
      `${VIP}:80 S2: new`,
      `${VIP}:80 S2: newer`,
    ]);
    service.removeServer(real[0]);
    old.again();
    lab.run();
    expect([old.answers.length, old.failures.length]).toEqual([2, 0]);
  });

  it('translates what an ICMP error quotes: a server without the port', () => {
    const { lab, client, ipvs, problems } = cluster();
    udpService(ipvs, 'rr');
    const errors: string[] = [];
    lab.watch({
      crossed: ({ to, bytes }) => {
        const [outer, inner] = parse(bytes).all('ipv4');
        if (to.device === client && inner !== undefined) errors.push(`${outer?.src} ${inner.dst}`);
      },
    });
    const asked = ask(client, 'hello?');
    lab.run();
    expect(asked.failures).toEqual([3]);
    expect(errors).toEqual([`${VIP} ${VIP}`]);
    expect(problems).toEqual([]);
  });

  it('hands on an ICMP error about an answer to the server that sent it', () => {
    const { lab, client, ipvs, servers, problems } = cluster();
    udpService(ipvs, 'rr');
    const failed: number[] = [];
    const socket = servers[0].udp.bind(8080, {
      datagram: (frame, _data, from, port) => {
        frame.release();
        socket.send(from, port, new Uint8Array(8));
      },
      failed: (to, port) => failed.push(to, port),
    });
    const from = client.udp.bind(5000, { datagram: (frame) => frame.release() });
    from.send(addressOf(VIP), 80, new Uint8Array(8));
    // The client has hung up by the time the answer comes.
    from.close();
    lab.run();
    expect(failed).toEqual([addressOf('192.168.1.10'), 5000]);
    expect(problems).toEqual([]);
  });

  it('says "fragmentation needed" of the way to the server, and counts TTL down', () => {
    const { lab, client, ipvs, servers } = cluster(1400);
    udpService(ipvs, 'rr');
    answer(servers);
    const codes: number[] = [];
    const send = (bytes: number, options: { ttl?: number; dontFragment?: boolean }): void => {
      client.udp
        .bind(0, {
          datagram: (frame) => frame.release(),
          failed: (_a, _p, e) => codes.push(e.type, e.mtu),
        })
        .send(addressOf(VIP), 80, new Uint8Array(bytes), options);
    };
    send(1450, { dontFragment: true });
    lab.run();
    send(10, { ttl: 1 });
    lab.run();
    expect(codes).toEqual([3, 1400, 11, 0]);
    const ttls: number[] = [];
    lab.watch({
      crossed: ({ to, bytes }) => {
        if (servers.includes(to.device as Host)) ttls.push(parse(bytes).layer('ipv4')?.ttl ?? 0);
      },
    });
    send(10, { ttl: 20 });
    lab.run();
    expect(ttls).toContain(19);
  });

  it('puts fragments of answers together, and cuts them anew', () => {
    const { lab, client, ipvs, servers, problems } = cluster(600);
    udpService(ipvs, 'rr');
    answer(servers);
    const asked = ask(client, 'x'.repeat(1000));
    lab.run();
    expect(asked.answers).toEqual([`${VIP}:80 S1: ${'x'.repeat(1000)}`]);
    expect(problems).toEqual([]);
  });

  it('comes behind netfilter, which drops what it may and translates nothing further', () => {
    const { lab, client, director, ipvs, servers, problems } = cluster();
    udpService(ipvs, 'rr');
    answer(servers);
    const netfilter = new Netfilter(director.ip);
    netfilter.iptables('-t nat -A POSTROUTING -j MASQUERADE');
    netfilter.iptables('-A INPUT -p udp --sport 6000 -j DROP');
    const asked = ask(client, 'hello');
    client.udp
      .bind(6000, { datagram: (frame) => frame.release() })
      .send(addressOf(VIP), 80, new Uint8Array(4));
    const sources: (string | undefined)[] = [];
    lab.watch({
      crossed: ({ to, bytes }) => {
        const packet = parse(bytes);
        if (to.device === servers[0] && packet.layer('udp'))
          sources.push(packet.layer('ipv4')?.src);
      },
    });
    lab.run();
    expect(asked.answers).toEqual([`${VIP}:80 S1: hello`]);
    expect(sources).toEqual(['192.168.1.10']);
    expect(ipvs.connections.all.length).toBe(1);
    expect(problems).toEqual([]);
  });

  it('sends the packet as it is with direct routing', () => {
    const { lab, client, ipvs, servers } = cluster();
    const service = ipvs.addService({ protocol: 'udp', address: `${VIP}:80` });
    const options: ServerOptions = { forward: 'dr' };
    service.addServer('10.244.1.5:80', options);
    servers[0].addInterface('lo1', { address: `${VIP}/32` });
    const got: string[] = [];
    servers[0].udp.bind(80, {
      datagram: (frame, data) => {
        got.push(`${formatIpv4(srcOf(frame))} ${frame.end - data}`);
        frame.release();
      },
    });
    ask(client, 'direct');
    lab.run();
    expect(got).toEqual(['192.168.1.10 6']);
    expect(() => service.addServer('10.244.2.7:8080', options)).toThrow(/changes no port/);
  });

  it('refuses what makes no sense', () => {
    const { ipvs } = cluster();
    expect(() => ipvs.addService({ address: '10.96.0.101:80' })).toThrow(/no address of its own/);
    expect(() => ipvs.addService({ address: VIP })).toThrow(/no address and port/);
    expect(() => ipvs.addService({ address: `${VIP}:80`, scheduler: 'wlc' as never })).toThrow(
      /rr, wrr, lc, sh, dh/,
    );
    const service = ipvs.addService({ address: `${VIP}:80` });
    expect(() => ipvs.addService({ address: `${VIP}:80` })).toThrow(/there already/);
    service.addServer('10.244.1.5:8080');
    expect(() => service.addServer('10.244.1.5:8080')).toThrow(/already/);
    expect(() => service.addServer('10.244.1.6:8080', { weight: -1 })).toThrow(/0–65535/);
  });
});

describe('schedulers', () => {
  const order = (scheduler: SchedulerName, weights: number[], count: number): string => {
    const { lab, client, ipvs, servers } = cluster();
    udpService(ipvs, scheduler, weights);
    answer(servers);
    const asked = Array.from({ length: count }, () => ask(client, 'x'));
    lab.run();
    return asked.map(({ answers }) => answers[0]?.at(-4) ?? '-').join('');
  };

  it('rr takes turns, whatever the weights', () => {
    expect(order('rr', [3, 1], 6)).toBe('121212');
    expect(order('rr', [0, 1], 3)).toBe('222');
  });

  it('wrr gives turns by weight', () => {
    expect(order('wrr', [3, 1], 8)).toBe('11121112');
    expect(order('wrr', [2, 4], 6)).toBe('212212');
    expect(order('wrr', [0, 5], 3)).toBe('222');
  });

  it('lc takes whoever has fewest', () => {
    const { lab, client, ipvs, servers } = cluster();
    const { service, servers: real } = udpService(ipvs, 'lc');
    answer(servers);
    service.setWeight(real[1], 0);
    for (let i = 0; i < 3; i++) ask(client, 'x');
    lab.run();
    service.setWeight(real[1], 1);
    const asked = Array.from({ length: 4 }, () => ask(client, 'x'));
    lab.run();
    expect(asked.map(({ answers }) => answers[0]?.at(-4)).join('')).toBe('2221');
  });

  it('sh gives a client the same server each time, and all clients by weight', () => {
    expect(order('sh', [1, 1], 6)).toMatch(/^(1{6}|2{6})$/);
    const { ipvs } = cluster();
    const { service, servers } = udpService(ipvs, 'sh', [3, 1]);
    const counts = new Map(servers.map((server) => [server, 0]));
    for (let i = 0; i < 1024; i++) {
      const server = service.schedule(0x0a000000 + i, 0);
      if (server !== undefined) counts.set(server, (counts.get(server) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([768, 256]);
  });

  it('dh gives a destination the same server', () => {
    const { ipvs } = cluster();
    const { service } = udpService(ipvs, 'dh');
    const picks = [1, 2, 3].map((src) => service.schedule(src, 0x0a600064)?.name);
    expect(new Set(picks).size).toBe(1);
  });
});

describe('a TCP connection through IPVS', () => {
  /** Hands a segment to a host's stack, to be sent from there. */
  function segment(host: Host, src: string, dst: string, flags: readonly string[]): void {
    const [from = '', srcPort] = src.split(':');
    const [to = '', dstPort] = dst.split(':');
    const bytes = build([
      ethernet(),
      ipv4({ src: from, dst: to }),
      tcp({ srcPort: Number(srcPort), dstPort: Number(dstPort), flags: flags as never }),
    ]);
    const frame: Frame = host.lab.frames.of(bytes);
    frame.network = frame.start + 14;
    host.ip.sendPacket(frame);
    host.lab.run();
  }

  it('goes through its states, by which it is counted and forgotten', () => {
    const { lab, client, ipvs, servers, problems } = cluster();
    const service = ipvs.addService({ address: `${VIP}:80` });
    const server = service.addServer('10.244.1.5:8080');
    // What the servers' own TCP says does not matter here: these two only take part as wires do.
    for (const host of [client, ...servers]) {
      host.ip.setTransport(6, { receive: (frame) => frame.release(), failed: () => {} });
    }
    const up = (...flags: string[]): void =>
      segment(client, '192.168.1.10:50000', `${VIP}:80`, flags);
    const down = (...flags: string[]): void =>
      segment(servers[0], '10.244.1.5:8080', '192.168.1.10:50000', flags);
    const shown = (): string => {
      const [one] = ipvs.connections.all;
      return `${one?.print().slice(4, 22).trim() ?? 'none'} ${server.active}/${server.inactive}`;
    };
    up('ACK');
    expect(shown()).toBe('none 0/0');
    up('SYN');
    expect(shown()).toBe('01:00  SYN_RECV 1/0');
    down('SYN', 'ACK');
    up('ACK');
    expect(shown()).toBe('15:00  ESTABLISHED 1/0');
    lab.runFor(10 * SECOND);
    expect(shown()).toBe('14:50  ESTABLISHED 1/0');
    up('FIN', 'ACK');
    expect(shown()).toBe('01:00  CLOSE_WAIT 0/1');
    down('FIN', 'ACK');
    up('ACK');
    expect(shown()).toBe('02:00  TIME_WAIT 0/1');
    lab.runFor(121 * SECOND);
    expect(shown()).toBe('none 0/0');
    up('SYN');
    down('SYN', 'ACK');
    up('ACK');
    down('FIN', 'ACK');
    expect(shown()).toBe('02:00  FIN_WAIT 0/1');
    up('RST');
    expect(shown()).toBe('00:10  CLOSE 0/1');
    lab.runFor(11 * SECOND);
    expect(shown()).toBe('none 0/0');
    expect(problems).toEqual([]);
  });

  it('carries data both ways, over a way to the server that is narrower than the client knows', () => {
    const { lab, client, ipvs, servers, problems } = cluster(1400);
    const service = ipvs.addService({ address: `${VIP}:80`, scheduler: 'lc' });
    for (const name of SERVERS) service.addServer(name);
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0xff);
    for (const host of servers) {
      host.tcp.listen(8080, {
        accept: () => ({
          data: (some, connection) => {
            connection.write(some);
          },
          ended: (connection) => connection.end(),
        }),
      });
    }
    const echoed = [1, 2, 3].map(() => {
      const got: number[] = [];
      const connection = client.tcp.connect(VIP, 80, { data: (some) => got.push(...some) });
      connection.write(bytes);
      connection.end();
      return got;
    });
    lab.run();
    for (const got of echoed) expect(Uint8Array.from(got)).toEqual(bytes);
    expect(service.servers.map(({ connections }) => connections)).toEqual([2, 1]);
    expect(service.servers.map(({ active }) => active)).toEqual([0, 0]);
    expect(problems).toEqual([]);
  });
});
