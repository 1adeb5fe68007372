/** Takes the tunnels off the frames of a capture, as a receiver that tells what it drops. */
import { decapsulate } from '../encap/decapsulate.js';
import { DECAPSULATION, Decapsulation, decapsulationProblem } from '../encap/decapsulation.js';
import type { DecapsulationRules } from '../encap/decapsulation-rules.js';
import { untagInPlace } from '../encap/dot1q-tagger.js';
import { applyOuterEcn, ECN_DROP } from '../encap/ecn.js';
import {
  CLASS,
  CRITICAL,
  GENEVE_OPTION_HEADER_BYTES,
  LENGTH,
  TYPE,
} from '../headers/geneve-option-wire.js';
import { GENEVE_HEADER_BYTES } from '../headers/geneve-wire.js';
import { ETHERTYPE, LINK_TYPE } from '../headers/numbers.js';
import { Refused } from './refusals.js';
import type { Frame } from './rewriter.js';

/** What is to be taken off, and how. */
export interface DecapsulatorOptions {
  readonly rules: DecapsulationRules;
  /** The only VNI whose tunnels are taken off; undefined: all. */
  readonly vni: number | undefined;
  /** Whether congestion marks are brought inside (RFC 6040 §4.2). */
  readonly ecn: boolean;
  /** Whether a VLAN tag counts as a tunnel. */
  readonly tags: boolean;
  /** Whether tunnels in tunnels are taken off as well. */
  readonly all: boolean;
  /** Whether frames without a tunnel are kept. */
  readonly others: boolean;
}

/** What makes a frame one of a tunnel that a receiver drops; all else is a frame without a tunnel. */
const DROPPED: ReadonlySet<number> = new Set([
  DECAPSULATION.IP_CHECKSUM,
  DECAPSULATION.UDP_LENGTH,
  DECAPSULATION.UDP_LENGTH_PAST_END,
  DECAPSULATION.UDP_CHECKSUM,
  DECAPSULATION.UDP_CHECKSUM_ZERO,
  DECAPSULATION.TUNNEL_CUT,
  DECAPSULATION.VXLAN_I_FLAG_UNSET,
  DECAPSULATION.GENEVE_VERSION,
  DECAPSULATION.GENEVE_OPTION_PAST_HEADER,
  DECAPSULATION.GENEVE_CRITICAL_OPTION,
  DECAPSULATION.INNER_CUT,
  DECAPSULATION.GENEVE_CONTROL,
  DECAPSULATION.GENEVE_PROTOCOL,
  DECAPSULATION.VXLAN_INNER_VLAN,
]);

const NO_BYTES = new DataView(new ArrayBuffer(0));

/** Takes tunnels off frame after frame, and counts. */
export class Decapsulator {
  /** Frames that something was taken off. */
  opened: number;
  /** Frames without a tunnel that is to be taken off, kept or not. */
  others: number;
  /** How many of these are fragments of IP, in which a tunnel may be. */
  fragments: number;
  private readonly options: DecapsulatorOptions;
  private readonly found: Decapsulation;
  private view: DataView;
  // The frame as far as it has been taken out.
  private start: number;
  private end: number;
  private wireEnd: number;
  private linkType: number;

  constructor(options: DecapsulatorOptions) {
    this.opened = 0;
    this.others = 0;
    this.fragments = 0;
    this.options = options;
    this.found = new Decapsulation();
    this.view = NO_BYTES;
    this.start = 0;
    this.end = 0;
    this.wireEnd = 0;
    this.linkType = 0;
  }

  /** What is inside; undefined: a frame that is not kept. Throws `Refused` for what is dropped. */
  open(frame: Frame): Frame | undefined {
    const { data, linkType, wireLength } = frame;
    // The frames of a chunk share its memory, and a new DataView takes longer than all the rest.
    if (this.view.buffer !== data.buffer) this.view = new DataView(data.buffer);
    this.start = data.byteOffset;
    this.end = this.start + data.length;
    this.wireEnd = Math.max(this.end, this.start + wireLength);
    this.linkType = linkType;
    const { all, tags } = this.options;
    let levels = 0;
    while (
      this.linkType === LINK_TYPE.ETHERNET &&
      (this.takeTunnel() || (tags && this.takeTag()))
    ) {
      levels += 1;
      if (!all) break;
    }
    if (levels > 0) {
      this.opened += 1;
      const { start, end, wireEnd } = this;
      return {
        data: new Uint8Array(data.buffer, start, end - start),
        wireLength: wireEnd - start,
        linkType: this.linkType,
      };
    }
    this.others += 1;
    return this.options.others ? frame : undefined;
  }

  private takeTunnel(): boolean {
    const { view, start, end, wireEnd, found, options } = this;
    const code = decapsulate(view, start, end, found, options.rules, wireEnd);
    if (code !== DECAPSULATION.GOOD) {
      if (DROPPED.has(code)) throw new Refused(this.why(code));
      if (code === DECAPSULATION.IP_FRAGMENT) this.fragments += 1;
      return false;
    }
    if (options.vni !== undefined && found.vni !== options.vni) return false;
    if (options.ecn) {
      const made = applyOuterEcn(view, found.innerIp, found.outerEcn);
      if ((made & ECN_DROP) !== 0) {
        throw new Refused(
          'congestion was experienced outside, and the packet inside is not ECN-capable (RFC 6040 §4.2); --ecn keep takes it out',
        );
      }
    }
    this.start = found.innerStart;
    this.end = found.innerEnd;
    this.wireEnd = found.innerWireEnd;
    if (found.innerProtocol !== ETHERTYPE.ETHERNET) this.linkType = LINK_TYPE.RAW;
    return true;
  }

  private takeTag(): boolean {
    const { view, start, end } = this;
    this.start = untagInPlace(view, start, end);
    return this.start !== start;
  }

  private why(code: number): string {
    const problem = decapsulationProblem(code);
    const { start, end, wireEnd } = this;
    const cut = end < wireEnd ? `; the capture has ${end - start} of ${wireEnd - start} bytes` : '';
    const hint = code === DECAPSULATION.GENEVE_CRITICAL_OPTION ? this.unknownOption() : HINTS[code];
    const more = hint === undefined ? '' : `; ${hint}`;
    return `${problem?.message} (${problem?.rfc})${cut}${more}`;
  }

  /** The first critical option that is not known. */
  private unknownOption(): string | undefined {
    const { view, found, options } = this;
    let at = found.header + GENEVE_HEADER_BYTES;
    for (;;) {
      const optionClass = view.getUint16(at + CLASS);
      const type = view.getUint8(at + TYPE);
      if ((type & CRITICAL) !== 0 && !options.rules.knows((optionClass << 8) | type)) {
        return `--known-option 0x${optionClass.toString(16)}:0x${type.toString(16)} says that it is`;
      }
      at += GENEVE_OPTION_HEADER_BYTES + (view.getUint8(at + LENGTH.offset) & LENGTH.max) * 4;
    }
  }
}

/** How a frame can be taken out all the same. */
const HINTS: Readonly<Record<number, string>> = {
  [DECAPSULATION.UDP_CHECKSUM_ZERO]: '--accept-zero-checksum takes it out',
  [DECAPSULATION.UDP_CHECKSUM]: 'without --verify it is taken out',
  [DECAPSULATION.IP_CHECKSUM]: 'without --verify it is taken out',
  [DECAPSULATION.VXLAN_INNER_VLAN]: '--inner-vlan keep takes it out',
};
