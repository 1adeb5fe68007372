/**
 * What is wrong with a packet, as data. Each protocol's table says what can be; here it is worked
 * out for one packet: where it is, how many bytes are missing, and what cut them off.
 */
import {
  type ByteRange,
  CHECKED_PROBLEMS,
  type HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  type Severity,
} from '../headers/protocol.js';
import { BETWEEN_PROBLEMS, judgeBetween } from './between-layers.js';
import type { Bindings, Protocols } from './bindings.js';
import { CHECKSUM_PROBLEMS, checksumProblem } from './checksum-problems.js';
import { EndsChain, type LayerEnds, type Limit } from './limits.js';
import type { Broken, Packet } from './packet.js';

/** Something wrong with a packet, or worth knowing, at a place in its bytes. */
export interface Problem {
  /** Stable code, such as `IPV4_TOTAL_LENGTH_PAST_END`. */
  readonly code: string;
  /** `info` for whatever only the snap length has caused. */
  readonly severity: Severity;
  /** The protocol whose header it is about, such as `ipv4`. */
  readonly layer: string;
  /** Place of the header in `Packet.layers`; behind the last one for a header that is none. */
  readonly layerIndex: number;
  readonly field?: string;
  /** Absolute byte offset of the field, or of the header. */
  readonly offset: number;
  /** Absolute number of the first bit that it is about, from the start of the frame. */
  readonly bit: number;
  /** How many bits it is about. */
  readonly bits: number;
  /** Bytes (or units of the field) needed, where that is what is wrong. */
  readonly need?: number;
  /** Bytes (or units of the field) that are there. */
  readonly have?: number;
  /** Which length field (or the frame's end) allows no more bytes, where bytes are missing. */
  readonly limitedBy?: Limit;
  /** True where only the snap length is to blame: on the wire nothing was missing. */
  readonly snapLength?: true;
  /** Bytes from the header's start to its body's end, as its own length field says. */
  readonly declared?: number;
  /** The same bytes as far as they were captured. */
  readonly captured: number;
  /** The same bytes as they were in this frame on the wire, by the lengths around them. */
  readonly wire: number;
  readonly rfc?: string;
  /** The sentence for people. */
  readonly message: string;
}

/** What `parse` itself finds wrong, as bits of a layer's mask above those of its protocol. */
export const BY_SOURCE_PORT = 1 << 24;
export const OTHER_VERSION = 1 << 25;
export const TOO_DEEP = 1 << 26;
const PARSE_PROBLEMS: readonly (ProblemKind & { readonly bit: number })[] = [
  {
    bit: BY_SOURCE_PORT,
    code: 'TUNNEL_BY_SOURCE_PORT',
    message: 'only the source port leads to this tunnel, not the destination port',
    severity: 'warning',
    rfc: 'RFC 7348 §5, RFC 8926 §3.3',
  },
  {
    bit: OTHER_VERSION,
    code: 'IP_VERSION_UNLIKE_TYPE',
    message: 'the number in front of this header says another version of IP',
    rfc: 'RFC 894, RFC 2464 §3',
  },
  {
    bit: TOO_DEEP,
    code: 'TOO_MANY_LAYERS',
    message: 'the packet has more layers than are looked at',
    severity: 'warning',
  },
];

/** One code of the table of problems. */
export interface ProblemEntry {
  readonly code: string;
  readonly severity: Severity;
  /** The protocol; `packet` where it can be any. */
  readonly layer: string;
  readonly field?: string;
  readonly rfc?: string;
  /** The sentence for people. */
  readonly message: string;
}

/** Every problem that packets of these protocols can have, each code once. */
export function problemTable(bindings: Bindings<Protocols>): ProblemEntry[] {
  const ofProtocols = Object.values(bindings.protocols).flatMap((protocol) =>
    protocol.problems.map((kind) => entryOf(kind, protocol.name)),
  );
  const ofPackets = [...PARSE_PROBLEMS, ...Object.values(CHECKSUM_PROBLEMS)];
  const all = [
    ...ofProtocols,
    ...Object.values(BETWEEN_PROBLEMS).map((kind) => entryOf(kind, kind.layer)),
    ...ofPackets.map((kind) => entryOf(kind, 'packet')),
  ];
  // Two forms of one protocol share codes: DNS over TCP, a TCP header that is cut.
  return all.filter(({ code }, i) => all.findIndex((entry) => entry.code === code) === i);
}

function entryOf(kind: ProblemKind, layer: string): ProblemEntry {
  const { code, severity = 'error', field, rfc, message } = kind;
  return {
    code,
    severity,
    layer,
    ...(field === undefined ? {} : { field }),
    ...(rfc === undefined ? {} : { rfc }),
    message,
  };
}

/** A header that a problem is about: one that was found, or one that is none. */
interface Site {
  readonly protocol: Protocol;
  readonly index: number;
  readonly offset: number;
  readonly headerEnd: number;
  /** Where its body ends among the captured bytes. */
  readonly end: number;
  /** Where its carrier's does. */
  readonly carrierEnd: number;
  readonly ends: LayerEnds;
  readonly carrier: LayerEnds;
}

