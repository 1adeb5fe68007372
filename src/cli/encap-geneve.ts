/** `framewright encap geneve`: every frame of a capture in Geneve. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { fromHex } from '../bytes/hex.js';
import { GeneveEncapsulator } from '../encap/geneve-encapsulator.js';
import type { GeneveOption } from '../headers/geneve-options.js';
import { numberOption } from './arguments.js';
import { ENCAP_EPILOG, encapsulateCapture, tunnelWrapper } from './encap-frames.js';
import { isSummed, type OuterArguments, outerArguments, tunnelOptions } from './outer-options.js';
import { type RewriteArguments, rewriteOptions } from './rewrite.js';
import { parseSpecLine } from './spec-line.js';
import { withOptions } from './spec-options.js';
import { resolveValues } from './spec-values.js';
import { UsageError } from './usage.js';

interface GeneveArguments extends RewriteArguments, OuterArguments {
  option: string[];
  oam: boolean;
}

export const geneveCommand: CommandModule<object, GeneveArguments> = {
  command: 'geneve <in>',
  describe: 'In Geneve, RFC 8926',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return outerArguments(rewriteOptions(yargs))
    .option('option', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'CLASS:TYPE:HEX, or one with a name as build takes it; may be repeated',
    })
    .option('oam', { type: 'boolean', default: false, describe: 'Set the O bit: control packets' })
    .example('$0 encap geneve a.pcap -o b.pcap --vni 7 --option 0x103:1:00ff00ff', 'with an option')
    .example("$0 encap geneve a.pcap -o b.pcap --vni 7 --option 'telemetry(5 ms)'", 'by its name')
    .epilog(ENCAP_EPILOG);
}

async function run(argv: ArgumentsCamelCase<GeneveArguments>): Promise<void> {
  const tunnel = tunnelOptions(argv);
  const given: GeneveOption[] = [];
  for (const text of argv.option) given.push(await optionOf(text));
  const encapsulator = encapsulatorOf(() => {
    return new GeneveEncapsulator({ ...tunnel, options: given, oam: argv.oam });
  });
  await encapsulateCapture(argv, tunnelWrapper('Geneve', encapsulator, isSummed(tunnel)));
}

/** What the encapsulator refuses can only be in `--option`: all else has been checked. */
function encapsulatorOf(make: () => GeneveEncapsulator): GeneveEncapsulator {
  try {
    return make();
  } catch (error) {
    if (error instanceof PacketError) throw new UsageError(`--option: ${error.message}`);
    throw error;
  }
}

const BY_NUMBERS = /^(0x[0-9a-f]+|\d+):(0x[0-9a-f]+|\d+):(.*)$/is;

async function optionOf(text: string): Promise<GeneveOption> {
  const [, optionClass, type, hex] = BY_NUMBERS.exec(text) ?? [];
  try {
    if (hex !== undefined) {
      return {
        class: numberOption(`--option ${text}: class`, optionClass, 0, 0xffff) as number,
        type: numberOption(`--option ${text}: type`, type, 0, 0xff) as number,
        data: fromHex(hex),
      };
    }
    const line = parseSpecLine(`geneve(options=[${text}])`);
    const [layer] = withOptions(await resolveValues(line, { folder: '.' })) as {
      options?: GeneveOption[];
    }[];
    const [option, ...more] = layer?.options ?? [];
    const isNamed = !/^\d/.test(text);
    if (isNamed && typeof option === 'object' && more.length === 0) return option;
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    if (hex !== undefined) throw new UsageError(`--option ${text}: ${error.message}`);
  }
  throw new UsageError(
    `--option ${text}: expected CLASS:TYPE:HEX, or a name and a value: telemetry(5ms)`,
  );
}
