/** SYN, SYN-ACK, ACK; then data, and its acknowledgement. */
import type { Scenario } from './scenario.js';
import { clientAndServer, SERVER } from './tcp-pair.js';

export const tcpHandshake: Scenario = {
  name: 'tcp-handshake',
  title: 'The three-way handshake with seq=100 and seq=300, then 100 bytes and their ACK',
  guide: 'What is the TCP three-way handshake?',
  about:
    'Client and server agree on where their sequence numbers begin: 100 and 300. A SYN counts as one ' +
    'byte, so that the data begins at 101; 100 bytes of it are acknowledged by 201. The server may wait ' +
    'before it acknowledges, for an answer to send along (delayed ACK, RFC 1122 §4.2.3.2: less than ' +
    'half a second), and waits 40 ms here. Linux waits as long later on, but acknowledges the first ' +
    'data of a connection at once.',
  play(lab) {
    const { client, server } = clientAndServer(lab);
    server.tcp.listen(80, { accept: () => ({}) }, { initialSequence: 300 });
    lab.remark([client, server], 'TCP Three-Way Handshake');
    const how = { localPort: 54321, initialSequence: 100 };
    const connection = client.tcp.connect(SERVER, 80, {}, how);
    lab.run();
    connection.write(new Uint8Array(100).fill(0x2e));
    lab.run();
  },
};