/** Everything that is wrong with a packet, outermost first. */
export function problemsOf(packet: Packet<Protocols>): Problem[] {
  const { layers, view, broken } = packet;
  const problems: Problem[] = [];
  const places = packet.places();
  const chain = new EndsChain(packet);
  let index = 0;
  const tell = (kind: ProblemKind, where?: ByteRange): void => {
    problems.push(describe(view, kind, siteOf(packet, chain, index), where));
  };
  for (; index < layers.length; index++) {
    const layer = layers[index] as HeaderView;
    const place = places[index] as Place;
    const { descriptor, faults } = layer;
    if (faults !== 0) tellChecked(descriptor, faults, tell);
    for (const kind of judged(descriptor)) {
      const found = kind.when?.(layer, place);
      if (found === true) tell(kind);
      else if (typeof found === 'object') tell(kind, found);
    }
    judgeBetween(packet, index, tell);
    const sum = checksumProblem(
      layer,
      place,
      index === layers.length - 1 ? broken?.protocol : undefined,
    );
    if (sum !== undefined) tell(sum);
  }
  if (broken !== undefined) tellChecked(broken.protocol, broken.faults, tell);
  return problems;
}

/** The kinds whose bits are set in the mask that `parse` kept. */
function tellChecked(protocol: Protocol, faults: number, tell: (kind: ProblemKind) => void): void {
  for (const [i, kind] of protocol.problems.entries()) {
    if (i < CHECKED_PROBLEMS && (faults >>> i) & 1) tell(kind);
  }
  for (const kind of PARSE_PROBLEMS) if (faults & kind.bit) tell(kind);
}

const JUDGED = new WeakMap<Protocol, readonly ProblemKind[]>();

/** The kinds of a protocol that are looked for only now. */
function judged(protocol: Protocol): readonly ProblemKind[] {
  let kinds = JUDGED.get(protocol);
  if (kinds === undefined) {
    kinds = protocol.problems.filter((kind) => kind.when !== undefined);
    JUDGED.set(protocol, kinds);
  }
  return kinds;
}

function siteOf(packet: Packet<Protocols>, chain: EndsChain, index: number): Site {
  const { layers, view, broken } = packet;
  const carrierEnd = layers[index - 1]?.end ?? view.byteLength;
  const carrier = chain.of(index - 1);
  const layer = layers[index];
  if (layer !== undefined) {
    const { descriptor: protocol, offset, headerEnd, end } = layer;
    return { protocol, index, offset, headerEnd, end, carrierEnd, ends: chain.of(index), carrier };
  }
  const { protocol, offset } = broken as Broken;
  const [headerEnd, end] = [carrierEnd, carrierEnd];
  return { protocol, index, offset, headerEnd, end, carrierEnd, ends: carrier, carrier };
}

function describe(view: DataView, kind: ProblemKind, site: Site, where?: ByteRange): Problem {
  const { code, message, rfc } = kind;
  const { protocol, index, offset, end, carrierEnd, ends } = site;
  const range = where ?? kind.find?.(view, offset, carrierEnd);
  const field = range?.field ?? kind.field;
  const [bit, bits] =
    range === undefined ? bitsOf(kind, site) : [range.offset * 8, range.bytes * 8];
  const measured =
    kind === CHECKSUM_PROBLEMS.unverified
      ? uncovered(site)
      : kind.measure?.(view, offset, carrierEnd);
  const missing = measured === undefined || kind.ofField ? undefined : missingFrom(measured, site);
  // The carrier's bytes were all there on the wire, or are in another frame: nobody's fault.
  const harmless = missing !== undefined && (missing.snapLength || site.carrier.elsewhere);
  return {
    code,
    severity: harmless ? 'info' : (kind.severity ?? 'error'),
    layer: protocol.name,
    layerIndex: index,
    ...(field === undefined ? {} : { field }),
    offset: bit >>> 3,
    bit,
    bits,
    ...measured,
    ...(missing === undefined ? {} : { limitedBy: missing.limitedBy }),
    ...(missing?.snapLength ? { snapLength: true as const } : {}),
    ...(ends.declared === undefined || ends === site.carrier ? {} : { declared: ends.declared }),
    captured: end - offset,
    wire: ends.limit.end - offset,
    ...(rfc === undefined ? {} : { rfc }),
    message,
  };
}

/** How many bytes a checksum covers, and how many of them are here. */
function uncovered({ offset, end, ends }: Site): { need: number; have: number } | undefined {
  const { declared = 0, limit } = ends;
  const need = Math.max(declared, limit.end - offset);
  const have = end - offset;
  return need > have ? { need, have } : undefined;
}

/** First bit and number of bits of the field, or of the header's bytes that are there. */
function bitsOf({ field, mask }: ProblemKind, site: Site): [bit: number, bits: number] {
  const { protocol, offset, headerEnd } = site;
  const { layout } = protocol;
  const found = layout.fields.find((f) => f.name === field);
  if (found !== undefined) {
    const bit = offset * 8 + found.bit;
    // A header that is cut may lack the field.
    const there = Math.max(0, Math.min(found.bits, site.carrierEnd * 8 - bit));
    if (mask === undefined) return [bit, there];
    const highest = 31 - Math.clz32(mask);
    const lowest = 31 - Math.clz32(mask & -mask);
    return [bit + found.bits - 1 - highest, highest - lowest + 1];
  }
  const start = field === 'options' ? Math.min(headerEnd, offset + layout.span) : offset;
  return [start * 8, (headerEnd - start) * 8];
}

/** What allows no more bytes than there are, and whether only the snap length cut them off. */
function missingFrom(
  { need, have }: { need: number; have: number },
  { carrier, carrierEnd }: Site,
): { limitedBy: Limit; snapLength: boolean } {
  const { limit } = carrier;
  const cut = limit.end - carrierEnd;
  const snapLength = cut > 0 && have + cut >= need;
  if (!snapLength) return { limitedBy: limit, snapLength };
  return { limitedBy: { layer: 'frame', field: 'captured', end: carrierEnd }, snapLength };
}
