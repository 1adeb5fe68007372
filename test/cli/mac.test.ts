import { beforeAll, describe, expect, it, vi } from 'vitest';
import { expectError, requireBuild, run } from './command.js';
import { runHere } from './here.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(requireBuild);

interface Line {
  readonly mac: string;
  readonly vendor: string | null;
  readonly prefix: string | null;
  readonly bits: number | null;
  readonly group: boolean;
  readonly local: boolean;
  readonly notes: readonly string[];
}

async function lines(...args: string[]): Promise<Line[]> {
  const { code, err, out } = await runHere(['mac', '--json', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('mac', () => {
  it("knows the guide's vendors and reads the bits", () => {
    const guide = ['00:50:56:01:02:03', '02:42:ac:11:00:02', '52:54:00:12:34:56'];
    expect(run(['mac', ...guide])).toMatchObject({
      code: 0,
      err: '',
      out: [
        '00:50:56:01:02:03  unicast  universal  VMware (00:50:56)',
        '02:42:ac:11:00:02  unicast  local      Docker (02:42)',
        '52:54:00:12:34:56  unicast  local      QEMU/KVM (52:54:00)',
        '',
      ].join('\n'),
    });
  });

  it('asks the list for all others, without a word on standard error', () => {
    // Of the built command, where Node warns of an import of JSON.
    const { code, err, out } = run(['mac', '00-1A-2B-3C-4D-5E', '08:00:27:01:02:03']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^00:1a:2b:3c:4d:5e {2}unicast {2}universal {2}Ayecom/);
    expect(out).toMatch(/^08:00:27:01:02:03 {2}unicast {2}universal {2}PCS Systemtechnik/m);
  });

  it('takes the longest prefix of 24, 28 or 36 bits', async () => {
    const found = await lines('70:b3:d5:00:10:00', '10:06:48:20:00:00', '00:00:0c:01:02:03');
    expect(found.map(({ vendor, prefix, bits }) => [vendor?.split(' ')[0], prefix, bits])).toEqual([
      ['SOREDI', '70:b3:d5:00:1', 36],
      ['Dynics', '10:06:48:2', 28],
      ['Cisco', '00:00:0c', 24],
    ]);
  });

  it('names nobody where IEEE gave a block to nobody or a person chose the address', async () => {
    const [chosen] = await lines('ba:bb:bb:bb:bb:bb');
    expect(chosen).toEqual({
      mac: 'ba:bb:bb:bb:bb:bb',
      vendor: null,
      prefix: null,
      bits: null,
      group: false,
      local: true,
      notes: ['local: chosen by a person or a program'],
    });
  });

  it('warns of an address that no switch may learn', async () => {
    const { out } = await runHere(['mac', 'BB:BB:BB:BB:BB:BB']);
    expect(out).toBe(
      'bb:bb:bb:bb:bb:bb  group    local      no vendor known  a group address: no switch may learn it, and no station may send from it\n',
    );
  });

  it('tells the use of group addresses, and whose range they are of', async () => {
    const found = await lines('ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:fb', '01:00:0c:cc:cc:cc');
    expect(found.map(({ group }) => group)).toEqual([true, true, true]);
    expect(found[0]).toMatchObject({ vendor: null, notes: [expect.stringMatching(/broadcast/)] });
    expect(found[1]?.notes).toEqual(['multicast of IPv4 (RFC 1112 §6.4)']);
    expect(found[2]).toMatchObject({ vendor: expect.stringMatching(/Cisco/), prefix: '00:00:0c' });
  });

  it('reads every notation that can mean only one address', async () => {
    const found = await lines(
      '00-50-56-01-02-03',
      '0050.5601.0203',
      '005056010203',
      '0:50:56:1:2:3',
    );
    expect(found.map(({ mac }) => mac)).toEqual(
      Array.from({ length: 4 }, () => '00:50:56:01:02:03'),
    );
  });

  it.each([
    [['00:50-56:01:02:03'], /00:50-56:01:02:03: expected a MAC address/],
    [[''], /^framewright: "": expected a MAC address/],
    [['00:50:56'], /00:50:56: expected a MAC address such as 02:00:00:00:00:01/],
    [['00:50:56:01:02:03', 'hello'], /hello: expected a MAC address/],
    [[], /Not enough non-option arguments/],
  ])('%j ends with 2 and a line that says why', async (args, words) => {
    const result = await runHere(['mac', ...args]);
    expectError(result, 2, words);
    expect(result.out).toBe('');
  });
});
