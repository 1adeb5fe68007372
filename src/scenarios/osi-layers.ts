/** One frame, and its seven layers by name. */

import { dns } from '../headers/dns.js';
import { MICROSECOND } from '../lab/clock.js';
import { Host } from '../lab/host.js';
import { addressOf } from '../lab/ip/stack.js';
import { build } from '../packet/build.js';
import { parse } from '../packet/parse.js';
import { acquaint } from './acquaint.js';
import { gigabit } from './cables.js';
import type { Scenario } from './scenario.js';

export const osiLayers: Scenario = {
  name: 'osi-layers',
  title: 'One DNS question, and what each of the seven layers adds to it',
  guide: 'What are the seven layers of the OSI model?',
  about:
    'One frame from a client to a DNS server. The server opens it layer by layer, from the link up ' +
    'to the application. DNS has no layers 5 and 6 of its own: its transaction ID pairs question and ' +
    'answer, and its names are written as labels; the notes say so. In the TCP/IP model the seven ' +
    'are four: network access (1, 2), internet (3), transport (4), application (5 to 7). On the cable ' +
    'each frame has a preamble in front and a checksum (FCS) behind, which captures do not show.',
  play(lab) {
    const client = new Host(lab, 'Client', {
      interfaces: { eth0: { mac: '52:54:00:00:00:0a', address: '192.168.1.10/24' } },
    });
    const server = new Host(lab, 'Server', {
      interfaces: { eth0: { mac: '52:54:00:00:00:35', address: '192.168.1.53/24' } },
    });
    lab.connect(client.port('eth0'), server.port('eth0'), gigabit(5 * MICROSECOND));
    // They know each other, so that the question is the only frame.
    acquaint(client.port('eth0'), server.port('eth0'));

    server.udp.bind(53, {
      datagram: (frame) => {
        for (const text of layersOf(frame.data)) server.note(text, frame);
        frame.release();
      },
    });
    const question = build([
      dns({
        id: 0x1234,
        // Go and ask others, if you do not know.
        recursionDesired: true,
        questions: [{ name: 'www.example.com', type: 'A', class: 'IN' }],
      }),
    ]);
    const socket = client.udp.bind(49152);
    socket.send(addressOf('192.168.1.53'), 53, question);
    lab.run();
  },
};

/** What each layer says of a DNS question in a frame, from the cable up. */
function layersOf(bytes: Uint8Array): string[] {
  const packet = parse(bytes);
  const ethernet = packet.layer('ethernet');
  const ip = packet.layer('ipv4');
  const udp = packet.layer('udp');
  const message = packet.layer('dns');
  if (!ethernet || !ip || !udp || !message) return [];
  const [question] = message.questions;
  return [
    `Layer 1: Physical — ${bytes.length * 8} bits on a cable, 64 of preamble before and 32 of checksum behind`,
    `Layer 2: Data Link — Ethernet, MAC ${ethernet.src} → ${ethernet.dst}`,
    `Layer 3: Network — IP ${ip.src} → ${ip.dst}`,
    `Layer 4: Transport — UDP, port ${udp.srcPort} → ${udp.dstPort}`,
    `Layer 5: Session — none of its own; transaction 0x${message.id.toString(16)} pairs question and answer`,
    `Layer 6: Presentation — the name as labels, in ASCII`,
    `Layer 7: Application — DNS: what is the address of ${question?.name}?`,
  ];
}
