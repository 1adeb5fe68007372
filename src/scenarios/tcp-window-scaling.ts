/** 64 KiB under way are too few for a long way: with window scaling there may be more. */
import { MILLISECOND } from '../lab/clock.js';
import type { Host } from '../lab/host.js';
import type { Lab } from '../lab/lab.js';
import type { Scenario } from './scenario.js';
import { clientAndServer, SERVER } from './tcp-pair.js';

const BYTES = 200_000;

export const tcpWindowScaling: Scenario = {
  name: 'tcp-window-scaling',
  title: 'The same transfer without and with window scaling, between two continents',
  guide: 'What is the TCP sliding window and why we need it?',
  about:
    'A round trip takes 100 ms. Without scaling (net.ipv4.tcp_window_scaling = 0) at most 65,535 ' +
    'bytes are under way, so 200,000 bytes take three and a half round trips; with it the server offers a ' +
    'mebibyte (the field times 2^5) and they take one and a half. The first congestion window is 64 ' +
    'segments here, as `ip route … initcwnd 64` sets it, so that only the receive window limits. ' +
    'The window in a SYN is never scaled, so that in both runs 45 full segments (65,160 bytes) go ' +
    'out at first: a 46th would not fit 65,535 bytes.',
  play(lab) {
    const { client, server } = clientAndServer(lab, { latency: 50 * MILLISECOND });
    for (const [port, windowScaling] of [
      [8001, false],
      [8002, true],
    ] as const) {
      lab.remark([client, server], `net.ipv4.tcp_window_scaling = ${Number(windowScaling)}`);
      transfer(lab, client, server, port, windowScaling);
    }
  },
};

function transfer(
  lab: Lab,
  client: Host,
  server: Host,
  port: number,
  windowScaling: boolean,
): void {
  let arrived = 0;
  let began = 0;
  server.tcp.listen(
    port,
    {
      accept: () => ({
        data: (bytes) => {
          arrived += bytes.length;
          if (arrived < BYTES) return;
          const time = (lab.clock.now - began) / MILLISECOND;
          server.note(`${BYTES} bytes in ${Math.round(time)} ms`);
        },
      }),
    },
    { windowScaling, receiveBuffer: 1 << 20, initialSequence: 300 },
  );
  const connection = client.tcp.connect(
    SERVER,
    port,
    {},
    {
      windowScaling,
      initialWindow: 64,
      nagle: false,
      localPort: 40_000 + port,
      initialSequence: 100,
    },
  );
  lab.run();
  began = lab.clock.now;
  connection.write(new Uint8Array(BYTES).fill(0x2e));
  lab.run();
}
