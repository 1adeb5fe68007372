/** Writes any outer headers of a tunnel, and whatever in them is counted or summed, in JavaScript. */
import { finishSum, sumBytes } from '../bytes/checksum.js';
import { ID } from '../headers/ipv4-wire.js';
import { FLOW_LABEL } from '../headers/ipv6-wire.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { writeTraits4, writeTraits6 } from './inherit.js';
import type { OuterOptions } from './outer.js';
import type { TunnelTemplate } from './template.js';

/** What the kernel does where it can, for every option and on any memory. */
export class HeaderWriter {
  /** Whether the IPv6 flow label is that of the flow inside. */
  readonly labels: boolean;
  /** Whether the IPv4 ID is counted. */
  readonly counts: boolean;
  /** Whether the UDP checksum is computed. */
  readonly checksum: boolean;
  private readonly template: TunnelTemplate;
  /** The template as words in the machine's order. */
  private readonly words: Int32Array;
  /** Where the words that change stand, and what they are. */
  private readonly places: Int32Array;
  private readonly changing: Int32Array;
  private count: number;

  constructor(
    template: TunnelTemplate,
    outer: OuterOptions,
    places: Int32Array,
    changing: Int32Array,
  ) {
    const { buffer, length } = template.bytes;
    this.labels = outer.flowLabel === 'flow';
    this.counts = outer.id === 'count';
    this.checksum = hasChecksum(outer, template);
    this.template = template;
    this.words = new Int32Array(buffer.slice(0, length & ~3));
    this.places = places;
    this.changing = changing;
    this.count = 0;
  }

  /**
   * Writes the headers at `at`, in front of `length` bytes. `copied`: what they take over from the
   * packet inside; `hash`: of its flow, for the label.
   */
  write(
    view: DataView,
    at: number,
    length: number,
    vni: number,
    port: number,
    copied: number,
    hash: number,
  ): void {
    const { template, words, places, changing } = this;
    const headerBytes = template.bytes.length;
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i] as number, true);
    // Ethernet makes every header two bytes longer than whole words.
    view.setUint16(at + headerBytes - 2, template.view.getUint16(headerBytes - 2));
    for (let i = 0; i < places.length; i++) {
      view.setInt32(at + (places[i] as number), changing[i] as number, true);
    }
    view.setUint16(at + template.lengthAt, length + template.lengthExtra);
    view.setUint16(at + template.udpLengthAt, length + template.udpLengthExtra);
    view.setUint16(at + template.sourcePortAt, port);
    view.setUint32(at + template.vniAt, vni << 8);
    const network = at + template.networkAt;
    if (template.ipv6) {
      writeTraits6(view, network, copied);
      if (this.labels) writeFlowLabel(view, network, hash);
    } else {
      writeTraits4(view, network, copied);
      if (this.counts) {
        view.setUint16(network + ID, this.count);
        this.count = (this.count + 1) & 0xffff;
      }
      const header = sumBytes(view, network, at + template.udpAt);
      view.setUint16(at + template.ipv4SumAt, finishSum(header));
    }
    if (this.checksum) this.writeChecksum(view, at, at + headerBytes + length);
  }

  private writeChecksum(view: DataView, at: number, end: number): void {
    const { udpAt, udpSumAt, addressesAt, addressBytes } = this.template;
    const udp = at + udpAt;
    const from = at + addressesAt;
    const pseudo = sumBytes(view, from, from + addressBytes, IP_PROTOCOL.UDP + (end - udp));
    const sum = finishSum(sumBytes(view, udp, end, pseudo));
    // RFC 768: a computed 0 is sent as all ones.
    view.setUint16(at + udpSumAt, sum === 0 ? 0xffff : sum);
  }
}

/** Whether the UDP checksum is computed: over IPv6 it is unless that is declined. */
export function hasChecksum({ checksum }: OuterOptions, { ipv6 }: TunnelTemplate): boolean {
  return (checksum ?? (ipv6 ? 'computed' : 'zero')) === 'computed';
}

/** RFC 6438 §3: a label by flow; it is not 0, which says that there is none. */
function writeFlowLabel(view: DataView, ip: number, hash: number): void {
  const word = view.getUint32(ip);
  view.setUint32(ip, (word & ~FLOW_LABEL.max) | (hash & FLOW_LABEL.max || 1));
}
