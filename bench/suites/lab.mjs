// What the lab takes for a frame, beside `parse` of one: end to end over six links (a second has
// 1e9 / ns of them), and through a switch alone.
import {
  build,
  dot1q,
  ethernet,
  Host,
  Lab,
  parse,
  Router,
  Switch,
  Vtep,
} from '../../dist/index.js';
import { addressOf } from '../../dist/lab/ip/stack.js';
import { vxlanLayers } from '../frames.mjs';

const BYTES = 64;
const PORT = 7000;
/** Datagrams that are sent at the same time of the lab. */
const BURST = 32;
const BURSTS = 50;
// Nobody watches the links.
const cable = { latency: 1000, tapped: false };

/** Host, switch, VTEP, router, VTEP, switch, host. */
function overlay() {
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
  const [left, right] = ['SW1', 'SW2'].map((name) => new Switch(lab, name, { ports: 2 }));
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

/** Sends bursts of numbered UDP datagrams of 64 bytes; the receiver checks every byte. */
function endToEnd() {
  const { lab, a, b } = overlay();
  const data = new Uint8Array(BYTES).fill(0x61);
  const numbers = new DataView(data.buffer);
  let sent = 0;
  let received = 0;
  b.udp.bind(PORT, {
    datagram: (frame, at) => {
      const { view, end } = frame;
      let right = end - at === BYTES && view.getUint32(at) === received;
      for (let word = at + 4; word < end; word += 4) right &&= view.getInt32(word) === 0x61616161;
      if (!right) throw new Error(`datagram ${received} is not as it was sent`);
      received++;
      frame.release();
    },
  });
  const socket = a.udp.bind(40_000, { datagram: (frame) => frame.release() });
  const dst = addressOf('192.168.10.6');
  const send = (count) => {
    for (let i = 0; i < count; i++) {
      numbers.setUint32(0, sent++);
      socket.send(dst, PORT, data);
    }
    lab.run();
    if (received !== sent) throw new Error(`${sent - received} of ${sent} did not arrive`);
  };
  // ARP and learning come first.
  send(1);
  return () => {
    for (let i = 0; i < BURSTS; i++) send(BURST);
  };
}

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const ALL = 'ff:ff:ff:ff:ff:ff';

/** Frames of 60 bytes from port 1 of a switch, whose ports lead nowhere. */
function throughSwitch({ ports, dst, vid, copies = 1 }) {
  const frameOf = (to, from) => {
    const tags = vid === undefined ? [] : [dot1q({ vid })];
    return build([ethernet({ src: from, dst: to }), ...tags, new Uint8Array(46)]);
  };
  const lab = new Lab();
  const sw = new Switch(lab, 'SW', { ports });
  let left = 0;
  for (const { port } of sw.bridge.members) {
    port.wire = {
      transmit: (_port, frame) => {
        left++;
        frame.release();
      },
    };
  }
  sw.port('2').receive(lab.frames.of(frameOf(ALL, B)));
  const bytes = frameOf(dst, A);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const one = sw.port('1');
  return () => {
    left = 0;
    for (let i = 0; i < BURST; i++) {
      const frame = lab.frames.acquire(bytes.length);
      for (let at = 0; at < 20; at += 4) frame.view.setInt32(frame.start + at, view.getInt32(at));
      one.receive(frame);
    }
    if (left !== BURST * copies) throw new Error(`${left} frames left the switch`);
  };
}

const trunk = { trunk: [10, 20] };
const SWITCHES = [
  { name: 'through a switch', ports: 3, dst: B },
  { name: 'through a switch, trunk to trunk', ports: { 1: trunk, 2: trunk }, dst: B, vid: 10 },
  { name: 'flooded to 7 ports', ports: 8, dst: ALL, copies: 7 },
];

/** As many frames parsed as the other way sends. */
function parsed(count) {
  const frame = build(vxlanLayers(64));
  return () => {
    let layers = 0;
    for (let i = 0; i < count; i++) layers += parse(frame).layers.length;
    return layers;
  };
}

export const labCases = [
  {
    name: 'host, switch, VTEP, router, VTEP, switch, host',
    frames: BURST * BURSTS,
    ours: endToEnd(),
    naive: parsed(BURST * BURSTS),
  },
  ...SWITCHES.map(({ name, ...how }) => ({
    name,
    frames: BURST,
    ours: throughSwitch(how),
    naive: parsed(BURST),
  })),
];
