/** A packet under inspection: what rules look at, read once for all of them. */
import { DST, SRC } from '../../headers/ipv4-wire.js';
import { IP_PROTOCOL } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import type { Hook } from '../ip/hooks.js';
import { isLaterFragment, protocolOf, transportOf } from '../ip/packet.js';
import type { Port } from '../port.js';
import type { Random } from '../random.js';
import type { Nat } from './nat.js';
import type { RejectKind } from './reject.js';
import type { Rule } from './rule.js';

const { TCP, UDP } = IP_PROTOCOL;

/** What a rule says of a packet. */
export const VERDICT = {
  DROP: 0,
  ACCEPT: 1,
  /** The packet is gone already: it was answered. */
  STOLEN: 2,
  /** Nothing: the next rule has its say. */
  CONTINUE: 3,
  /** Back to the chain that led here, or the policy. */
  RETURN: 4,
} as const;

/** What targets can have done. */
export interface Services {
  readonly nat: Nat;
  readonly random: Random;
  /** Answers a packet with a refusal, and releases it. */
  reject(packet: Inspection, kind: RejectKind): void;
  /** The address that packets to `dst` by `output` come from, a signed word; 0: none. */
  addressOf(port: Port | undefined, dst: number): number;
  /** Says something about a packet. */
  log(packet: Inspection, prefix: string): void;
}

/** What rules look at. Made once for a stack, and used for packet after packet. */
export class Inspection {
  readonly services: Services;
  frame: Frame;
  hook: Hook;
  input: Port | undefined;
  output: Port | undefined;
  /** The bridge's ports, of a bridged packet. */
  physicalInput: Port | undefined;
  physicalOutput: Port | undefined;
  /** Whether it is being bridged rather than routed. */
  bridged: boolean;
  /** The rule that matched last in this table. */
  rule: Rule | undefined;
  /** Signed words. */
  src: number;
  dst: number;
  protocol: number;
  /** Where the transport header begins; -1: there is none, it is a later fragment. */
  transport: number;
  /** -1: it has none. */
  srcPort: number;
  dstPort: number;

  constructor(services: Services, frame: Frame) {
    this.services = services;
    this.frame = frame;
    this.hook = 0;
    this.input = undefined;
    this.output = undefined;
    this.physicalInput = undefined;
    this.physicalOutput = undefined;
    this.bridged = false;
    this.rule = undefined;
    this.src = 0;
    this.dst = 0;
    this.protocol = 0;
    this.transport = 0;
    this.srcPort = -1;
    this.dstPort = -1;
  }

  /** Reads the packet at `frame.network`; again after a translation. */
  read(): void {
    const { frame } = this;
    const { view, network } = frame;
    this.src = view.getInt32(network + SRC);
    this.dst = view.getInt32(network + DST);
    const protocol = protocolOf(frame);
    this.protocol = protocol;
    this.srcPort = -1;
    this.dstPort = -1;
    if (isLaterFragment(frame)) {
      this.transport = -1;
      return;
    }
    const at = transportOf(frame);
    this.transport = at;
    if ((protocol === TCP || protocol === UDP) && at + 4 <= frame.end) {
      this.srcPort = view.getUint16(at);
      this.dstPort = view.getUint16(at + 2);
    }
  }

  /** Bytes of the IP packet. */
  get length(): number {
    return this.frame.end - this.frame.network;
  }
}
