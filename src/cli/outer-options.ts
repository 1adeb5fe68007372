/** The headers outside a tunnel, as options of the command. */
import type { Argv } from 'yargs';
import { parseIpv4, parseIpv6, parseMac } from '../bytes/address.js';
import type { OuterOptions, OuterVlan } from '../encap/outer.js';
import type { TunnelOptions } from '../encap/tunnel-options.js';
import { numberOption, numberOr, ONE_VALUE, oneOf } from './arguments.js';
import { UsageError } from './usage.js';

/** Where nothing else is said: addresses for documentation (RFC 5737, RFC 3849), MACs of nobody. */
const DEFAULT = {
  src: '192.0.2.1',
  dst: '192.0.2.2',
  src6: '2001:db8::1',
  dst6: '2001:db8::2',
  srcMac: '02:00:00:00:00:01',
  dstMac: '02:00:00:00:00:02',
} as const;

const OPTIONS = {
  vni: 'Virtual network identifier, 0–16777215',
  src: `Outer source address, IPv4 or IPv6 (default ${DEFAULT.src}, or ${DEFAULT.src6})`,
  dst: `Outer destination address (default ${DEFAULT.dst}, or ${DEFAULT.dst6})`,
  'src-mac': `Outer source MAC address (default ${DEFAULT.srcMac})`,
  'dst-mac': `Outer destination MAC address (default ${DEFAULT.dstMac})`,
  'src-port': 'UDP source port: 0–65535, or flow, by the inner flow (default flow)',
  'dst-port': 'UDP destination port (default that of the tunnel)',
  ttl: 'TTL or hop limit: 1–255, or inner, that of the packet inside (default 64)',
  dscp: '0–63, or inner (default 0)',
  ecn: 'RFC 6040: normal copies the inner field, compatibility sends 0; or 0–3 (default normal)',
  df: "IPv4's don't fragment: yes, no, or inner (default yes)",
  id: "IPv4's identification: 0–65535, or count (default 0)",
  'flow-label': "IPv6's flow label: 0–1048575, or flow, by the inner flow (default 0)",
  checksum: 'UDP checksum: zero or computed (default zero over IPv4, computed over IPv6)',
  vlan: 'Outer VLAN tag: VID or VID:PRIORITY',
  mtu: 'Bytes of the largest outer IP packet, 68–65535; longer ones are left out (default 65535)',
} as const;

type Name = keyof typeof OPTIONS;
/** What yargs makes of them. */
export type OuterArguments = Readonly<Partial<Record<Name, string | undefined>>>;

/** Adds the options to a command. */
export function outerArguments<T>(yargs: Argv<T>) {
  const all = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, describe]) => [name, { ...ONE_VALUE, describe }]),
  ) as Record<Name, typeof ONE_VALUE & { describe: string }>;
  return yargs.options(all).demandOption('vni');
}

/** What the options say. Throws `UsageError`, naming the option. */
export function tunnelOptions(argv: OuterArguments): TunnelOptions {
  return given<TunnelOptions>({
    outer: outerOptions(argv),
    vni: numberOption('--vni', argv.vni, 0, 0xffffff),
    mtu: numberOption('--mtu', argv.mtu, 68, 65_535),
  });
}

function outerOptions(argv: OuterArguments): OuterOptions {
  const [src, dst] = addresses(argv.src, argv.dst);
  const other = isIpv6('--src', src) ? (['df', 'id'] as const) : (['flow-label'] as const);
  for (const name of other) {
    if (argv[name] === undefined) continue;
    throw new UsageError(`--${name} ${argv[name]}: ${src} is of the other IP version`);
  }
  const ecn = numberOr('--ecn', argv.ecn, 0, 3, ['normal', 'compatibility']);
  const df = argv.df === undefined ? undefined : oneOf('--df', argv.df, ['yes', 'no', 'inner']);
  const { checksum } = argv;
  return given<OuterOptions>({
    srcMac: mac('--src-mac', argv['src-mac'] ?? DEFAULT.srcMac),
    dstMac: mac('--dst-mac', argv['dst-mac'] ?? DEFAULT.dstMac),
    vlan: argv.vlan === undefined ? undefined : vlanOf(argv.vlan),
    src,
    dst,
    ttl: numberOr('--ttl', argv.ttl, 1, 255, ['inner']),
    dscp: numberOr('--dscp', argv.dscp, 0, 63, ['inner']),
    ecn,
    dontFragment: df === 'inner' ? df : df === undefined ? undefined : df === 'yes',
    id: numberOr('--id', argv.id, 0, 0xffff, ['count']),
    flowLabel: numberOr('--flow-label', argv['flow-label'], 0, 0xfffff, ['flow']),
    srcPort: numberOr('--src-port', argv['src-port'], 0, 0xffff, ['flow']),
    dstPort: numberOption('--dst-port', argv['dst-port'], 0, 0xffff),
    checksum:
      checksum === undefined ? undefined : oneOf('--checksum', checksum, ['zero', 'computed']),
  });
}

/** Both addresses; one that is left out is of the other's IP version. */
function addresses(src: string | undefined, dst: string | undefined): [string, string] {
  const is6 = isIpv6('--src', src) ?? isIpv6('--dst', dst) ?? false;
  if ((isIpv6('--dst', dst) ?? is6) !== is6) {
    throw new UsageError(`--src ${src} --dst ${dst}: expected both IPv4, or both IPv6`);
  }
  return is6
    ? [src ?? DEFAULT.src6, dst ?? DEFAULT.dst6]
    : [src ?? DEFAULT.src, dst ?? DEFAULT.dst];
}

function isIpv6(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (parseIpv4(text) >= 0) return false;
  if (parseIpv6(text) !== undefined) return true;
  throw new UsageError(`${option} ${text}: expected an IPv4 or IPv6 address`);
}

function mac(option: string, text: string): string {
  if (parseMac(text) >= 0) return text;
  throw new UsageError(`${option} ${text}: expected a MAC address such as ${DEFAULT.srcMac}`);
}

function vlanOf(text: string): OuterVlan {
  const [vid, priority, ...rest] = text.split(':');
  if (rest.length > 0) throw new UsageError(`--vlan ${text}: expected VID or VID:PRIORITY`);
  return {
    vid: numberOption('--vlan', vid, 0, 4095) ?? 0,
    priority: numberOption('--vlan, priority', priority, 0, 7) ?? 0,
  };
}

/** Whether the UDP checksum is computed: it then needs every byte of a frame. */
export function isSummed({ outer }: TunnelOptions): boolean {
  const { checksum = isIpv6('--src', outer.src) ? 'computed' : 'zero' } = outer;
  return checksum === 'computed';
}

/** Without the keys that have no value. */
export function given<T extends object>(all: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
}
