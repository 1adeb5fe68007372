/** What `check` has found, and the forms in which it tells it. */
import type { Severity } from '../headers/protocol.js';
import type { Problem, ProblemEntry } from '../packet/problems.js';
import { type Paint, SEVERITY_COLOUR } from './paint.js';
import { problemWords } from './show-problem.js';

/** A problem of a packet or of a file, with the file and the frame in which it is. */
export interface Finding
  extends Pick<Problem, 'code' | 'severity' | 'layer' | 'message'>,
    Partial<Omit<Problem, 'code' | 'severity' | 'layer' | 'message'>> {
  /** The file as it was named; `-`: standard input. */
  readonly file: string;
  /** Number of the frame, from 1; absent: it is about the file. */
  readonly frame?: number;
}

/** The least severe first: what `--severity` takes. */
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error'];

/** A form of output: what comes before the first finding, for each, and behind the last. */
export interface Report {
  begin(): string;
  result(finding: Finding): string;
  /** `complete`: whether every file could be read. */
  end(complete: boolean): string;
}

/** `cap.pcap:12:42 warning VXLAN_I_FLAG_UNSET the I flag is not set (RFC 7348 §5)`. */
export function textReport(paint: Paint): Report {
  return {
    begin: () => '',
    result: (finding) => {
      const { file, frame, offset, severity, code } = finding;
      const where = [file, frame, offset].filter((part) => part !== undefined).join(':');
      const how = paint(SEVERITY_COLOUR[severity], severity);
      return `${paint('bold', where)} ${how} ${code} ${problemWords(finding)}\n`;
    },
    end: () => '',
  };
}

/** A JSON object a finding. */
export const jsonlReport: Report = {
  begin: () => '',
  result: (finding) => `${JSON.stringify(finding)}\n`,
  end: () => '',
};

/** The table of codes as text. */
export function tableText(table: readonly ProblemEntry[], paint: Paint): string {
  const width = (key: 'code' | 'layer'): number => Math.max(...table.map((e) => e[key].length));
  const [codes, layers] = [width('code'), width('layer')];
  const lines = table.map((entry) => {
    const severity = paint(SEVERITY_COLOUR[entry.severity], entry.severity.padEnd(7));
    return `${entry.code.padEnd(codes)}  ${severity}  ${entry.layer.padEnd(layers)}  ${problemWords(entry)}\n`;
  });
  return lines.join('');
}

/** How many findings of each severity there are, and of how many frames. */
export class Tally {
  frames: number;
  private readonly counts: Record<Severity, number>;

  constructor() {
    this.frames = 0;
    this.counts = { error: 0, warning: 0, info: 0 };
  }

  add(severity: Severity): void {
    this.counts[severity] += 1;
  }

  /** `3 frames: 1 error, 2 warnings, 4 infos`. */
  text(): string {
    const { error, warning, info } = this.counts;
    const found = [counted(error, 'error'), counted(warning, 'warning'), counted(info, 'info')];
    return `${counted(this.frames, 'frame')}: ${found.join(', ')}`;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
