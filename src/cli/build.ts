/** `framewright build`: writes a capture from frame specifications. */
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { PacketError } from '../bytes/error.js';
import { PcapWriter } from '../capture/pcap-writer.js';
import { bindings as ours } from '../packet/bindings.js';
import { dash, lastOf } from './arguments.js';
import { writeWhole } from './output-file.js';
import { type BuiltFrame, framesOfSpec } from './read-specs.js';
import { UsageError } from './usage.js';

interface BuildArguments {
  spec: string[];
  o: string;
  pad: boolean;
}

/** The least bytes of an Ethernet frame, without its FCS (IEEE 802.3 §4.2.3.3). */
const MIN_FRAME_BYTES = 60;

export const buildCommand: CommandModule<object, BuildArguments> = {
  command: 'build <spec..>',
  describe: 'Write a capture from frame specifications',
  builder: (yargs) =>
    yargs
      .positional('spec', {
        type: 'string',
        array: true,
        demandOption: true,
        coerce: (specs: string[]) => specs.map(dash),
        describe: 'A JSON or YAML file, the lines of decode -T jsonl, a line of layers; - is stdin',
      })
      .option('o', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        coerce: lastOf,
        describe: 'The capture to write; - is standard output',
      })
      .option('pad', {
        type: 'boolean',
        default: false,
        describe: 'Fill short frames up to 60 bytes with zeros',
      })
      .example(
        '$0 build \'ethernet(src=02:00:00:00:00:01)/ipv4(dst=10.0.0.2)/udp(dstPort=53)/"hello"\' -o a.pcap',
        'a frame from a line',
      )
      .example('$0 decode -T jsonl a.pcap | $0 build - -o b.pcap', 'the same frames again'),
  handler: run,
};

/** What the writer refuses stood in the specification, not in an option of the command. */
function inSpec<T>(where: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    throw new PacketError('BAD_SPEC', `${where}${error.message}`, error);
  }
}

async function run({ spec, o, pad }: ArgumentsCamelCase<BuildArguments>): Promise<void> {
  if (/\.(pcapng|gz|zst)$/i.test(o)) {
    throw new UsageError(`-o ${o}: pcap is what can be written (name it .pcap)`);
  }
  const bindings = ours;
  const frames: BuiltFrame[] = [];
  for (const one of spec) {
    frames.push(...(await framesOfSpec(one, bindings, pad ? MIN_FRAME_BYTES : 0)));
  }
  const linkType = frames[0]?.linkType;
  const other = frames.findIndex((frame) => frame.linkType !== linkType);
  if (other >= 0) {
    throw new PacketError(
      'BAD_SPEC',
      `frame ${other + 1} has link type ${frames[other]?.linkType}, frame 1 has ${linkType}: a pcap file holds one`,
    );
  }
  const precision = frames.some((frame) => frame.time.timeDigits > 6) ? 'ns' : 'us';
  await writeWhole(o, async (stream) => {
    const writer = inSpec(
      '',
      () => new PcapWriter(stream, { linkType, precision, oversize: 'keep' }),
    );
    for (const [i, { data, time, wireLength }] of frames.entries()) {
      const { seconds, nanoseconds } = time;
      const meta = { seconds, nanoseconds, wireLength };
      await inSpec(`frame ${i + 1}: `, () => writer.write(data, meta));
    }
    await writer.close();
  });
}
