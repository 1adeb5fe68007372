// Builds the peers that can be built here, and says loudly which cannot.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Binaries and data; git ignores it. */
export const WORK = join(HERE, '.work');
const BIN = join(WORK, 'bin');
const source = (name) => join(HERE, name);
const binary = (name) => join(BIN, name);

function run(command, args, options = {}) {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}

/** What a command prints that tells a version, or undefined. */
function versionFrom(command, args, pattern) {
  try {
    return pattern.exec(run(command, args))?.[1];
  } catch {
    return undefined;
  }
}

/** Whether a program was built from its sources as they are. */
function isBuilt(program, ...sources) {
  const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const built = timeOf(binary(program));
  return ['build.mjs', ...sources].every((name) => timeOf(source(name)) < built);
}

const FAST = ['-O3', '-march=native'];

function buildC() {
  if (isBuilt('cref', 'cref.c', 'bench.h')) return;
  const cc = (...more) => run('gcc', [...FAST, '-o', binary('cref'), source('cref.c'), ...more]);
  try {
    cc('-lpcap');
  } catch (error) {
    if (error.code === 'ENOENT') throw error;
    cc('-DWITHOUT_LIBPCAP');
    missing('libpcap', 'the C peer is built without it', 'libpcap-dev');
  }
}

function buildTins() {
  if (isBuilt('tins', 'tins.cpp', 'bench.h')) return;
  const std = ['-std=c++17', ...FAST];
  run('g++', [...std, '-o', binary('tins'), source('tins.cpp'), '-ltins', '-lpcap']);
}

/** The first tree of Go sources that has gopacket: those of GOPATH, then Debian's. */
function goTree() {
  const trees = [...(process.env.GOPATH ?? '').split(delimiter), '/usr/share/gocode'];
  const found = trees.find((tree) => tree && existsSync(join(tree, GOPACKET)));
  if (found === undefined) throw new Error(`${GOPACKET} is in no tree of GOPATH`);
  return found;
}
const GOPACKET = 'src/github.com/google/gopacket';

function buildGo() {
  const tree = goTree();
  // pcapgo's AF_PACKET part needs golang.org/x/net, which Debian's package does not bring along.
  const hidden = { Replace: { [join(tree, GOPACKET, 'pcapgo/capture.go')]: '' } };
  const overlay = join(WORK, 'overlay.json');
  writeFileSync(overlay, JSON.stringify(hidden));
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOPATH: tree,
    GOCACHE: join(WORK, 'gocache'),
  };
  const args = ['build', '-overlay', overlay, '-o', binary('gopacket'), source('gopacket.go')];
  run('go', args, { env });
}

function installNpm() {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  run('npm', ['install', '--prefix', HERE, ...flags], { shell: process.platform === 'win32' });
}

/** Command lines for the peers of a JavaScript program, from its own list. */
function javaScript(node, program, suffix = '') {
  const peers = run(node, [source(program), '--list'])
    .trim()
    .split('\n');
  return peers.map((line) => {
    const [peer, name] = line.split('\t');
    return { command: [node, source(program), peer], only: name, suffix };
  });
}

function missing(name, why, packages) {
  console.error(`\n*** MISSING ${name}: ${why}`);
  console.error(`*** (Debian: apt-get install --no-install-recommends ${packages})\n`);
}

/** The upstream version of an installed package of Debian's, or undefined. */
function debianVersion(name) {
  return versionFrom('dpkg-query', ['-s', name], /^Version: ([^-\n]+)/m);
}

/** The first Python that has both packages: a Python of one's own seldom sees Debian's. */
function python() {
  const candidates = ['python3', '/usr/bin/python3'];
  const found = candidates.find((command) => versionFrom(command, ['-c', IMPORTS], /(\S+)/));
  if (found === undefined) throw new Error('no Python has both dpkt and scapy');
  return found;
}
const IMPORTS = 'import dpkt, scapy; print(dpkt.__version__, scapy.__version__)';

const npmVersion = (name) => {
  const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return JSON.parse(readFileSync(file, 'utf8')).version;
};

const PEERS = [
  {
    name: 'C',
    packages: 'gcc libpcap-dev',
    build: buildC,
    runners: () => [{ command: [binary('cref')] }],
    versions: () => ({
      gcc: versionFrom('gcc', ['--version'], /(\d+\.\S+)\n/),
      libpcap: versionFrom(binary('cref'), ['version'], /(\d+\.\S+)/),
    }),
  },
  {
    name: 'gopacket',
    packages: 'golang-go golang-github-google-gopacket-dev gcc libpcap-dev',
    build: buildGo,
    runners: () => [{ command: [binary('gopacket')] }],
    versions: () => ({
      Go: versionFrom('go', ['version'], /go(\d\S*)/),
      gopacket: debianVersion('golang-github-google-gopacket-dev'),
    }),
  },
  {
    name: 'libtins',
    packages: 'g++ libtins-dev libpcap-dev',
    build: buildTins,
    runners: () => [{ command: [binary('tins')] }],
    versions: () => ({ libtins: debianVersion('libtins-dev') }),
  },
  {
    name: 'npm packages',
    packages: 'npm',
    build: installNpm,
    runners: () => javaScript(process.execPath, 'npm.mjs'),
    versions: () =>
      Object.fromEntries(
        ['pcap', 'cap', 'binary-parser'].map((name) => [`npm ${name}`, npmVersion(name)]),
      ),
  },
  {
    name: 'Python packages',
    packages: 'python3-dpkt python3-scapy',
    build: python,
    // Once is enough for what takes a thousand times as long.
    runners: () =>
      ['dpkt', 'scapy'].map((name) => ({
        command: [python(), source(`${name}_peer.py`)],
        once: true,
      })),
    versions: () => ({
      dpkt: versionFrom(python(), ['-c', IMPORTS], /^(\S+)/),
      scapy: versionFrom(python(), ['-c', IMPORTS], / (\S+)/),
    }),
  },
];

/** The first line of a compiler's complaint that says what is wrong. */
function reason(error) {
  if (error.code === 'ENOENT') return `${error.path} is not installed`;
  const lines = `${error.stderr ?? ''}\n${error.message}`.split('\n');
  return lines.find((line) => /error|cannot|no such/i.test(line)) ?? lines.find((line) => line);
}

/**
 * Builds what can be built. Answers the commands that run the peers, ours too, by this Node and by
 * the others, and the versions of everything.
 *
 * A runner is { command, only?, once?, suffix?, ours? }: `only`: the one case that it runs; `once`: in
 * the first round alone; `suffix` is put behind the names of its peers.
 */
export function buildPeers(otherNodes = []) {
  mkdirSync(BIN, { recursive: true });
  const ours = (node, suffix) =>
    javaScript(node, 'framewright.mjs', suffix).map((runner) => ({ ...runner, ours: true }));
  const runners = ours(process.execPath);
  const versions = { Node: process.versions.node };
  for (const node of otherNodes) {
    const version = versionFrom(node, ['--version'], /v(\S+)/);
    if (version === undefined) throw new Error(`${node} is no Node`);
    const suffix = `@node${version.split('.')[0]}`;
    runners.push(...ours(node, suffix));
    versions[`Node (${suffix.slice(1)})`] = version;
  }
  for (const { name, packages, build, runners: of, versions: told } of PEERS) {
    try {
      build();
      runners.push(...of());
      for (const [what, version] of Object.entries(told())) {
        if (version !== undefined) versions[what] = version;
      }
    } catch (error) {
      missing(name, reason(error), packages);
    }
  }
  return { runners, versions };
}
