/** Four conversations between two hosts, told apart by five numbers. */
import { formatIpv4 } from '../bytes/address.js';
import { addressOf } from '../lab/ip/stack.js';
import type { TcpConnection } from '../lab/tcp/connection.js';
import type { Scenario } from './scenario.js';
import { CLIENT, clientAndServer, SERVER } from './tcp-pair.js';

const words = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What the client says of an answer to that port of its. */
const heard = (port: number, bytes: Uint8Array): string =>
  `${CLIENT}:${port} hears: ${new TextDecoder().decode(bytes)}`;

export const fiveTuple: Scenario = {
  name: 'five-tuple',
  title: 'Conversations between the same two hosts, told apart by protocol, addresses and ports',
  guide: 'What is a 5-tuple?',
  about:
    'The client opens two connections to port 80 of the same server: only their source ports ' +
    'differ. A third goes to port 443 from the source port of the first: only the destination port ' +
    'differs. A UDP datagram has the very addresses and ports of the first: only the protocol ' +
    'differs. Each answer finds its way back to the right one.',
  play(lab) {
    const { client, server } = clientAndServer(lab);
    const answer = (connection: TcpConnection): void => {
      const { remoteAddress, remotePort, localAddress, localPort } = connection.flow;
      const remote = `${formatIpv4(remoteAddress)}:${remotePort}`;
      const local = `${formatIpv4(localAddress)}:${localPort}`;
      server.note(`5-tuple: TCP, ${remote} → ${local}`);
      connection.write(words(`You are TCP ${remotePort} → ${localPort}`));
    };
    for (const port of [80, 443]) {
      server.tcp.listen(
        port,
        { accept: () => ({ data: (_bytes, connection) => answer(connection) }) },
        { initialSequence: 5000 },
      );
    }
    const udpServer = server.udp.bind(80, {
      datagram: (frame, _data, from, port) => {
        server.note(`5-tuple: UDP, ${formatIpv4(from)}:${port} → ${SERVER}:80`, frame);
        frame.release();
        udpServer.send(from, port, words(`You are UDP ${port} → 80`));
      },
    });
    for (const [localPort, port, initialSequence] of [
      [54321, 80, 1000],
      [54322, 80, 2000],
      [54321, 443, 3000],
    ] as const) {
      const connection = client.tcp.connect(
        SERVER,
        port,
        { data: (bytes) => client.note(heard(localPort, bytes)) },
        { localPort, initialSequence },
      );
      lab.run();
      connection.write(words('Who am I?'));
      lab.run();
    }
    const socket = client.udp.bind(54321, {
      datagram: (frame, data) => {
        client.note(heard(54321, frame.bytes.subarray(data, frame.end)), frame);
        frame.release();
      },
    });
    socket.send(addressOf(SERVER), 80, words('Who am I?'));
    lab.run();
  },
};
