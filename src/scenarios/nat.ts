/** One public address for all at home: NAT writes another sender on the envelope, and keeps a note. */
import { formatIpv4 } from '../bytes/address.js';
import { MICROSECOND, SECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { NatRouter } from '../lab/nat-router.js';
import type { Crossing } from '../lab/recorder.js';
import type { TcpConnection } from '../lab/tcp/connection.js';
import { frameText } from '../lab/words.js';
import { parse } from '../packet/parse.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

const WEB = '93.184.216.34';
/** Nanoseconds after which netfilter forgets a TCP connection that was closed. */
const TIME_WAIT = 121 * SECOND;
/** Nanoseconds that the web server takes for an answer. */
const THINKING = 100 * MICROSECOND;
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

export const nat: Scenario = {
  name: 'nat',
  title: 'A NAT router gives a request its own address and a port, and the answer back',
  guide: 'What is NAT and how does it work?',
  about:
    'Host A (192.168.1.10:54321) asks the web server (93.184.216.34:80). The NAT router writes its ' +
    'public address and a port, 203.0.113.50:40001, in the place of the source of the first packet, ' +
    'and keeps a note; what comes back to that port goes to Host A. Then Host A sends a datagram to ' +
    'a port where nobody listens: the error quotes it as the web server saw it, and is translated ' +
    'too, outside and in the quote. Notes are thrown away when nothing more comes, after 30 seconds ' +
    'of UDP and two minutes of a closed TCP connection; the next request gets another port. The ' +
    'internet between the two is one cable. The rule is `-o eth1 -p tcp -j MASQUERADE --to-ports ' +
    '40001-40999`: Linux would take any of these ports, the lab takes them in order.',
  label: nameEnds,
  play(lab) {
    const cable = gigabit(50 * MICROSECOND);
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

    web.tcp.listen(80, {
      accept: () => ({
        data(_bytes, connection) {
          web.note(`Server sees\n${formatIpv4(connection.flow.remoteAddress)} (not 192.168.1.10!)`);
          lab.clock.call(THINKING, () => {
            connection.write(text('Response'));
            connection.end();
          });
        },
      }),
    });
    const ask = (): void => {
      const handlers = { ended: (from: TcpConnection) => from.end() };
      const connection = a.tcp.connect(WEB, 80, handlers, { localPort: 54321 });
      lab.run();
      connection.write(text('Request'));
      lab.run();
    };
    ask();
    lab.remark([a, web], 'An error comes back through the NAT too');
    const socket = a.udp.bind(54321, {
      datagram: (frame) => frame.release(),
      failed: () => a.note('Port 81 unreachable: the error is about my own packet, as I sent it'),
    });
    socket.send(addressOf(WEB), 81, text('Request'));
    lab.run();
    lab.runFor(TIME_WAIT);
    const left = router.netfilter.conntrack.live.length;
    router.note(`Two minutes later: ${left === 0 ? 'the NAT table is empty' : `${left} entries`}`);
    ask();
  },
};

/** Segments, datagrams and errors with the ends that they name; those with data as the guide has them. */
function nameEnds({ bytes, from, to }: Crossing): string | undefined {
  const packet = parse(bytes);
  const ip = packet.layer('ipv4');
  const transport = packet.layer('tcp') ?? packet.layer('udp');
  if (ip === undefined || transport === undefined) return undefined;
  if (packet.layer('icmp') !== undefined) {
    const quoted = packet.all('ipv4')[1];
    return `ICMP: port unreachable\nDst: ${ip.dst}\nQuotes Src: ${quoted?.src}:${transport.srcPort}`;
  }
  const inward = to.device.name === 'A' || from.device.name === 'WEB';
  const letter = transport.end > transport.headerEnd;
  const what = letter ? (inward ? 'Response' : 'Request') : frameText(bytes);
  const dst = `Dst: ${ip.dst}:${transport.dstPort}`;
  return inward ? `${what}\n${dst}` : `${what}\nSrc: ${ip.src}:${transport.srcPort}\n${dst}`;
}
