/** The same letter is lost once: TCP sends it again, UDP does not know. */

import { addressOf } from '../lab/ip/stack.js';
import type { Scenario } from './scenario.js';
import { clientAndServer, SERVER } from './tcp-pair.js';

const LETTER = new TextEncoder().encode('Important: see you at 12');

export const tcpVsUdp: Scenario = {
  name: 'tcp-vs-udp',
  title: 'A frame is lost: UDP never knows, TCP sends it again',
  guide: "What's the difference between TCP and UDP?",
  about:
    'The same 24 bytes twice, and each time the link loses the frame that carries them. UDP sends ' +
    'them behind a header of 8 bytes, and that is all: nothing arrives, nobody is told. TCP takes a ' +
    'handshake and headers of 32 bytes (20 and its timestamps), misses the acknowledgement, and ' +
    'sends the bytes again.',
  play(lab) {
    const { client, server, link } = clientAndServer(lab);
    let letters = 0;
    server.udp.bind(7000, {
      datagram: (frame) => {
        letters++;
        frame.release();
      },
    });
    server.tcp.listen(
      7000,
      {
        accept: () => ({
          data: (bytes) => server.note(`Delivered: ${new TextDecoder().decode(bytes)}`),
        }),
      },
      { initialSequence: 300 },
    );

    client.note('UDP: regular mail, drop it in the mailbox and hope');
    const socket = client.udp.bind(54321);
    link.forth.loseNext();
    socket.send(addressOf(SERVER), 7000, LETTER);
    lab.run();
    server.note(`${letters} letters by UDP: nobody knows that one was sent`);

    client.note('TCP: registered mail, with delivery confirmation');
    const connection = client.tcp.connect(
      SERVER,
      7000,
      {},
      { localPort: 54321, initialSequence: 100 },
    );
    lab.run();
    link.forth.loseNext();
    connection.write(LETTER);
    lab.run();
  },
};
