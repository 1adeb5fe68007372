/** One public address for all at home: NAT writes another sender on the envelope, and keeps a note. */
import { MICROSECOND, SECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { NatRouter } from '../lab/nat-router.js';
import type { Crossing } from '../lab/recorder.js';
import { parse } from '../packet/parse.js';
import type { Scenario } from './scenario.js';

const WEB = '93.184.216.34';
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

export const nat: Scenario = {
  name: 'nat',
  title: 'A NAT router gives a request its own address and a port, and the answer back',
  guide: 'What is NAT and how does it work?',
  about:
    'Host A (192.168.1.10:54321) asks the web server (93.184.216.34:80). The NAT router writes its ' +
    'public address and a port, 203.0.113.50:40001, in the place of the source, and keeps a note; ' +
    'the answer to that port goes back to Host A. Then Host A asks a port where nobody listens: the ' +
    'error quotes the packet as the web server saw it, and is translated too, outside and in the ' +
    'quote. After 30 seconds without a packet the notes are thrown away, and the next request gets ' +
    'another port. The internet between the two is one cable. The rule is `-o eth1 -p udp -j ' +
    'MASQUERADE --to-ports 40001-40999`: Linux would take any of these ports, the lab takes them in ' +
    'order.',
  label: nameEnds,
  play(lab) {
    const cable = { latency: 50 * MICROSECOND };
    const a = new Host(lab, 'A', {
      title: 'Host A',
      interfaces: { eth0: { mac: 'aa:aa:aa:aa:aa:aa', address: '192.168.1.10/24' } },
      gateway: '192.168.1.1',
    });
    const router = new NatRouter(lab, 'NAT', {
      title: 'NAT Router',
      interfaces: { eth0: { address: '192.168.1.1/24' }, eth1: { address: '203.0.113.50/24' } },
      outside: 'eth1',
      ports: '40001-40999',
    });
    const web = new Host(lab, 'WEB', {
      title: 'Web Server',
      interfaces: { eth0: { address: `${WEB}/24` } },
    });
    lab.connect(a.port('eth0'), router.port('eth0'), cable);
    lab.connect(router.port('eth1'), web.port('eth0'), cable);
    router.ip.addRoute('default', { dev: 'eth1' });
    web.ip.addRoute('203.0.113.0/24', { dev: 'eth0' });

    const server = web.udp.bind(80, {
      datagram(frame, _data, from, port) {
        web.note('Server sees\n203.0.113.50 (not 192.168.1.10!)', frame);
        frame.release();
        server.send(from, port, text('Response'));
      },
    });
    const client = a.udp.bind(54321, {
      datagram: (frame) => frame.release(),
      failed: () => a.note('Port 81 unreachable: the error is about my own packet, as I sent it'),
    });
    client.send(addressOf(WEB), 80, text('Request'));
    lab.run();
    lab.remark([a, web], 'An error comes back through the NAT too');
    client.send(addressOf(WEB), 81, text('Request'));
    lab.run();
    lab.runFor(31 * SECOND);
    const left = router.netfilter.conntrack.live.length;
    router.note(
      `31 s later: ${left === 0 ? 'the NAT table is empty' : `${left} entries are left`}`,
    );
    client.send(addressOf(WEB), 80, text('Request'));
    lab.run();
  },
};

/** Letters and errors with the ends that they name. */
function nameEnds({ bytes, from, to }: Crossing): string | undefined {
  const packet = parse(bytes);
  const ip = packet.layer('ipv4');
  const udp = packet.layer('udp');
  if (ip === undefined) return undefined;
  if (packet.layer('icmp') !== undefined) {
    const quoted = packet.all('ipv4')[1];
    return `ICMP: port unreachable\nDst: ${ip.dst}\nQuotes Src: ${quoted?.src}:${udp?.srcPort}`;
  }
  if (udp === undefined) return undefined;
  const inward = to.device.name === 'A' || from.device.name === 'WEB';
  const dst = `Dst: ${ip.dst}:${udp.dstPort}`;
  return inward ? `Response\n${dst}` : `Request\nSrc: ${ip.src}:${udp.srcPort}\n${dst}`;
}
