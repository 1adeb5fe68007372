/** `framewright build`: writes a capture from frame specifications. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { bindings as ours } from '../packet/bindings.js';
import { FILE_NAMES, ONE_VALUE } from './arguments.js';
import {
  PRECISION_OPTION,
  precisionOf,
  sinkOf,
  TO_OPTION,
  targetOf,
  tellLosses,
} from './capture-target.js';
import { frameWriter } from './frame-writer.js';
import { writeWhole } from './output-file.js';
import { progressOf } from './progress.js';
import { framesOfSpec } from './read-specs.js';
import { refuseSame } from './salvage.js';

interface BuildArguments {
  spec: string[];
  o: string;
  to?: string | undefined;
  precision?: string | undefined;
  pad: boolean;
}

/** The least bytes of an Ethernet frame, without its FCS (IEEE 802.3 §4.2.3.3). */
const MIN_FRAME_BYTES = 60;

export const buildCommand: CommandModule<object, BuildArguments> = {
  command: 'build <spec..>',
  describe: 'Write a capture from frame specifications',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('spec', {
      ...FILE_NAMES,
      demandOption: true,
      describe: 'A JSON or YAML file, the lines of decode -T jsonl, a line of layers; - is stdin',
    })
    .option('o', {
      ...ONE_VALUE,
      demandOption: true,
      describe: 'The capture to write: .pcap or .pcapng, also .gz or .zst; - is standard output',
    })
    .options(TO_OPTION)
    .options(PRECISION_OPTION)
    .option('pad', {
      type: 'boolean',
      default: false,
      describe: 'Fill short frames up to 60 bytes with zeros',
    })
    .example(
      '$0 build \'ethernet(src=02:00:00:00:00:01)/ipv4(dst=10.0.0.2)/udp(dstPort=53)/"hello"\' -o a.pcap',
      'a frame from a line',
    )
    .example('$0 decode -T jsonl a.pcap | $0 build - -o b.pcap', 'the same frames again')
    .example('$0 decode -T jsonl a.pcapng | $0 build - -o b.pcapng.gz', 'and all about them');
}

async function run(argv: ArgumentsCamelCase<BuildArguments>): Promise<void> {
  const { spec, o, pad } = argv;
  const target = targetOf(o, argv.to);
  const precision = precisionOf(argv.precision);
  for (const one of spec) await refuseSame(one, o);
  let losses: string[] = [];
  await writeWhole(o, async (stream) => {
    const writer = frameWriter(sinkOf(stream, target), target.format ?? 'pcap', precision);
    for (const one of spec) {
      const progress = await progressOf(one, o !== '-');
      for await (const frame of framesOfSpec(one, ours, pad ? MIN_FRAME_BYTES : 0, progress)) {
        const wait = writer.write(frame);
        if (wait !== undefined) await wait;
      }
    }
    await writer.close();
    losses = writer.losses();
  });
  tellLosses(o, losses);
}
