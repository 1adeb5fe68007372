/** `framewright decap`: a capture with the tunnels taken off its frames. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { DecapsulationRules } from '../encap/decapsulation-rules.js';
import { type Bindings, bindings as ours, type Protocols } from '../packet/bindings.js';
import { FRAME_OPTIONS, numberOption, ONE_VALUE, oneOf } from './arguments.js';
import { Decapsulator } from './decap-frames.js';
import { decodeAs } from './decode-as.js';
import { type RewriteArguments, rewriteCapture, rewriteOptions } from './rewrite.js';
import { UsageError } from './usage.js';

interface DecapArguments extends RewriteArguments {
  vni?: string | undefined;
  d: string[];
  all: boolean;
  dot1q: boolean;
  others: string;
  ecn: string;
  verify: boolean;
  'accept-zero-checksum': boolean;
  'inner-vlan': string;
  'known-option': string[];
}

export const decapCommand: CommandModule<object, DecapArguments> = {
  command: 'decap <in>',
  describe: 'Take VXLAN and Geneve off the frames of a capture',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return rewriteOptions(yargs)
    .option('vni', { ...ONE_VALUE, describe: 'Take off only the tunnels of this VNI, 0–16777215' })
    .option('d', { ...FRAME_OPTIONS.d, describe: 'More ports: udp.port==8472,vxlan' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'Take off every level, not only the outermost',
    })
    .option('dot1q', {
      type: 'boolean',
      default: false,
      describe: 'Take off VLAN tags, too: a tag counts as a tunnel',
    })
    .option('others', {
      ...ONE_VALUE,
      default: 'keep',
      describe: 'Frames without such a tunnel: keep or drop',
    })
    .option('ecn', {
      ...ONE_VALUE,
      default: 'normal',
      describe: 'normal brings congestion marks inside (RFC 6040), keep leaves packets as they are',
    })
    .option('inner-vlan', {
      ...ONE_VALUE,
      default: 'keep',
      describe: 'Frames in VXLAN with a VLAN tag: keep, or drop as RFC 7348 §6.1 says',
    })
    .option('known-option', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'A critical option of Geneve to accept: CLASS:TYPE; may be repeated',
    })
    .option('verify', {
      type: 'boolean',
      default: false,
      describe: 'Drop frames whose outer checksums are wrong',
    })
    .option('accept-zero-checksum', {
      type: 'boolean',
      default: false,
      describe: 'Accept Geneve over IPv6 without a UDP checksum',
    })
    .example('$0 decap a.pcap -o b.pcap', 'what is inside, and frames without a tunnel as they are')
    .example('$0 decap a.pcap -o b.pcap --vni 5000 --others drop', 'one network alone')
    .epilog(
      'What is in Geneve without Ethernet becomes raw IP (link type 101): beside Ethernet only pcapng holds it.\n\nExit codes: 0 for success, 1 where frames that a receiver must drop were left out or the input is damaged, 2 usage.',
    );
}

async function run(argv: ArgumentsCamelCase<DecapArguments>): Promise<void> {
  const keeps = oneOf('--others', argv.others, ['keep', 'drop']) === 'keep';
  const decapsulator = new Decapsulator({
    rules: rulesOf(argv),
    vni: numberOption('--vni', argv.vni, 0, 0xffffff),
    ecn: oneOf('--ecn', argv.ecn, ['normal', 'keep']) === 'normal',
    tags: argv.dot1q,
    all: argv.all,
    others: keeps,
  });
  await rewriteCapture(
    argv,
    0,
    (frame) => decapsulator.open(frame),
    (refused) => {
      const { opened, others, fragments } = decapsulator;
      const parts = [`${opened} taken out`];
      if (others > 0) parts.push(`${others} without a tunnel ${keeps ? 'kept' : 'dropped'}`);
      if (fragments > 0) parts.push(`${fragments} of them fragments`);
      if (refused > 0) parts.push(`${refused} left out`);
      return parts.join(', ');
    },
  );
}

function rulesOf(argv: DecapArguments): DecapsulationRules {
  const bindings = decodeAs(ours, argv.d);
  return new DecapsulationRules({
    vxlanPorts: portsOf(bindings, 'vxlan'),
    genevePorts: portsOf(bindings, 'geneve'),
    verifyChecksums: argv.verify,
    zeroChecksumIpv6: argv['accept-zero-checksum'],
    innerVlan: oneOf('--inner-vlan', argv['inner-vlan'], ['keep', 'drop']) === 'keep',
    knownOptions: argv['known-option'].map((text) => {
      const [optionClass, type, ...rest] = text.split(':');
      if (type === undefined || rest.length > 0) {
        throw new UsageError(`--known-option ${text}: expected CLASS:TYPE`);
      }
      return {
        class: numberOption(`--known-option ${text}: class`, optionClass, 0, 0xffff) as number,
        type: numberOption(`--known-option ${text}: type`, type, 0, 0xff) as number,
      };
    }),
  });
}

/** The UDP ports that lead to a protocol. */
function portsOf(bindings: Bindings<Protocols>, name: string): number[] {
  const nodes = bindings.nodes();
  const table = bindings.nodeOf('udp')?.table ?? [];
  const ports: number[] = [];
  for (const [port, node] of table.entries()) {
    if (port > 0 && nodes[node]?.protocol.name === name) ports.push(port);
  }
  return ports;
}
