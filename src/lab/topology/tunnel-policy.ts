/** Policies of a topology's Geneve tunnels: who is told of as what, and what is let out. */
import { PacketError } from '../../bytes/error.js';
import { MAX_GENEVE_OPTION_DATA } from '../../headers/geneve-option-wire.js';
import { WorkloadPolicy, workloadOptions } from '../tunnel/policy.js';
import type { TunnelKind } from '../tunnel/remote.js';
import { object, optional, record, type Shape, scalar, type TypeOf, word } from './shape.js';
import { MAC } from './values.js';

const TEXTS = `a text of 1–${MAX_GENEVE_OPTION_DATA} bytes`;
/** What an option holds. A number is a text, too, as YAML reads `policy: 7`. */
const TEXT: Shape<string> = scalar(TEXTS, (value) => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && isOptionText(text) ? text : undefined;
});

const WORKLOAD_OBJECT = object('a workload', {
  policy: optional(TEXT, 'the policy that speaks for it (class 0x0102, type 1)'),
  telemetry: optional(TEXT, 'such as latency=5ms, hop=3 (class 0x0103, type 2)'),
  identity: optional(TEXT, 'such as workload=frontend (class 0x0104, type 3)'),
});
const WORKLOAD: typeof WORKLOAD_OBJECT = {
  ...WORKLOAD_OBJECT,
  read(value, place) {
    const said = WORKLOAD_OBJECT.read(value, place);
    // Each text may fit an option, and all together no header.
    return said && place.try(() => workloadOptions(said)) && said;
  },
};

const VERDICT = word('allow', 'deny');

/** A policy of a segment. */
export const POLICY = object('a policy', {
  workloads: optional(
    record('MAC', WORKLOAD, (text) => MAC.isRight(text), MAC.expected),
    'options that the frames of a VM get on their way in, by its address',
  ),
  verdicts: optional(
    record('POLICY', VERDICT, isOptionText, TEXTS),
    'whether frames with that policy are let out, or dropped unopened',
  ),
  otherwise: optional(VERDICT, 'and those with another, or with none (absent: deny)'),
});

/** Makes it, for a tunnel of that kind. Throws `PacketError` for what can't be. */
export function policyOf(
  { workloads = new Map(), verdicts = new Map(), ...rest }: TypeOf<typeof POLICY>,
  kind: TunnelKind,
): WorkloadPolicy {
  if (kind !== 'geneve') {
    throw new PacketError(
      'BAD_OPTION',
      `a policy needs Geneve's options, and this tunnel is ${kind}`,
    );
  }
  return new WorkloadPolicy({ workloads: known(workloads), verdicts: known(verdicts), ...rest });
}

/** What is wrong was told, and is left out. */
function known<T>(all: ReadonlyMap<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(
    [...all].filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}

function isOptionText(text: string): boolean {
  const bytes = new TextEncoder().encode(text).length;
  return bytes >= 1 && bytes <= MAX_GENEVE_OPTION_DATA && !text.endsWith('\0');
}
