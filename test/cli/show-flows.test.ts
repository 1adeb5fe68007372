import { describe, expect, it } from 'vitest';
import {
  type FlowFile,
  type FlowView,
  HASHES,
  flowLines as linesOf,
  flowTable as rowsOf,
  type ShowFlows,
} from '../../src/cli/show-flows.js';
import { FlowTable, type FlowTableOptions } from '../../src/packet/flow-table.js';
import { parse } from '../../src/packet/parse.js';
import { bytesOf } from './frames.js';

const FILE: FlowFile = {
  name: 'a.pcap',
  begin: { seconds: 1_700_000_000, nanoseconds: 999_999_000 },
  timeDigits: 6,
};
const plain = { symmetry: 'symmetric', hashes: [], named: false } as const;

/** All that is shown, as one text. */
const text =
  (show: ShowFlows) =>
  (...args: Parameters<ShowFlows>): string =>
    [...show(...args)].join('');
const flowTable = (view: FlowView) => text(rowsOf(view));
const flowLines = (view: FlowView) => text(linesOf(view));

/** A table of frames written as lines, one microsecond apart; `timed` false: without times. */
async function tableOf(lines: readonly string[], options: FlowTableOptions = {}, timed = true) {
  const table = new FlowTable(options);
  for (const [i, line] of lines.entries()) {
    const time = { seconds: 1_700_000_001, nanoseconds: i * 1000 };
    table.add(parse(await bytesOf(line)), timed ? time : undefined);
  }
  return table.flows;
}

const DNS = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2)/udp(srcPort=5000,dstPort=53)/"question"';
const ANSWER = 'ethernet/ipv4(src=10.0.0.2,dst=10.0.0.1)/udp(srcPort=53,dstPort=5000)/"answer"';
const V6 = 'ethernet/ipv6(src="2001:db8::1",dst="2001:db8::2")/tcp(dstPort=80,flags=[RST])';
const PING = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2,protocol=1)/hex(08000000)';
const LOST = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2,protocol=1)/hex(03010000)';
const ODD = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2,protocol=200)/hex(03010000)';

describe('the table', () => {
  it('has a line a flow, its columns aligned, times since the first frame', async () => {
    const flows = await tableOf([DNS, ANSWER, V6, PING, LOST, ODD]);
    expect(flowTable(plain)(flows, FILE)).toBe(
      [
        'flow  level  protocol  source               destination       packets  bytes  packets→  bytes→  packets←  bytes←     first      last  duration  ended',
        '   1      1  UDP       10.0.0.1:5000        10.0.0.2:53             2     98         1      50         1      48  0.000001  0.000002  0.000001',
        '   2      1  TCP       [2001:db8::1]:49152  [2001:db8::2]:80        1     74         1      74         0       0  0.000003  0.000003  0.000000  reset',
        '   3      1  ICMP 8    10.0.0.1             10.0.0.2                1     38         1      38         0       0  0.000004  0.000004  0.000000',
        '   4      1  ICMP 3/1  10.0.0.1             10.0.0.2                1     38         1      38         0       0  0.000005  0.000005  0.000000',
        '   5      1  200       10.0.0.1             10.0.0.2                1     38         1      38         0       0  0.000006  0.000006  0.000000',
        '',
      ].join('\n'),
    );
  });

  it('has the VNI where there is one, and no directions where each is a flow of its own', async () => {
    const tunnelled = await tableOf([`ethernet/ipv4/udp/vxlan(vni=5000)/${DNS}`]);
    const text = flowTable({ ...plain, symmetry: 'directed' })(tunnelled, FILE);
    expect(text.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 4))).toEqual([
      ['flow', 'level', 'vni', 'protocol'],
      ['1', '1', 'UDP', '0.0.0.0:49152'],
      ['2', '2', '5000', 'UDP'],
      [''],
    ]);
    expect(text).not.toContain('←');
  });

  it('has the hashes that are asked for, in the order of their options', async () => {
    const flows = await tableOf([DNS]);
    const [heads = '', row = ''] = flowTable({ ...plain, hashes: HASHES })(flows, FILE).split('\n');
    expect(heads.split(/ +/).slice(-3)).toEqual(['community-id', 'hash', 'toeplitz']);
    expect(row).toMatch(/ 1:[\w+/]{27}= {2}[0-9a-f]{8} {2}[0-9a-f]{8}$/);
  });

  it('has empty times where no frame has one, and heads alone without flows', async () => {
    const flows = await tableOf([DNS], {}, false);
    const text = flowTable(plain)(flows, { ...FILE, begin: undefined });
    expect(text.split('\n')[1]).toMatch(/ 0 {7}0$/);
    expect(flowTable(plain)([], FILE)).toMatch(/^flow {2}level.*\n$/);
  });

  it('names each of several files, a blank line between them', async () => {
    const show = flowTable({ ...plain, named: true });
    expect(show([], FILE)).toMatch(/^a\.pcap:\nflow/);
    expect(show([], { ...FILE, name: 'b.pcap' })).toMatch(/^\nb\.pcap:\nflow/);
  });
});

describe('the JSON', () => {
  const parsed = (text: string): unknown[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);

  it('has an object a flow, with everything', async () => {
    const [flow] = parsed(flowLines(plain)(await tableOf([DNS, ANSWER]), FILE));
    expect(flow).toEqual({
      number: 1,
      level: 1,
      src: '10.0.0.1',
      dst: '10.0.0.2',
      protocol: 17,
      srcPort: 5000,
      dstPort: 53,
      packets: 2,
      bytes: 98,
      forward: { packets: 1, bytes: 50 },
      backward: { packets: 1, bytes: 48 },
      first: '1700000001.000000',
      last: '1700000001.000001',
      duration: '0.000001',
      communityId: expect.stringMatching(/^1:/),
      hash: expect.stringMatching(/^[0-9a-f]{8}$/),
      toeplitz: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  });

  it('tells file, VNI, ICMP type and end where there are such, and null for no time', async () => {
    const show = flowLines({ symmetry: 'directed', hashes: [], named: true });
    const flows = await tableOf([`ethernet/ipv4/udp/geneve(vni=9)/${LOST}`, V6], {}, false);
    const [outer, inner, tcp] = parsed(show(flows, { ...FILE, timeDigits: 9 }));
    expect(outer).toMatchObject({ file: 'a.pcap', level: 1, first: null, duration: null });
    expect(outer).not.toHaveProperty('vni');
    expect(outer).not.toHaveProperty('forward');
    expect(inner).toMatchObject({ level: 2, vni: 9, icmpType: 3, icmpCode: 1 });
    expect(inner).not.toHaveProperty('srcPort');
    expect(tcp).toMatchObject({ ended: 'reset' });
  });

  it('has times of as many digits as the file', async () => {
    const flows = await tableOf([DNS, DNS]);
    const [flow] = parsed(flowLines(plain)(flows, { ...FILE, timeDigits: 9 }));
    expect(flow).toMatchObject({ last: '1700000001.000001000', duration: '0.000001000' });
  });
});
