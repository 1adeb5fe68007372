/** `framewright encap dot1q`: every frame of a capture with a VLAN tag. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { Dot1qTagger, type Dot1qTaggerOptions } from '../encap/dot1q-tagger.js';
import { isVlanTag } from '../packet/ethernet-payload.js';
import { numberOption, ONE_VALUE } from './arguments.js';
import { ENCAP_EPILOG, encapsulateCapture } from './encap-frames.js';
import { given } from './outer-options.js';
import { type RewriteArguments, rewriteOptions } from './rewrite.js';
import { UsageError } from './usage.js';

interface Dot1qArguments extends RewriteArguments {
  vid: string;
  priority?: string | undefined;
  dei: boolean;
  tpid?: string | undefined;
}

export const dot1qCommand: CommandModule<object, Dot1qArguments> = {
  command: 'dot1q <in>',
  describe: 'With a VLAN tag, IEEE 802.1Q',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return rewriteOptions(yargs)
    .option('vid', { ...ONE_VALUE, demandOption: true, describe: 'VLAN id, 0–4095' })
    .option('priority', { ...ONE_VALUE, describe: 'Priority, 0–7 (default 0)' })
    .option('dei', { type: 'boolean', default: false, describe: 'Set the drop eligible bit' })
    .option('tpid', {
      ...ONE_VALUE,
      describe: "The tag's EtherType: 0x8100, or 0x88a8 of a provider's tag (default 0x8100)",
    })
    .example('$0 encap dot1q a.pcap -o b.pcap --vid 10', 'in front of the tags that are there')
    .epilog(ENCAP_EPILOG);
}

async function run(argv: ArgumentsCamelCase<Dot1qArguments>): Promise<void> {
  const tpid = numberOption('--tpid', argv.tpid, 0, 0xffff);
  if (tpid !== undefined && !isVlanTag(tpid)) {
    throw new UsageError(`--tpid ${argv.tpid}: expected 0x8100, 0x88a8 or 0x9100`);
  }
  const tagger = new Dot1qTagger(
    given<Dot1qTaggerOptions>({
      vid: numberOption('--vid', argv.vid, 0, 0xfff),
      priority: numberOption('--priority', argv.priority, 0, 7),
      dei: argv.dei,
      tpid,
    }),
  );
  await encapsulateCapture(argv, {
    name: '802.1Q',
    headerBytes: tagger.headerBytes,
    maxLength: MAX_FRAME,
    wrapInPlace: (view, offset, end) => tagger.wrapInPlace(view, offset, end),
  });
}

/** A tag says nothing of lengths; what is longer than this is no frame but damage. */
const MAX_FRAME = 262_140;
