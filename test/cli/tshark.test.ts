import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PcapWriter } from '../../src/capture/pcap-writer.js';
import { knownFields } from '../../src/cli/show-fields.js';
import { bindings } from '../../src/packet/bindings.js';
import { CORPUS, corpusFiles } from '../support/corpus.js';
import { fixture, fixtureNames } from '../support/fixtures.js';
import { describeWithTshark, ORACLE_OPTIONS, plainEnvironment } from '../support/tshark.js';
import { requireBuild, run } from './command.js';

// Two processes a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

/** What frames may consist of to be judged: our headers and nothing else. */
const OURS = new Set(
  (
    'eth ethertype vlan ieee8021ad arp ip ipv6 udp tcp vxlan geneve gre mpls pwethheuristic ' +
    'pwethcw pwethnocw dns mdns data'
  ).split(' '),
);

const names = [...new Set(knownFields(bindings).map((field) => field.name))];
/** Of a header that is cut, tshark shows what it could read, and we show none: not judged. */
const MARKS = ['_ws.malformed', '_ws.short'];
const protocols = names.indexOf('frame.protocols');

const NO_HEADER = 'what is no header has no fields here; tshark shows what it read before it knew';

/** Fixtures in which we differ from tshark in the fields of a pattern, and why. */
const DIFFERENT: Readonly<Record<string, { readonly fields: RegExp; readonly why: string }>> = {
  ...Object.fromEntries(
    [
      'tcp-bytes-after-end',
      'tcp-checksum-bad',
      'tcp-option-length-0',
      'tcp-option-length-1',
      'tcp-option-past-end',
      'tcp-unknown-option',
    ].map((name) => [
      name,
      { fields: /^(frame\.protocols|data\..*)$/, why: 'to tshark, data to port 80 is HTTP' },
    ]),
  ),
  'vxlan-gpe-no-p-flag': { fields: /./, why: 'tshark goes by the next protocol, P flag or not' },
  'vxlan-gpe-next-without-p': { fields: /./, why: 'the same' },
  'dns-odd-name': {
    fields: /^dns\.qry\.name/,
    why: 'tshark writes dots and bytes of labels as they are',
  },
  'dns-pointer-loop': {
    fields: /^dns\./,
    why: 'tshark writes that the name is none, and reads on',
  },
  'dns-pointer-chain': { fields: /^dns\./, why: 'the same' },
  'dns-data': { fields: /^dns\.a$/, why: 'tshark reads an address past the end of its record' },
  'dns-tcp-part': {
    fields: /^(dns\..*|frame\.protocols)$/,
    why: 'what is no whole message has no fields here',
  },
  'cut-control-word': { fields: /^frame\.protocols$/, why: 'tshark tries, and sees data too' },
  'geneve-version-1': { fields: /./, why: 'what follows an unknown version is unknown, too' },
  'ipv4-length-under-header': { fields: /./, why: 'tshark stops, though the header is whole' },
  'ipv4-ihl-4': { fields: /^ip\./, why: NO_HEADER },
  'ipv4-ihl-past-end': { fields: /^ip\./, why: NO_HEADER },
  'ipv4-version-5': { fields: /^ip\./, why: NO_HEADER },
  'tcp-data-offset-4': { fields: /^tcp\./, why: NO_HEADER },
};

let folder = '';
beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'framewright tshark '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tshark(file: string, args: readonly string[]): string {
  const env = plainEnvironment(folder);
  const all = ['-n', '-r', file, ...ORACLE_OPTIONS, '-T', 'fields', ...args];
  return spawnSync('tshark', all, { encoding: 'utf8', env, maxBuffer: 2 ** 28 }).stdout;
}

const asked = (fields: readonly string[]): string[] => fields.flatMap((field) => ['-e', field]);
const rows = (text: string): string[] => text.split('\n').slice(0, -1);

interface Difference {
  readonly frame: number;
  readonly field: string;
  readonly theirs: string;
  readonly ours: string;
}

/** Every cell of the frames with only our headers, as both print it. */
function compare(file: string): { differences: Difference[]; frames: number } {
  const theirs = rows(tshark(file, asked([...MARKS, ...names])));
  const ours = rows(run(['decode', file, '-T', 'fields', ...asked(names)]).out);
  expect(ours).toHaveLength(theirs.length);
  const differences: Difference[] = [];
  let frames = 0;
  for (const [i, marked] of theirs.entries()) {
    const [malformed, short, ...cells] = marked.split('\t');
    const stack = cells[protocols]?.split(':') ?? [];
    if (malformed !== '' || short !== '' || !stack.every((name) => OURS.has(name))) continue;
    frames += 1;
    if (cells.join('\t') === ours[i]) continue;
    const mine = ours[i]?.split('\t') ?? [];
    for (const [k, field] of names.entries()) {
      const [a = '', b = ''] = [cells[k], mine[k]];
      if (a !== b) differences.push({ frame: i + 1, field, theirs: a, ours: b });
    }
  }
  return { differences, frames };
}

