// npm run build && node bench/switch.mjs [FRAMES]
// Nanoseconds that a switch takes for a frame: read, learn, look up, send. The frame is made and
// released outside, which is measured beside it and taken away.

import { build, dot1q, ethernet } from '../dist/index.js';
import { Lab } from '../dist/lab/lab.js';
import { Switch } from '../dist/lab/switch.js';

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const ALL = 'ff:ff:ff:ff:ff:ff';
const ROUNDS = 5;
const FRAMES = Number(process.argv[2] ?? 1_000_000);

const trunk = { trunk: [10, 20] };
const CASES = [
  { name: 'unicast, no VLANs', ports: 3, dst: B },
  {
    name: 'unicast, access port to access port',
    ports: { 1: { access: 10 }, 2: { access: 10 } },
    dst: B,
  },
  { name: 'unicast, trunk to trunk', ports: { 1: trunk, 2: trunk }, dst: B, vid: 10 },
  {
    name: 'unicast, trunk to access port',
    ports: { 1: trunk, 2: { access: 10 } },
    dst: B,
    vid: 10,
  },
  { name: 'flooded to 7 ports', ports: 8, dst: ALL },
];

function frameOf(dst, src, vid) {
  const tags = vid === undefined ? [] : [dot1q({ vid })];
  return build([ethernet({ src, dst }), ...tags, new Uint8Array(46)]);
}

/** Median of the rounds, in nanoseconds a frame. */
function measure(work) {
  work(FRAMES / 5);
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.hrtime.bigint();
    work(FRAMES);
    return Number(process.hrtime.bigint() - start) / FRAMES;
  });
  return times.sort((x, y) => x - y)[ROUNDS >> 1];
}

function run({ name, ports, dst, vid }) {
  const lab = new Lab();
  const sw = new Switch(lab, 'SW', { ports });
  let sent = 0;
  for (const { port } of sw.bridge.members) {
    port.wire = {
      transmit: (_port, frame) => {
        sent++;
        frame.release();
      },
    };
  }
  const [one, two] = [sw.port('1'), sw.port('2')];
  const access = sw.bridge.memberOf(two).pvid > 1;
  two.receive(lab.frames.of(frameOf(ALL, B, access ? undefined : vid)));
  const bytes = frameOf(dst, A, vid);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const words = Array.from({ length: 5 }, (_, i) => view.getInt32(4 * i));
  const make = () => {
    const frame = lab.frames.acquire(bytes.length);
    for (let i = 0; i < 5; i++) frame.view.setInt32(frame.start + 4 * i, words[i]);
    return frame;
  };
  sent = 0;
  const whole = measure((count) => {
    for (let i = 0; i < count; i++) one.receive(make());
  });
  const frames = FRAMES * (ROUNDS + 0.2);
  const copies = sent / frames;
  if (!Number.isInteger(copies) || copies < 1)
    throw new Error(`${name}: ${sent} of ${frames} left`);
  const making = measure((count) => {
    for (let i = 0; i < count; i++) make().release();
  });
  console.log(`${name}: ${Math.round(whole - making)} ns a frame`);
}

for (const one of CASES) run(one);
