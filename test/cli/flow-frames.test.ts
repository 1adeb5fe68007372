import { expect, it } from 'vitest';
import { eachFlowFrame, type FlowFrame } from '../../src/cli/flow-frames.js';
import type { Input, InputFrame } from '../../src/cli/input.js';
import { FlowTable } from '../../src/packet/flow-table.js';
import { fixture } from '../support/fixtures.js';
import { ours } from './frames.js';

const frame = (name: string, seconds?: number, wireLength?: number): InputFrame => {
  const data = fixture(name);
  const time = seconds === undefined ? undefined : { seconds, nanoseconds: 1, timeDigits: 9 };
  return { data, wireLength: wireLength ?? data.length, linkType: 1, snapLength: 0, time };
};

function input(...batches: (readonly InputFrame[])[]): Input {
  async function* all() {
    yield* batches;
    throw new Error('damaged');
  }
  return { name: 'test', batches: all() };
}

it('numbers flows through all frames, and hands on each with its flows until the damage', async () => {
  const table = new FlowTable();
  const seen: FlowFrame[] = [];
  const first = [frame('vxlan', 5), frame('arp-request', 6)];
  const second = [frame('udp', 7, 1000), frame('vxlan', 8)];
  const read = eachFlowFrame(input(first, second), ours, table, (one) => seen.push(one));
  await expect(read).rejects.toThrow('damaged');
  expect(seen.map(({ number, flows }) => [number, flows.map((flow) => flow.number)])).toEqual([
    [1, [1, 2]],
    [2, []],
    [3, [3]],
    [4, [1, 2]],
  ]);
  expect(seen.map((one) => one.frame)).toEqual([...first, ...second]);
  expect(seen[2]?.packet.wireLength).toBe(1000);
  expect(table.flows.map(({ packets, bytes }) => [packets, bytes])).toEqual([
    [2, 248],
    [2, 248],
    [1, 1000],
  ]);
  expect(table.flows[0]).toMatchObject({
    first: { seconds: 5, nanoseconds: 1 },
    last: { seconds: 8, nanoseconds: 1 },
  });
});

it('needs nobody to hand the frames to', async () => {
  const table = new FlowTable();
  await expect(eachFlowFrame(input([frame('udp')]), ours, table)).rejects.toThrow('damaged');
  expect(table.flows[0]).toMatchObject({ packets: 1, first: undefined });
});