describeWithTshark('-T fields equals tshark for every name', () => {
  it('on the fixtures', async () => {
    const file = join(folder, 'fixtures.pcap');
    const writer = PcapWriter.toMemory();
    for (const name of fixtureNames) await writer.write(fixture(name));
    await writer.close();
    writeFileSync(file, writer.bytes());
    const { differences, frames } = compare(file);
    expect(frames).toBeGreaterThan(50);
    const named = differences.map((one) => ({ ...one, frame: fixtureNames[one.frame - 1] ?? '' }));
    expect(named.filter(({ frame, field }) => !DIFFERENT[frame]?.fields.test(field))).toEqual([]);
    // A difference that is no more must not be listed.
    const seen = new Set(named.map(({ frame }) => frame));
    expect(Object.keys(DIFFERENT).filter((name) => !seen.has(name))).toEqual([]);
  });

  // A few files, chosen for what is in them: the whole corpus takes minutes.
  const files = corpusFiles([
    'pcpp-ipv4-options.pcap',
    'suricata-arp-detect-arp-03-vlan.pcap',
    'suricata-geneve-decoder.pcap',
    'suricata-vxlan-non-zero-reserved-fields.pcap',
    'tcpdump-802.1ad_QinQ.pcap',
    'tcpdump-geneve.pcap',
    'tcpdump-NHRP_registration.pcap',
    'pcpp-raw_ip.pcap',
    'zeek-tunnels-vxlan-triple-v2.pcap',
    'tcpdump-gso-ipv6-vxlan-ipv6.pcap',
    'zeek-tcp-option-sack.pcap',
  ]);
  it.skipIf(files.length === 0).each(files)('on the corpus file %s', (name) => {
    expect(compare(join(CORPUS, name)).differences).toEqual([]);
  });
});

describeWithTshark('-E is as tshark has it', () => {
  const fields = ['vlan.id', 'eth.addr', 'vxlan.vni', 'udp.port', 'ip.addr'];
  it.each(
    [
      [],
      ['quote=d', 'header=y'],
      ['quote=s'],
      ['separator=/s', 'occurrence=f'],
      ['separator=/t', 'occurrence=l', 'quote=d'],
      ['occurrence=a', 'aggregator=/s', 'quote=n'],
      ['aggregator=;', 'separator=|'],
      ['bom=y', 'header=n', 'header=y'],
    ].map((options) => [options.join(' '), options] as const),
  )('%s', (_, options) => {
    const file = join(folder, 'e.pcap');
    const outer = 'ethernet/dot1q(vid=5)/dot1q(vid=6)/ipv4/udp/vxlan(vni=7)';
    const spec = `${outer}/ethernet/ipv4(src=10.0.0.1)/udp`;
    if (!existsSync(file)) expect(run(['build', spec, 'ethernet', '-o', file]).err).toBe('');
    const args = [
      ...options.flatMap((option) => ['-E', option]),
      ...asked([...fields, 'eth.addr']),
    ];
    expect(run(['decode', file, '-T', 'fields', ...args]).out).toBe(tshark(file, args));
  });
});

describeWithTshark('the first columns of the summary are as tshark has them', () => {
  it.each(['r', 'a', 'ad', 'd', 'e'])('with -t %s', (format) => {
    const spec = 'ethernet/ipv4(src=10.0.0.1,dst=10.10.10.200)/udp/"a"';
    const lines = [0, 1.5, 100_000.000001].map((at) =>
      JSON.stringify({ layers: [{ layer: 'ethernet' }], time: (1_600_000_000 + at).toFixed(6) }),
    );
    const file = join(folder, 't.pcap');
    expect(run(['build', spec, '-', '-o', file], { input: lines.join('\n') }).err).toBe('');
    const env = { ...process.env, WIRESHARK_CONFIG_DIR: folder, TZ: 'UTC' };
    const args = ['-n', '-r', file, '-t', format];
    const theirs = rows(spawnSync('tshark', args, { encoding: 'utf8', env }).stdout);
    const ours = rows(run(['decode', file, '-t', format]).out);
    const columns = (line: string): string => (line.split(' → ')[0] ?? '').replaceAll('_', ':');
    expect(ours.map(columns)).toEqual(theirs.map(columns));
  });
});
