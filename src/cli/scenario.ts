/** `framewright scenario`: the walk-throughs of a networking guide, as packets that are really sent. */
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { nearest } from '../bytes/nearest.js';
import { Lab } from '../lab/lab.js';
import { scenarios } from '../scenarios/list.js';
import { performScenario } from '../scenarios/play.js';
import { Output } from './output.js';
import { type PlayArguments, playLab, playOptions, printsRun, seedOf } from './play-lab.js';
import { UsageError } from './usage.js';

interface ScenarioArguments extends PlayArguments {
  name: string;
}

export const scenarioCommand: CommandModule<object, ScenarioArguments> = {
  command: 'scenario <name>',
  describe: 'Play a walk-through of a networking guide; list names them all',
  builder: (yargs) =>
    playOptions(
      yargs.positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'The scenario; list prints all of them',
      }),
    )
      .example('$0 scenario list', 'what there is')
      .example('$0 scenario arp --explain', 'what happens, frame by frame')
      .example('$0 scenario vxlan -o vxlan.pcapng', 'for Wireshark: each link is an interface')
      .example('$0 scenario nat --diagram --tables', 'a Mermaid diagram, and the tables at the end')
      .epilog(
        'Where nothing else is asked for, it is explained. The same seed gives the same file on every machine.\n\nExit codes: 0 for success, 1 where a file could not be written, 2 usage.',
      ),
  handler: run,
};

async function run(argv: ArgumentsCamelCase<ScenarioArguments>): Promise<void> {
  if (argv.name === 'list') return list(argv);
  const scenario = scenarios.find(({ name }) => name === argv.name);
  if (scenario === undefined) {
    const near = nearest(
      argv.name,
      scenarios.map(({ name }) => name),
    );
    throw new UsageError(
      `no scenario is named ${argv.name || '""'}${near}; 'scenario list' names them all`,
    );
  }
  const seed = seedOf(argv);
  const lab = new Lab(seed === undefined ? {} : { seed });
  const wanted =
    printsRun(argv) || argv.output !== undefined || argv['pcap-per-link'] !== undefined;
  const explain = argv.explain || !wanted;
  await playLab({ ...argv, explain }, lab, () => performScenario(scenario, lab));
}

async function list(argv: ScenarioArguments): Promise<void> {
  const given = [argv.output, argv['pcap-per-link'], argv.seed];
  if (printsRun(argv) || given.some((one) => one !== undefined)) {
    throw new UsageError("'scenario list' names the scenarios, and takes no options");
  }
  const output = new Output(process.stdout);
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  for (const { name, title } of scenarios) output.write(`${name.padEnd(width)}  ${title}\n`);
  await output.flush();
}
