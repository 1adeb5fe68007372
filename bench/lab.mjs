// npm run build && node bench/lab.mjs [--check] [FRAMES]
// Frames a second end to end through the lab: host, switch, VTEP, router, VTEP, switch, host; each
// crosses six links that nobody watches. The sender sends UDP datagrams of 64 bytes, the receiver
// checks each of them. --check: fails where no round reaches 200,000.
import { Timer } from '../dist/lab/clock.js';
import { Host, Router } from '../dist/lab/host.js';
import { addressOf } from '../dist/lab/ip/stack.js';
import { Lab } from '../dist/lab/lab.js';
import { Switch } from '../dist/lab/switch.js';
import { Vtep } from '../dist/lab/vtep.js';

const BYTES = 64;
const PORT = 7000;
/** Datagrams that are sent at the same time of the lab. */
const BURST = 32;
const ROUNDS = 5;
const LEAST = 200_000;
const INTERVAL = 100_000;
const cable = { latency: 1000, tapped: false };

function buildLab() {
  const lab = new Lab();
  const host = (name, address) =>
    new Host(lab, name, { interfaces: { eth0: { address, mtu: 1450 } } });
  const vtep = (name, local, gateway, other) => {
    const made = new Vtep(lab, name, {
      interfaces: { eth0: { address: `${local}/24` } },
      gateway,
      tunnel: { kind: 'vxlan', local },
    });
    made.addSegment(5000, { remotes: [other] });
    return made;
  };
  const [a, b] = [host('A', '192.168.10.5/24'), host('B', '192.168.10.6/24')];
  const [left, right] = [
    new Switch(lab, 'SW1', { ports: 2 }),
    new Switch(lab, 'SW2', { ports: 2 }),
  ];
  const v1 = vtep('V1', '10.0.1.1', '10.0.1.254', '10.0.2.1');
  const v2 = vtep('V2', '10.0.2.1', '10.0.2.254', '10.0.1.1');
  const r = new Router(lab, 'R', {
    interfaces: { eth0: { address: '10.0.1.254/24' }, eth1: { address: '10.0.2.254/24' } },
  });
  lab.connect(a.port('eth0'), left.port('1'), cable);
  v1.plug(5000, left.port('2'), cable);
  lab.connect(v1.port('eth0'), r.port('eth0'), cable);
  lab.connect(r.port('eth1'), v2.port('eth0'), cable);
  v2.plug(5000, right.port('2'), cable);
  lab.connect(right.port('1'), b.port('eth0'), cable);
  return { lab, a, b };
}

const { lab, a, b } = buildLab();
let received = 0;
b.udp.bind(PORT, {
  datagram: (frame, data) => {
    const { view, end } = frame;
    if (end - data !== BYTES || view.getUint32(data) !== received) {
      throw new Error(`datagram ${received} is not as it was sent`);
    }
    for (let at = data + 4; at < end; at += 4) {
      if (view.getUint32(at) !== 0x61626364) throw new Error(`datagram ${received}: other bytes`);
    }
    received++;
    frame.release();
  },
});
const socket = a.udp.bind(40_000, { datagram: (frame) => frame.release() });
const dst = addressOf('192.168.10.6');
const data = new Uint8Array(BYTES);
const numbers = new DataView(data.buffer);
for (let at = 4; at < BYTES; at += 4) numbers.setUint32(at, 0x61626364);

/**
 * Sends that many, in bursts; answers nanoseconds of processor time, the collector's and the
 * compiler's threads included: the machine's other work is not counted.
 */
function send(count) {
  const last = received + count;
  let next = received;
  const timer = new Timer(() => {
    const end = Math.min(next + BURST, last);
    for (; next < end; next++) {
      numbers.setUint32(0, next);
      socket.send(dst, PORT, data);
    }
    if (next < last) lab.clock.after(timer, INTERVAL);
  });
  const start = process.cpuUsage();
  lab.clock.after(timer, INTERVAL);
  lab.run();
  const { user, system } = process.cpuUsage(start);
  if (received !== last) throw new Error(`${last - received} of ${count} did not arrive`);
  return (user + system) * 1000;
}

const args = process.argv.slice(2);
const frames = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 500_000);
// ARP, learning and the compiler come first.
send(1);
send(frames / 5);
const rates = Array.from({ length: ROUNDS }, () => (frames / send(frames)) * 1e9).sort(
  (x, y) => x - y,
);
const median = rates[ROUNDS >> 1];
console.log(
  `${Math.round(median).toLocaleString('en')} frames a second of one core end to end, ` +
    `${Math.round(1e9 / median)} ns each, over 6 links (${rates.map((rate) => Math.round(rate / 1000)).join(', ')} thousand)`,
);
// The best round: neighbours take caches and clock rate, too.
if (args.includes('--check') && rates[ROUNDS - 1] < LEAST) {
  console.error(`that is less than ${LEAST.toLocaleString('en')}`);
  process.exitCode = 1;
}
