/** FIN, ACK, FIN, ACK: each side says for itself that it is done. */
import { MILLISECOND } from '../lab/clock.js';
import type { Scenario } from './scenario.js';
import { clientAndServer, SERVER } from './tcp-pair.js';

export const tcpClose: Scenario = {
  name: 'tcp-close',
  title: 'A connection ends in four steps, and the one who began waits in TIME-WAIT',
  guide: 'What is the TCP connection termination process?',
  about:
    'The client has sent all, and sends FIN. The server acknowledges it, and may still send: here it ' +
    'sends its last words 100 ms later, and then its own FIN, which the client acknowledges. The ' +
    'client stays in TIME-WAIT for 60 seconds, in case its last ACK is lost: `--tables` shows it.',
  play(lab) {
    const { client, server } = clientAndServer(lab);
    const words = (text: string): Uint8Array => new TextEncoder().encode(text);
    server.tcp.listen(
      80,
      {
        accept: () => ({
          ended: (connection) => {
            server.note('The client has no more to send, but I have');
            lab.clock.call(100 * MILLISECOND, () => {
              connection.write(words('Goodbye'));
              connection.end();
            });
          },
        }),
      },
      { initialSequence: 300 },
    );
    const connection = client.tcp.connect(
      SERVER,
      80,
      { closed: () => client.note('Both sides are done') },
      { localPort: 54321, initialSequence: 100 },
    );
    lab.run();
    client.note('I have no more data to send');
    connection.end();
    lab.run();
  },
};
