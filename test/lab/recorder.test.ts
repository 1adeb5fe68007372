import { expect, it } from 'vitest';
import { Device } from '../../src/lab/device.js';
import { Host } from '../../src/lab/host.js';
import { addressOf } from '../../src/lab/ip/stack.js';
import { Lab } from '../../src/lab/lab.js';
import type { Crossing } from '../../src/lab/recorder.js';

it('hands frames on in the order in which they were sent, when all was said of them', () => {
  const lab = new Lab();
  const a = new Host(lab, 'A', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  const b = new Host(lab, 'B', { interfaces: { eth0: { address: '10.0.0.2/24' } } });
  lab.connect(a.port('eth0'), b.port('eth0'), { latency: 1000 });
  const order: string[] = [];
  const settled: Crossing[] = [];
  lab.watch({
    crossed: ({ number }) => order.push(`crossed ${number}`),
    settled: (one) => {
      order.push(`settled ${one.number}`);
      settled.push(one);
    },
  });
  a.ip
    .interfaceOf(a.port('eth0'))
    .neighbours.setPermanent(addressOf('10.0.0.2'), b.port('eth0').mac);
  const socket = a.udp.bind(0, { datagram: (frame) => frame.release() });
  b.udp.bind(9, { datagram: (frame) => frame.release() });
  socket.send(addressOf('10.0.0.2'), 9, new Uint8Array(1));
  socket.send(addressOf('10.0.0.2'), 9, new Uint8Array(2));
  lab.run();
  expect(order).toEqual(['crossed 1', 'crossed 2', 'settled 1', 'settled 2']);
  expect(settled.map(({ bytes, time }) => [bytes.length, time])).toEqual([
    [43, 0],
    [44, 0],
  ]);
});

it('costs nothing where nobody watches: no note is made', () => {
  const lab = new Lab();
  const a = new Host(lab, 'A');
  expect(a.noting).toBe(false);
  a.note('nobody hears');
  lab.watch({});
  expect(a.noting).toBe(true);
});

it('keeps what is said of no frame with the one sent last, of one not sent yet with that one', () => {
  const lab = new Lab();
  const [a, b] = ['A', 'B'].map((name) => new Device(lab, name)) as [Device, Device];
  const [out, to] = [a.addPort('eth0'), b.addPort('eth0')];
  lab.connect(out, to);
  to.handler = { receive: (_, frame) => frame.release() };
  const comments: string[][] = [];
  lab.watch({ settled: (one) => comments.push(one.comments) });
  lab.recorder.patient = true;
  a.note('nobody keeps this');
  for (const label of ['first', 'second']) {
    const frame = lab.frames.acquire(60);
    frame.label = label;
    a.note(`${label} is on its way`, frame);
    out.send(frame);
    lab.run();
    b.note(`${label} was here`);
    lab.remark([a, b], `so much for the ${label}`);
  }
  expect(comments).toHaveLength(1);
  lab.recorder.end();
  expect(comments).toEqual(
    ['first', 'second'].map((label) => [
      label,
      `A: ${label} is on its way`,
      `B: ${label} was here`,
      `so much for the ${label}`,
    ]),
  );
});
