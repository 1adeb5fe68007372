/** `framewright check`: reads captures and tells what is wrong with them, as a linter does. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import type { Severity } from '../headers/protocol.js';
import { type Bindings, bindings as ours, type Protocols } from '../packet/bindings.js';
import { parse } from '../packet/parse.js';
import { type ProblemEntry, problemTable } from '../packet/problems.js';
import { FILE_NAMES, FRAME_OPTIONS, ONE_VALUE, wholeOption } from './arguments.js';
import { CAPTURE_PROBLEMS, CaptureJudge, damageOf } from './capture-problems.js';
import { decodeAs } from './decode-as.js';
import {
  type Finding,
  jsonlReport,
  type Report,
  SEVERITIES,
  Tally,
  tableText,
  textReport,
} from './findings.js';
import { type InputFrame, inputName, openInput } from './input.js';
import { Output } from './output.js';
import { terminalPaint } from './paint.js';
import { SarifReport } from './sarif.js';
import { fail, UsageError } from './usage.js';

interface CheckArguments {
  files?: string[] | undefined;
  severity: string;
  T: string;
  list: boolean;
  c?: string | undefined;
  d: string[];
  'max-record'?: string | undefined;
}

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check [files..]',
  describe: 'Tell what is wrong with the packets of captures',
  builder: options,
  handler: check,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('files', {
      ...FILE_NAMES,
      describe: 'Captures, or hex as decode reads it; - is standard input',
    })
    .option('severity', {
      ...ONE_VALUE,
      default: 'warning',
      describe: 'The least severe that is told: error, warning or info',
    })
    .option('T', {
      ...ONE_VALUE,
      default: 'text',
      describe: 'text, jsonl (a JSON object a finding), or sarif (SARIF 2.1.0)',
    })
    .option('list', {
      type: 'boolean',
      default: false,
      describe: 'Print every code with its severity and meaning, and read nothing',
    })
    .option('c', {
      ...ONE_VALUE,
      describe: 'Stop after this many frames of each file',
    })
    .options(FRAME_OPTIONS)
    .example('$0 check cap.pcap', 'errors and warnings, a line each')
    .example('$0 check --severity info -T jsonl *.pcap', 'all that can be said, as JSON lines')
    .example('$0 check -T sarif cap.pcap > cap.sarif', 'for a code scanner')
    .example('$0 check --list', 'what it looks for')
    .epilog('Exit codes: 0 nothing found, 1 something found or not readable, 2 usage.');
}

async function check(argv: ArgumentsCamelCase<CheckArguments>): Promise<void> {
  const bindings = decodeAs(ours, argv.d);
  const table = [...problemTable(bindings), ...Object.values(CAPTURE_PROBLEMS)];
  const report = reportOf(argv.T, table);
  const least = SEVERITIES.indexOf(argv.severity as Severity);
  if (least < 0) {
    throw new UsageError(`--severity ${argv.severity}: there are error, warning and info`);
  }
  const count = wholeOption(argv.c, '-c') ?? Number.POSITIVE_INFINITY;
  if (count === 0) throw new UsageError('-c 0: expected 1 frame or more');
  const maxRecord = wholeOption(argv['max-record'], '--max-record');
  const output = new Output(process.stdout);
  if (argv.list) {
    await list(argv.T, table, output);
    return;
  }
  const { files = [] } = argv;
  if (files.length === 0) throw new UsageError('give a capture to check, or - for standard input');
  const checker = new Checker({ bindings, report, least, count, maxRecord, output });
  await checker.run(files);
  if (argv.T === 'text') process.stderr.write(`${checker.tally.text()}\n`);
  if (checker.found) process.exitCode ||= 1;
}

function reportOf(form: string, table: readonly ProblemEntry[]): Report {
  switch (form) {
    case 'text':
      return textReport(terminalPaint());
    case 'jsonl':
      return jsonlReport;
    case 'sarif':
      return new SarifReport(table);
    default:
      throw new UsageError(`-T ${form}: there are text, jsonl and sarif`);
  }
}

async function list(form: string, table: readonly ProblemEntry[], output: Output): Promise<void> {
  if (form === 'sarif') throw new UsageError('--list: -T text or jsonl');
  const lines = table.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  output.write(form === 'jsonl' ? lines : tableText(table, terminalPaint()));
  await output.flush();
}

interface Checking {
  readonly bindings: Bindings<Protocols>;
  readonly report: Report;
  /** Index of the least severity that is told, in `SEVERITIES`. */
  readonly least: number;
  /** Frames of each file that are looked at. */
  readonly count: number;
  readonly maxRecord: number | undefined;
  readonly output: Output;
}

/** Goes through files and tells what it finds as it finds it. */
class Checker {
  readonly tally: Tally;
  /** Whether anything was told. */
  found: boolean;
  private readonly checking: Checking;

  constructor(checking: Checking) {
    this.checking = checking;
    this.tally = new Tally();
    this.found = false;
  }

  async run(files: readonly string[]): Promise<void> {
    const { report, output } = this.checking;
    output.write(report.begin());
    let complete = true;
    for (const file of files) {
      if (output.closed) return;
      try {
        await this.checkFile(file);
      } catch (error) {
        complete = false;
        const damage = damageOf(error, inputName(file));
        if (damage !== undefined) {
          this.tell({ file, ...damage });
          continue;
        }
        // What was found before is told before the error.
        await output.flush();
        fail(error);
      }
    }
    output.write(report.end(complete));
    await output.flush();
  }

  private async checkFile(file: string): Promise<void> {
    const { count, maxRecord, output } = this.checking;
    const input = await openInput(file, maxRecord);
    const judge = new CaptureJudge();
    let number = 0;
    for await (const batch of input.batches) {
      for (const frame of batch) {
        number += 1;
        this.checkFrame(file, number, frame, judge);
        if (number >= count) return;
      }
      await output.flush();
      if (output.closed) return;
    }
  }

  private checkFrame(file: string, number: number, frame: InputFrame, judge: CaptureJudge): void {
    const { data, linkType, wireLength } = frame;
    const { bindings } = this.checking;
    this.tally.frames += 1;
    for (const problem of judge.judge(frame)) this.tell({ file, frame: number, ...problem });
    const { problems } = parse(data, { linkType, wireLength, bindings });
    for (const problem of problems) this.tell({ file, frame: number, ...problem });
  }

  private tell(finding: Finding): void {
    const { report, least, output } = this.checking;
    this.tally.add(finding.severity);
    if (SEVERITIES.indexOf(finding.severity) < least) return;
    this.found = true;
    output.write(report.result(finding));
  }
}
