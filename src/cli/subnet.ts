/** `framewright subnet`: what belongs to a prefix, its parts, and whether addresses are inside. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { type AddressKind, addressKind } from '../bytes/special-addresses.js';
import { parseSubnet, type Subnet, subnetOf } from '../bytes/subnet.js';
import { FILE_NAMES, JSON_OPTION, ONE_VALUE, readArgument } from './arguments.js';
import { Output } from './output.js';
import { UsageError } from './usage.js';

interface SubnetArguments {
  prefixes: string[];
  split?: string | undefined;
  contains?: string[] | undefined;
  json: boolean;
}

/** A prefix and all that was asked of it. */
interface Told {
  readonly subnet: Subnet;
  readonly kind: AddressKind;
  /** The other prefixes that share addresses with it. */
  readonly overlaps: readonly string[];
  readonly contains: readonly { readonly address: string; readonly inside: boolean }[];
  /** Undefined: it was not to be split. */
  readonly parts: Iterable<Subnet> | undefined;
}

/** The most parts that are printed: a /48 in its /64. */
const MAX_PARTS = 65_536n;

export const subnetCommand: CommandModule<object, SubnetArguments> = {
  command: 'subnet <prefixes..>',
  describe: 'Tell what belongs to a prefix: network, mask, hosts, parts',
  builder: options,
  handler: subnet,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('prefixes', {
      ...FILE_NAMES,
      demandOption: true,
      describe: '192.168.1.100/24, 192.168.1.100/255.255.255.0 or 2001:db8::1/64',
    })
    .option('split', {
      ...ONE_VALUE,
      describe: 'Print the parts of this length, at most 65536: 26',
    })
    .option('contains', {
      type: 'string',
      array: true,
      describe: 'Addresses or prefixes: tell which are inside. Behind the prefixes',
    })
    .options(JSON_OPTION)
    .example('$0 subnet 192.168.1.100/24', 'network, mask, broadcast, 254 hosts, RFC 1918')
    .example('$0 subnet 10.0.0.0/22 --split 24', 'its four parts')
    .example('$0 subnet 192.168.1.0/24 --contains 192.168.1.20 10.0.5.100', 'local or remote')
    .example('$0 subnet 2001:db8::/48 --json', 'a JSON object; counts of IPv6 are text')
    .epilog(
      'Exit codes: 0; 1 where --contains names one that is in none of the prefixes; 2 usage.',
    );
}

async function subnet(argv: ArgumentsCamelCase<SubnetArguments>): Promise<void> {
  const subnets = argv.prefixes.map((text) => readArgument(() => parseSubnet(text)));
  if (argv.contains?.length === 0) {
    throw new UsageError('--contains: expected addresses or prefixes, such as 10.0.5.100');
  }
  const asked = (argv.contains ?? []).map(
    (text) => [text, readArgument(() => subnetOf(text))] as const,
  );
  const all = subnets.map((one): Told => {
    return {
      subnet: one,
      kind: addressKind(one),
      overlaps: subnets.filter((o) => o !== one && o.overlaps(one)).map(String),
      contains: asked.map(([address, other]) => ({ address, inside: one.contains(other) })),
      parts: argv.split === undefined ? undefined : partsOf(one, argv.split),
    };
  });
  const isInside = asked.every(([, other]) => subnets.some((one) => one.contains(other)));
  if (!isInside) process.exitCode = 1;
  const output = new Output(process.stdout);
  for (const told of all) {
    for (const line of argv.json ? [jsonLine(told)] : textLines(told)) {
      output.write(`${line}\n`);
      if (output.due) await output.flush();
      if (output.closed) return;
    }
  }
  await output.flush();
}

function partsOf(whole: Subnet, text: string): Iterable<Subnet> {
  const length = /^\/?(\d{1,3})$/.exec(text)?.[1];
  if (length === undefined) throw new UsageError(`--split ${text}: expected a length such as 26`);
  const parts = readArgument(() => whole.split(Number(length)));
  const count = 1n << BigInt(Number(length) - whole.length);
  if (count <= MAX_PARTS) return parts;
  throw new UsageError(
    `--split ${text}: ${whole} has ${grouped(count)} parts, of which ${grouped(MAX_PARTS)} at most are printed`,
  );
}

function jsonLine({ subnet: one, kind, overlaps, contains, parts }: Told): string {
  // Counts of IPv6 are past what readers of JSON keep of a number.
  const count = (value: bigint) => (one.version === 4 ? Number(value) : String(value));
  const line = {
    prefix: String(one),
    version: one.version,
    address: one.address,
    network: one.network,
    length: one.length,
    mask: one.mask,
    wildcard: one.wildcard,
    broadcast: one.broadcast ?? null,
    firstHost: one.firstHost,
    lastHost: one.lastHost,
    hosts: count(one.hosts),
    addresses: count(one.addresses),
    rfc1918: kind.rfc1918,
    kind: {
      name: kind.name,
      rfc: kind.rfc ?? null,
      globallyReachable: kind.globallyReachable ?? null,
      within: kind.within?.prefix ?? null,
      parts: kind.parts.map(({ prefix, name }) => ({ prefix, name })),
    },
    overlaps,
    contains,
    ...(parts === undefined ? {} : { split: Array.from(parts, String) }),
  };
  return JSON.stringify(line);
}

function* textLines({ subnet: one, kind, overlaps, contains, parts }: Told): Generator<string> {
  yield `${one.address}/${one.length}`;
  const row = (name: string, value: string) => `  ${name.padEnd(10)}  ${value}`;
  yield row('network', String(one));
  yield row('mask', one.mask);
  yield row('wildcard', one.wildcard);
  yield row('broadcast', one.broadcast ?? 'none');
  yield row('hosts', `${grouped(one.hosts)}${formula(one)}`);
  yield row('from', `${one.firstHost} to ${one.lastHost}`);
  yield row('addresses', `${grouped(one.addresses)} = 2^${one.bits - one.length}`);
  yield row('kind', kindText(kind));
  for (const { name, prefix, rfc } of kind.parts) yield row('with', `${name} ${prefix} (${rfc})`);
  if (one.version === 4) yield row('RFC 1918', rfc1918Text(kind));
  for (const other of overlaps) yield row('overlaps', other);
  for (const { address, inside } of contains) {
    yield row('contains', `${address}: ${inside ? 'yes' : 'no'}`);
  }
  for (const part of parts ?? []) {
    yield row('part', `${part}  ${part.firstHost} to ${part.lastHost}`);
  }
}

/** How the number of hosts comes from that of addresses. */
function formula({ version, bits, length }: Subnet): string {
  const hostBits = bits - length;
  if (hostBits === 0) return '';
  if (hostBits === 1) return version === 4 ? ' (RFC 3021)' : ' (RFC 6164)';
  return version === 4 ? ` = 2^${hostBits} - 2` : ` = 2^${hostBits} - 1`;
}

function kindText({ name, rfc, within }: AddressKind): string {
  const where = within === undefined ? '' : ` ${within.prefix}`;
  return rfc === undefined ? name : `${name}${where} (${rfc})`;
}

function rfc1918Text({ rfc1918, parts }: AddressKind): string {
  if (rfc1918) return 'yes';
  return parts.some(({ rfc }) => rfc === 'RFC 1918') ? 'in part' : 'no';
}

function grouped(count: bigint): string {
  return count.toLocaleString('en');
}
