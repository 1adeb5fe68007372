/** The command: its verbs, its help, its exit codes. */
import yargs, { type CommandModule } from 'yargs';
import { type KnownFlags, prepareArguments, readableMessage, refuseValues } from './arguments.js';
import { allowProgress } from './progress.js';
import { fail, UsageError } from './usage.js';
import { verbsFor } from './verbs.js';
import { version } from './version.js';

/** Runs the command; answers its exit code. Never throws: errors are told in a line. */
export async function main(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await parser(args, await verbsFor(args)).parseAsync();
  } catch (error) {
    // A reader that goes (`| head`) is no error.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') fail(error);
  }
  return Number(process.exitCode ?? 0);
}

function parser(args: readonly string[], verbs: CommandModule[]) {
  const prepared = prepareArguments(args);
  const made = yargs(prepared);
  // The types of yargs leave it out.
  const { getOptions } = made as unknown as { getOptions(): KnownFlags };
  return made
    .scriptName('framewright')
    .usage('$0 COMMAND\n\nBuilds, decodes and captures network packets, byte for byte.')
    .command(verbs)
    .completion('completion', 'Print a completion script: framewright completion >> ~/.bashrc')
    .option('no-progress', {
      type: 'boolean',
      default: false,
      describe: 'Show no progress, which is shown where standard error is a terminal',
    })
    .middleware((argv) => {
      allowProgress(argv['no-progress'] !== true);
      refuseValues(prepared, getOptions.call(made));
    })
    .demandCommand(1, 'give a command')
    .strict()
    .parserConfiguration({
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'boolean-negation': false,
    })
    .exitProcess(false)
    .version(version())
    .help()
    .wrap(100)
    .fail((message, error) => {
      // What yargs itself has to say of a call, as a message or as an error.
      const ofYargs = error === undefined || error === null || error.name === 'YError';
      if (!ofYargs) throw error;
      const text = readableMessage(message ?? error.message);
      throw new UsageError(`${text} (framewright --help tells more)`);
    });
}
