/** A slow reader: the window shrinks to zero, is probed, and opens again. */
import { SECOND } from '../lab/clock.js';
import type { Crossing } from '../lab/recorder.js';
import type { TcpConnection } from '../lab/tcp/connection.js';
import { frameText } from '../lab/words.js';
import { parse } from '../packet/parse.js';
import type { Scenario } from './scenario.js';
import { clientAndServer, SERVER } from './tcp-pair.js';

export const tcpWindow: Scenario = {
  name: 'tcp-window',
  title: 'A slow reader fills the receive window; the sender probes until it opens again',
  guide: 'What is the TCP sliding window and why we need it?',
  about:
    'The client sends 20,000 bytes at once; there may be min(rwnd, cwnd) of them under way. The ' +
    "server's buffer holds 8,192 bytes, and its program does not read: each ACK announces what is " +
    'left, until the window is 0. The client stops and asks from time to time (zero window probes). ' +
    'After a second the program reads, the window opens, and the rest arrives.',
  remarks: ['tcp.analysis.window_full', 'tcp.analysis.zero_window'],
  label: nameSegment,
  play(lab) {
    const { client, server } = clientAndServer(lab);
    let reader: TcpConnection | undefined;
    let arrived = 0;
    server.tcp.listen(
      80,
      {
        accept: (connection) => {
          reader = connection;
          connection.pause();
          return {
            data: (bytes) => {
              arrived += bytes.length;
            },
          };
        },
      },
      { receiveBuffer: 8192, initialSequence: 300 },
    );
    const connection = client.tcp.connect(
      SERVER,
      80,
      {},
      { localPort: 54321, initialSequence: 100 },
    );
    lab.run();
    connection.write(new Uint8Array(20_000).fill(0x2e));
    lab.runFor(SECOND);
    server.note('The slow program reads at last');
    reader?.resume();
    lab.run();
    server.note(`All ${arrived} bytes are here`);
  },
};

/** What the server sends says how much there is room for. */
function nameSegment({ bytes, from, label }: Crossing): string | undefined {
  const tcp = parse(bytes).layer('tcp');
  if (label !== '' || from.device.name !== 'S' || tcp === undefined) return undefined;
  return frameText(bytes).replace(/\)$/, `, win=${tcp.window})`);
}
