/** `framewright overhead`: what a tunnel adds to frames, and the MTUs that it needs. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import {
  innerMtu,
  type TunnelOverhead,
  type TunnelShape,
  tunnelOverhead,
  underlayMtuFor,
  underlayMtus,
} from '../encap/overhead.js';
import { JSON_OPTION, numberOption, ONE_VALUE, oneOf } from './arguments.js';
import { Output } from './output.js';

interface OverheadArguments {
  tunnel: string;
  options?: string | undefined;
  vlan: number;
  'inner-vlan': number;
  ipv6: boolean;
  mtu: string;
  json: boolean;
}

/** What an MTU makes of a tunnel; undefined where there is no such MTU. */
interface Answer {
  readonly mtu: number;
  readonly inner: number | undefined;
  readonly underlay: number | undefined;
}

export const overheadCommand: CommandModule<object, OverheadArguments> = {
  command: 'overhead <tunnel>',
  describe: 'Tell what a tunnel adds to frames, and the MTUs that it needs',
  builder: options,
  handler: overhead,
};

const EPILOG = `Against the underlay's MTU count the outer IP header, UDP, the tunnel's header with its \
options, and the inner Ethernet header with its tags. The outer Ethernet header and its tags do not: \
they are on the wire only.

VXLAN adds 50 bytes over IPv4, 70 over IPv6. Geneve adds 50 to 302 over IPv4: the figures 38 to 290 \
that one reads forget 12 bytes. With 100 bytes of options an inner MTU of 1500 needs an underlay of \
1650, not 1600.`;

function options(yargs: Argv<object>) {
  return yargs
    .positional('tunnel', { type: 'string', demandOption: true, describe: 'vxlan or geneve' })
    .option('mtu', {
      ...ONE_VALUE,
      default: '1500',
      describe: 'Bytes: of the underlay, for the inner MTU; and inner, for the underlay it needs',
    })
    .option('options', {
      ...ONE_VALUE,
      describe: "Bytes of Geneve's options, their headers included: 0–252 in steps of four",
    })
    .option('vlan', {
      type: 'count',
      describe: 'The outer frame has a VLAN tag: on the wire only; twice for two',
    })
    .option('inner-vlan', {
      type: 'count',
      describe:
        "The inner frame keeps a VLAN tag: counts against the underlay's MTU; twice for two",
    })
    .option('ipv6', { type: 'boolean', default: false, describe: 'The outer packet is IPv6' })
    .options(JSON_OPTION)
    .example('$0 overhead vxlan', '1450 inside an underlay of 1500; 1550 to carry 1500')
    .example('$0 overhead geneve --options 100 --mtu 1500', '150 bytes: 1350, or 1650')
    .example('$0 overhead vxlan --ipv6 --inner-vlan', '74 bytes')
    .epilog(EPILOG);
}

async function overhead(argv: ArgumentsCamelCase<OverheadArguments>): Promise<void> {
  const shape = {
    tunnel: oneOf('overhead', argv.tunnel, ['vxlan', 'geneve']),
    options: numberOption('--options', argv.options, 0, 252) ?? 0,
    ipv6: argv.ipv6,
    outerTags: argv.vlan,
    innerTags: argv['inner-vlan'],
  };
  // Of the inner packet, whose IP is not known, as of the outer one: what is too little for that is told.
  const mtu = numberOption('--mtu', argv.mtu, 68, underlayMtus(shape)[1]) as number;
  const sizes = tunnelOverhead(shape);
  const answer = {
    mtu,
    inner: ifPossible(() => innerMtu(mtu, shape)),
    underlay: ifPossible(() => underlayMtuFor(mtu, shape)),
  };
  const output = new Output(process.stdout);
  output.write(argv.json ? jsonLine(shape, sizes, answer) : text(shape, sizes, answer));
  await output.flush();
}

/** One of the two may be impossible, where the other is of use. */
function ifPossible(find: () => number): number | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof PacketError && error.code === 'OUT_OF_RANGE') return undefined;
    throw error;
  }
}

function jsonLine(shape: TunnelShape, sizes: TunnelOverhead, answer: Answer): string {
  const { againstMtu, onWire, ...parts } = sizes;
  const { mtu, inner, underlay } = answer;
  const line = {
    tunnel: shape.tunnel,
    ipv6: shape.ipv6,
    mtu,
    innerMtu: inner ?? null,
    underlayMtu: underlay ?? null,
    againstMtu,
    onWire,
    parts,
  };
  return `${JSON.stringify(line)}\n`;
}

const NO_UNDERLAY = 'none is enough: past the largest packet of IP';

function noInner({ ipv6 }: TunnelShape, mtu: number): string {
  return ipv6 === true && mtu < underlayMtus({ ipv6 })[0]
    ? 'none: links with IPv6 have an MTU of 1280 or more (RFC 8200 §5)'
    : 'none: the headers leave less than IP needs';
}

const TITLES = { vxlan: 'VXLAN', geneve: 'Geneve' } as const;

function text(shape: TunnelShape, sizes: TunnelOverhead, { mtu, inner, underlay }: Answer): string {
  const title = TITLES[shape.tunnel];
  const ip = shape.ipv6 === true ? 'IPv6' : 'IPv4';
  const inBoth = [
    [`outer ${ip}`, sizes.outerIp],
    ['UDP', sizes.udp],
    [title, sizes.tunnel],
    ['options', sizes.options],
  ] as const;
  const against = [
    ...inBoth,
    ['inner Ethernet', sizes.innerEthernet],
    ['inner tags', sizes.innerTags],
  ] as const;
  const wire = [
    ['outer Ethernet', sizes.outerEthernet],
    ['outer tags', sizes.outerTags],
    ...inBoth,
  ] as const;
  return [
    `${title} over ${ip}`,
    `  against the underlay's MTU  ${sizes.againstMtu} bytes: ${listed(against)}`,
    `  on the wire, a frame        ${sizes.onWire} bytes more: ${listed(wire)}`,
    `  ${`underlay MTU ${mtu}`.padEnd(26)}  ${inner === undefined ? noInner(shape, mtu) : `inner MTU ${inner}`}`,
    `  ${`inner MTU ${mtu}`.padEnd(26)}  ${underlay === undefined ? NO_UNDERLAY : `underlay MTU ${underlay} or more`}`,
    '',
  ].join('\n');
}

/** `outer IPv4 20, UDP 8`: the parts that are there. */
function listed(parts: readonly (readonly [string, number])[]): string {
  return parts
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${bytes}`)
    .join(', ');
}
