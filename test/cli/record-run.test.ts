import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { CapturedFrame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/reader.js';
import { zstdCompressor } from '../../src/cli/zstd.js';
import { expectError, run } from './command.js';
import { temporaryFolder } from './temporary-folder.js';

// A process a test, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

const ARP = fileURLToPath(new URL('../../fixtures/scenarios/arp.pcapng', import.meta.url));

const { path, file } = temporaryFolder();

async function framesOf(capture: string): Promise<CapturedFrame[]> {
  const frames: CapturedFrame[] = [];
  for await (const frame of await openCapture(new Uint8Array(readFileSync(capture)))) {
    frames.push(frame);
  }
  return frames;
}

/** Two hosts at a switch, and a third that nobody talks to. */
const THREE = `
devices:
  A: { kind: host, interfaces: { eth0: { address: 192.168.1.10/24, mac: 'aa:aa:aa:aa:aa:aa' } } }
  B: { kind: host, interfaces: { eth0: { address: 192.168.1.20/24 } } }
  X: { kind: host, interfaces: { eth0: {} } }
  Y: { kind: host, interfaces: { eth0: {} } }
links:
  - { ends: [X:eth0, Y:eth0], name: silent }
  - { ends: [A:eth0, B:eth0], name: busy, latency: 1ms }
run: [{ ping: { from: A, to: B } }]
`;

const RING = `
devices:
  A: { kind: host, interfaces: { eth0: { address: 10.0.0.1/24 } } }
  S: { kind: switch }
  T: { kind: switch }
links: [[A:eth0, S:1], [S:2, T:2], [S:3, T:3]]
run: [{ ping: { from: A, to: 10.0.0.2 } }]
`;

describe('the capture of a run', () => {
  it('has every link, whether anything happens on it or not', async () => {
    const lab = file('three.yaml', THREE);
    expect(run(['lab', lab, '-o', path('three.pcapng')]).code).toBe(0);
    const reader = await openCapture(new Uint8Array(readFileSync(path('three.pcapng'))));
    let frames = 0;
    for await (const frame of reader) {
      frames++;
      expect(frame.interface?.name).toBe('busy');
    }
    expect(frames).toBe(4);
    expect(reader.interfaces.map(({ name }) => name)).toEqual(['silent', 'busy']);
    expect(run(['lab', lab, '--pcap-per-link', path('three')]).code).toBe(0);
    expect(readdirSync(path('three')).sort()).toEqual(['busy.pcap', 'silent.pcap']);
    expect((await framesOf(path('three/busy.pcap'))).length).toBe(4);
    expect((await framesOf(path('three/silent.pcap'))).length).toBe(0);
  });

  it('is in the format that its name says', async () => {
    const bytes = (name: string): Buffer => {
      expect(run(['scenario', 'arp', '-o', path(name)])).toMatchObject({ code: 0, err: '' });
      return readFileSync(path(name));
    };
    const plain = readFileSync(ARP);
    expect(bytes('arp').equals(plain)).toBe(true);
    expect(bytes('arp.pcapng').equals(plain)).toBe(true);
    expect(bytes('arp.pcapng.gz').readUInt16BE(0)).toBe(0x1f8b);
    const data = (frames: readonly CapturedFrame[]) =>
      frames.map((frame) => [frame.seconds, frame.nanoseconds, frame.data.join()]);
    const frames = data(await framesOf(ARP));
    expect(data(await framesOf(path('arp.pcapng.gz')))).toEqual(frames);

    const { code, err } = run(['scenario', 'arp', '-o', path('arp.pcap')]);
    expect(code).toBe(0);
    expect(err).toBe(
      `framewright: ${path('arp.pcap')}: left out, as pcap has no place for it: comments, flags and the like of ${frames.length} frames; 3 interface descriptions\n`,
    );
    expect(readFileSync(path('arp.pcap')).readUInt32LE(0)).toBe(0xa1b23c4d);
    expect(data(await framesOf(path('arp.pcap')))).toEqual(frames);
  });

  it('is in zstd where Node has it', () => {
    const result = run(['scenario', 'arp', '-o', path('arp.pcapng.zst')]);
    if (zstdCompressor() === undefined) {
      expectError(result, 2, /cannot write zstd/);
      expect(existsSync(path('arp.pcapng.zst'))).toBe(false);
    } else {
      expect(readFileSync(path('arp.pcapng.zst')).readUInt32LE(0)).toBe(0xfd2fb528);
    }
  });

  it('has the frames of a ring of switches up to where it is told', async () => {
    const lab = file('ring.yaml', RING);
    const all = ['-o', path('ring.pcapng'), '--pcap-per-link', path('ring')];
    const result = run(['lab', lab, ...all, '--explain', '--diagram']);
    expectError(result, 1, /go round in circles on link [ST]:\d-[ST]:\d, and there is no end/);
    const frames = await framesOf(path('ring.pcapng'));
    expect(frames.length).toBeGreaterThan(100);
    expect(frames.length).toBeLessThan(2000);
    expect((await framesOf(path('ring/S-2_T-2.pcap'))).length).toBeGreaterThan(30);
    expect(result.out).toMatch(/^ {3}3 {2}0\.000000 {2}S → T: Frame \(flooded\)/m);
    expect(result.out.match(/^ {4}\w+->>\w+: /gm)).toHaveLength(frames.length);
  });

  it('is not gathered in memory, nor is what is printed', () => {
    const lab = file(
      'much.yaml',
      `
devices:
  A: { kind: host, interfaces: { eth0: { address: 10.0.0.1/24 } } }
  B: { kind: host, interfaces: { eth0: { address: 10.0.0.2/24 } }, services: { tcp/9: sink } }
links: [{ ends: [A:eth0, B:eth0], latency: 10us, bandwidth: 1Gbit }]
run: [{ tcp: { from: A, to: B:9, bytes: 100MB, expect: delivered } }]
`,
    );
    const kilobytes = (...more: string[]): number => {
      const tell = "process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${tell}` };
      const { code, err } = run(['lab', lab, ...more], { env });
      expect(code).toBe(0);
      expect(err).toMatch(/^\d+\n$/);
      return Number(err);
    };
    const bare = kilobytes();
    const all = ['--pcap-per-link', path('much'), '-o', path('much.pcapng'), '--explain'];
    // Gathered, it was 600 MB more.
    expect(kilobytes(...all) - bare).toBeLessThan(200_000);
    expect(statSync(path('much.pcapng')).size).toBeGreaterThan(100e6);
  });
});

describe('files of a run that can not be', () => {
  const left = (): string[] => readdirSync(path()).filter((name) => name.endsWith('.part'));

  it('are told before it begins', () => {
    const lab = file('three.yaml', THREE);
    const before = readdirSync(path());
    for (const option of ['-o', '--pcap-per-link']) {
      const nowhere = run(['lab', lab, option, join(lab, 'x')]);
      expectError(nowhere, 1, /output ".*x": part of the path is not a folder/);
      expect(nowhere.out).toBe('');
    }
    expectError(run(['lab', lab, '--pcap-per-link', '']), 2, /the name of a folder/);
    expect(readdirSync(path())).toEqual(before);
  });

  it.runIf(existsSync('/proc/self'))('do not keep it waiting in /proc', () => {
    const result = run(['scenario', 'arp', '--pcap-per-link', '/proc/framewright/x']);
    expectError(result, 1, /output "\/proc\/framewright": (no file can|no permission)/);
  });

  it.runIf(existsSync('/dev/full'))('are told with the name that they have', () => {
    const lab = file('three.yaml', THREE);
    const result = run(['lab', lab, '-o', '/dev/full']);
    expectError(result, 1, /^framewright: output "\/dev\/full": the disk is full$/m);
  });

  it.runIf(process.getuid !== undefined)(
    'where nobody may write are told in the same words',
    () => {
      mkdirSync(path('closed'), { mode: 0o555 });
      // Root may write anywhere but there.
      const closed = process.getuid?.() === 0 ? '/sys' : path('closed');
      for (const option of ['-o', '--pcap-per-link']) {
        const result = run(['scenario', 'arp', option, join(closed, 'framewright-x')]);
        expectError(result, 1, /output ".*": no permission to write there/);
      }
    },
  );

  it('are never two in one place', () => {
    const lab = file('three.yaml', THREE);
    mkdirSync(path('both'));
    symlinkSync('both', path('alias'));
    const both = (name: string) =>
      run(['lab', lab, '-o', path(`both/${name}`), '--pcap-per-link', path('alias')]);
    expectError(
      both('busy.pcap'),
      2,
      /-o .*busy\.pcap is where --pcap-per-link writes link busy$/m,
    );
    expect(readdirSync(path('both'))).toEqual([]);
    expect(both('all.pcapng').code).toBe(0);
    // A scenario's links are known only while it is played.
    const capture = path('both/A-eth0_SW-1.pcap');
    const played = run(['scenario', 'arp', '-o', capture, '--pcap-per-link', path('both')]);
    expectError(played, 2, /is where --pcap-per-link writes link A:eth0-SW:1/);
    expect(existsSync(capture)).toBe(false);
    const same = ['-o', path('one'), '--pcap-per-link', path('one')];
    expectError(run(['scenario', 'arp', ...same]), 2, /one": is a folder/);
    expect(existsSync(path('one'))).toBe(false);
    expect(left()).toEqual([]);
  });

  it('keep all others from being there', () => {
    mkdirSync(path('some/B-eth0_SW-2.pcap'), { recursive: true });
    const all = ['-o', path('some/all.pcapng'), '--pcap-per-link', path('some')];
    const result = run(['scenario', 'arp', ...all]);
    expectError(result, 2, /B-eth0_SW-2\.pcap": is a folder; expected the name of a file/);
    expect(readdirSync(path('some'))).toEqual(['B-eth0_SW-2.pcap']);
  });

  it('leave no folder behind that was not there, and follow no link that leads nowhere', () => {
    const output = ['-o', path()];
    const into = ['--pcap-per-link', path('new/er')];
    expectError(run(['scenario', 'arp', ...output, ...into]), 2, /is a folder/);
    expect(existsSync(path('new'))).toBe(false);
    symlinkSync('nowhere', path('dangling'));
    const dangling = run(['scenario', 'arp', '--pcap-per-link', path('dangling')]);
    expectError(
      dangling,
      2,
      /dangling": is a link that leads nowhere; expected the name of a folder/,
    );
    // Told once, and in our words, while the scenario is played: no promise is left alone.
    mkdirSync(path('taken/A-eth0_SW-1.pcap'), { recursive: true });
    const taken = run(['scenario', 'arp', '--pcap-per-link', path('taken')]);
    expectError(taken, 2, /A-eth0_SW-1\.pcap": is a folder/);
    expect(taken.err).not.toContain('defect');
  });

  it('are not what is read', () => {
    const lab = file('three.yaml', THREE);
    symlinkSync('three.yaml', path('link.yaml'));
    for (const out of [lab, path('link.yaml')]) {
      expectError(run(['lab', lab, '-o', out]), 2, /\.yaml is what is read/);
    }
    expect(readFileSync(lab, 'utf8')).toBe(THREE);
  });
});
