/** What a policy adds to frames that go into a Geneve tunnel, and which ones it lets out at the other end. */
import { PacketError } from '../../bytes/error.js';
import { offsetOf } from '../../bytes/layout.js';
import { ethernetLayout } from '../../headers/ethernet.js';
import type { GeneveOptionCursor } from '../../headers/geneve-option-cursor.js';
import {
  type GeneveOption,
  guideOptions,
  securityPolicyId,
  sourceIdentity,
} from '../../headers/geneve-options.js';
import { GENEVE_CLASS } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { highOf, lowOf, MacMap } from '../mac-map.js';
import { macOf } from './addresses.js';

/** A policy, as an SDN controller gives it to a tunnel end point. */
export interface TunnelPolicy {
  /**
   * The options of a frame that goes into the tunnel. The same list for the same options: headers
   * are made once for each list.
   */
  options(frame: Frame): readonly GeneveOption[];
  /**
   * Whether a frame with these options may come out. It is asked before the frame inside is looked
   * at, and allocates nothing.
   */
  admits(options: GeneveOptionCursor): boolean;
  /** It as lines, for people. */
  print(): string[];
}

/** What is told of the frames of a workload. Texts of 1–124 bytes in UTF-8; 252 bytes of options in all. */
export interface Workload {
  /** The policy that speaks for it, such as `policy-xyz-123`. */
  readonly policy?: string;
  /** Such as `latency=5ms, hop=3`. */
  readonly telemetry?: string;
  /** Who it is, such as `workload=frontend-abc`. */
  readonly identity?: string;
}

/** What becomes of a frame. */
export type PolicyVerdict = 'allow' | 'deny';

/** What a policy is made from. */
export interface WorkloadPolicyOptions {
  /** Workloads by the MAC addresses of their ports. */
  readonly workloads?: Readonly<Record<string, Workload>>;
  /** What to do with frames of that policy. */
  readonly verdicts?: Readonly<Record<string, PolicyVerdict>>;
  /** What to do with all others, and with frames that name no policy (absent: `deny`). */
  readonly otherwise?: PolicyVerdict;
}

const SRC = offsetOf(ethernetLayout, 'src');
const { SECURITY_POLICY } = GENEVE_CLASS;
/** The guide's type of a security policy id. */
const POLICY_TYPE = 1;
const NO_OPTIONS: readonly GeneveOption[] = [];

/**
 * The guide's policy: at the source a workload's options are added, in the guide's classes and types;
 * at the destination the policy id is looked up, and what is denied is not opened.
 */
export class WorkloadPolicy implements TunnelPolicy {
  private readonly workloads: MacMap<readonly GeneveOption[]>;
  private readonly lines: string[];
  /** Each policy id as it stands in an option, padded. */
  private readonly verdicts: { data: Uint8Array; allow: boolean }[];
  private readonly otherwise: boolean;

  /**
   * Throws `BAD_VALUE` for a MAC address that is none or is there twice and for a text that fits no
   * option, `OUT_OF_RANGE` for more options than a header has room for, `BAD_OPTION` for a verdict
   * that is none.
   */
  constructor({ workloads = {}, verdicts = {}, otherwise = 'deny' }: WorkloadPolicyOptions) {
    this.workloads = new MacMap();
    this.lines = [];
    for (const [text, workload] of Object.entries(workloads)) {
      const mac = macOf(text);
      if (this.workloads.get(highOf(mac), lowOf(mac)) !== undefined) {
        throw new PacketError('BAD_VALUE', `the workload ${text} is there twice`);
      }
      this.workloads.set(highOf(mac), lowOf(mac), workloadOptions(workload));
      this.lines.push([text, ...Object.values(workload)].join(' '));
    }
    for (const [policy, verdict] of Object.entries(verdicts))
      this.lines.push(`${policy} ${verdict}`);
    this.lines.push(`others ${otherwise}`);
    this.verdicts = Object.entries(verdicts).map(([policy, verdict]) => ({
      data: dataOf(policy),
      allow: allows(policy, verdict),
    }));
    this.otherwise = allows('others', otherwise);
  }

  options({ view, start }: Frame): readonly GeneveOption[] {
    const at = start + SRC;
    return this.workloads.get(view.getUint16(at), view.getInt32(at + 2)) ?? NO_OPTIONS;
  }

  admits(options: GeneveOptionCursor): boolean {
    while (options.next()) {
      if (options.class !== SECURITY_POLICY || options.type !== POLICY_TYPE) continue;
      for (const { data, allow } of this.verdicts) if (holds(options, data)) return allow;
    }
    return this.otherwise;
  }

  /** Workloads and verdicts as lines, for people. */
  print(): string[] {
    return this.lines;
  }
}

/**
 * The options of a workload's frames. Throws `BAD_VALUE` for a text that fits no option,
 * `OUT_OF_RANGE` for more of them than a header has room for.
 */
export function workloadOptions(workload: Workload): readonly GeneveOption[] {
  const { policy, telemetry, identity } = workload;
  for (const [name, text] of Object.entries(workload)) checkText(name, text);
  const options: GeneveOption[] = [];
  if (policy !== undefined) options.push(securityPolicyId(policy));
  if (telemetry !== undefined) options.push({ kind: 'telemetry', value: telemetry });
  if (identity !== undefined) options.push(sourceIdentity(identity));
  guideOptions.size(options);
  return options;
}

/** The data of an option with that policy id, its padding included. */
function dataOf(policy: string): Uint8Array {
  checkText('policy', policy);
  const options = [securityPolicyId(policy)];
  const bytes = new Uint8Array(guideOptions.size(options));
  guideOptions.write(new DataView(bytes.buffer), 0, options);
  return bytes.subarray(4);
}

/** Options are padded with zeros, from which a text must be told. */
function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string' || (text !== '' && !text.endsWith('\0'))) return;
  throw new PacketError('BAD_VALUE', `${name} of a workload is empty, or ends with a zero`);
}

function allows(whose: string, verdict: PolicyVerdict): boolean {
  if (verdict === 'allow' || verdict === 'deny') return verdict === 'allow';
  throw new PacketError(
    'BAD_OPTION',
    `the verdict on ${whose} is ${JSON.stringify(verdict)}: expected allow or deny`,
  );
}

function holds(option: GeneveOptionCursor, data: Uint8Array): boolean {
  if (option.dataBytes !== data.length) return false;
  const { view, dataOffset } = option;
  for (let i = 0; i < data.length; i++) {
    if (view.getUint8(dataOffset + i) !== data[i]) return false;
  }
  return true;
}
