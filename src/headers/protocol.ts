/** What a protocol is: the one shape that every header file fills, ours and a user's. */
import { PacketError } from '../bytes/error.js';
import type { HeaderLayout } from '../bytes/layout.js';

/**
 * Where a header's body ends and what follows it. One record is reused for all headers of a
 * packet: `check` reads `wireEnd` and writes every field.
 */
export interface Extent {
  /** In: where the carrier's body ends on the wire. Out: where this header's does. */
  wireEnd: number;
  /** Where the body ends among the bytes that are there; exclusive, never past the carrier's end. */
  bodyEnd: number;
  /** The number that says what follows, in the protocol's number space; -1: nothing is said. */
  next: number;
  /** A second number to try where the first leads nowhere (a source port); -1: none. */
  alternative: number;
  /** Bit mask of problems: bit i is entry i of the protocol's table. */
  problems: number;
}

/** What is known of a header when a view is laid on it. */
export interface Found extends Extent {
  /** The number by which the carrier led here. */
  via: number;
}

/** `wireEnd` of a fragment's body: the datagram goes on in other frames. */
export const ELSEWHERE = 0x3fffffff;

/** Ends the body where a length field says; answers false where that is past the carrier's end. */
export function endBody(out: Extent, wireEnd: number, end: number): boolean {
  if (wireEnd > out.wireEnd) return false;
  out.wireEnd = wireEnd;
  if (wireEnd < end) out.bodyEnd = wireEnd;
  return true;
}

/** Answers that there is no header, for that reason. */
export function refuse(out: Extent, problems: number): 0 {
  out.problems |= problems;
  return 0;
}

/** A header's surroundings, as encoding it and naming its fields need them. */
export interface Place {
  /** Where the header ends and its body begins. */
  headerEnd: number;
  /** Where the body ends, exclusive. */
  end: number;
  /** Where the body ends on the wire: more than `end` where the capture was cut or a fragment. */
  wireEnd: number;
  /** Where the carrier's body ends: `end`, and behind it the layer's trailer. */
  carrierEnd: number;
  /** Where the carrier's body ends on the wire. */
  carrierWireEnd: number;
  /** Whether this is part of a packet that an ICMP error quotes, not of one that is on its way. */
  quoted: boolean;
  /** Encoding: the number of the layer that follows; `NOTHING` or `UNBOUND` where there is none. */
  next: number;
  /** The number by which the carrier led here, such as a TPID; -1: it is the first. */
  via: number;
  /** Whether the layer that follows is a tunnel's header. */
  tunnelAbove: boolean;
  /** Partial sum of the carrier's pseudo-header, or -1 where the carrier has none. */
  pseudo: number;
  /** Whether the carrier forbids a zero checksum (IPv6, RFC 8200 §8.1). */
  checksumRequired: boolean;
}

/** `Place.next` where only payload follows. */
export const NOTHING = -1;
/** `Place.next` where a layer follows to which no number of this header's space leads. */
export const UNBOUND = -2;

/** How the value of a field name is shown: Wireshark's forms. Addresses are numbers of 32 and 48 bits. */
export type Form =
  | 'dec'
  | 'hex2'
  | 'hex4'
  | 'hex6'
  | 'hex8'
  | 'bool'
  | 'ipv4'
  | 'mac'
  | 'text'
  | 'bytes';

/** Takes one value of a field, and the bits of the frame that it stands for (`bits` 0: computed). */
export type Emit = (value: number | string | Uint8Array, bit: number, bits: number) => void;

/** A field by its Wireshark name. */
export interface FieldName<V extends HeaderView = HeaderView> {
  readonly name: string;
  /** What it is, in a few words: Wireshark's own where it has some. */
  readonly label: string;
  readonly form: Form;
  /** Whether a tree leaves it out, because it repeats other fields. */
  readonly hidden?: boolean;
  /** Emits every value of the field in this header, in wire order. */
  each(layer: V, place: Place, emit: Emit): void;
}

/** How bad a problem is: `error`, the bytes can't be what they claim; `warning`, a standard forbids or discourages it; `info`, worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** A range of whole bytes of a frame, `offset` absolute. */
export interface ByteRange {
  readonly offset: number;
  readonly bytes: number;
  /** The field that they are, where it is another than the table says. */
  readonly field?: string;
}

/**
 * An entry of a protocol's table of problems. Those that `check` finds come first, at most 24: bit i
 * of its mask is entry i. Those that only `when` finds follow.
 */
export interface ProblemKind<V extends HeaderView = HeaderView> {
  /** Stable code, such as `IPV4_TOTAL_LENGTH_PAST_END`. */
  readonly code: string;
  /** The sentence for people. */
  readonly message: string;
  /** Absent: `error`. */
  readonly severity?: Severity;
  /** The field that is wrong, where it is one. */
  readonly field?: string;
  /** The bits of the field that it is about, as a mask of its value (absent: all). */
  readonly mask?: number;
  /** Where exactly, for what the layout has no field for, such as one option. `end`: the carrier's. */
  find?(view: DataView, offset: number, end: number): ByteRange;
  /**
   * Whether a header has it, or where: for what says nothing about bounds, so that `check` need not
   * look. Asked only when problems are asked for.
   */
  when?(layer: V, place: Place): boolean | ByteRange | undefined;
  /** Where that is demanded, such as `RFC 791 §3.1`. */
  readonly rfc?: string;
  /** How many bytes it needs and how many there are, where that is what is wrong. */
  measure?(view: DataView, offset: number, end: number): { need: number; have: number };
  /** Whether `measure` sets the field against a number, not bytes against the carrier's end. */
  readonly ofField?: boolean;
}

/** How many entries of a table of problems `check` can find: `parse` has the bits above. */
export const CHECKED_PROBLEMS = 24;

/** State of a checksum in Wireshark's numbers: 0 bad, 1 good, 2 unverified, 3 not present, 4 illegal. */
export type ChecksumStatus = 0 | 1 | 2 | 3 | 4;

/** A protocol: everything that parse, build, the field names and the command know of it. */
export interface Protocol<
  N extends string = string,
  F extends object = object,
  V extends HeaderView = HeaderView,
  I extends object = Partial<F>,
> {
  readonly name: N;
  /** As a title for people: `User Datagram Protocol`. */
  readonly title: string;
  /** As a column for people: `UDP`. */
  readonly short: string;
  readonly layout: HeaderLayout;
  /** The number space of what follows, such as `ethertype`; undefined: nothing ever follows. */
  readonly space: string | undefined;
  /** Whether a frame or packet of its own begins behind this header. */
  readonly tunnel: boolean;
  /** Whether transports in it must carry a checksum (IPv6). */
  readonly checksumRequired: boolean;
  /** Whether it only extends the network header in front (IPv6 extension headers). */
  readonly extension: boolean;
  /** Whether all of the body is its own, so that no rest of it is data to Wireshark. */
  readonly ownBody: boolean;
  /** Whether what follows is a packet of another time that this header tells of (ICMP errors). */
  readonly quotes: boolean;
  /** The field that says how long header and body are; undefined: none does. */
  readonly lengthField: string | undefined;
  /** Bytes of header and body as that field says; undefined: it says nothing (0 of an offload). */
  declared(layer: V): number | undefined;
  /** Every key of the fields, in wire order. */
  readonly fields: readonly string[];
  /** Keys that are computed when absent, and left out of a spec where that gives the same bytes. */
  readonly derived: readonly string[];
  readonly problems: readonly ProblemKind<NoInfer<V>>[];
  readonly names: readonly FieldName<V>[];
  /** Wireshark's name of the protocol: `ip`. */
  readonly wireshark: string;
  /** The same for one header, where it tells more (`eth:ethertype`) or nothing (empty: left out). */
  wiresharkName(layer: V): string;
  /** One line for people about this header: the Info of a frame in which it is the innermost. */
  summary(layer: V, place: Place): string;
  /** Bounds: answers the header's end, or 0 where the bytes at `offset` are no such header. */
  check(view: DataView, offset: number, end: number, out: Extent): number;
  /**
   * The name of the protocol that these bytes, which `check` refused, may be instead. `wireEnd`:
   * where the carrier's body ends on the wire.
   */
  sibling(view: DataView, offset: number, end: number, wireEnd: number): string | undefined;
  /**
   * A view on a header that `check` has found good. It is enough to take the first four arguments.
   *
   * One that takes all six can do more for the loop of `parse` and `Dissector`: it hands `found` to
   * the view, and moves `reuse`, an earlier view of its own making, where one is given. So do the
   * protocols that are met in every frame, as the compiler knows their view's class there: where
   * all shared one function for that, its stores took half of the time of `parse` (Node 20).
   */
  layer(
    view: DataView,
    offset: number,
    headerEnd: number,
    end: number,
    found?: Readonly<Found>,
    reuse?: V,
  ): V;
  /** Every field as plain data. Encoding it with nothing absent gives the header's bytes. */
  decode(layer: V): F;
  /** Bytes of the header that `encode` would write for these fields. */
  size(fields: I): number;
  /**
   * Writes the header at `offset`: every byte of it, or none where a field is wrong (it throws).
   * Writes all derived values but checksums.
   */
  encode(view: DataView, offset: number, fields: I, place: Place): void;
  /** Writes the checksum, once everything behind the header is there. */
  seal(view: DataView, offset: number, fields: I, place: Place): void;
  /**
   * Partial sum of the pseudo-header that transports in it use, or -1. `outer`: the carrier's;
   * `network`: where the network header begins that an extension header extends.
   */
  pseudo(view: DataView, offset: number, outer: number, network: number): number;
  /** Judges the checksum; undefined: the protocol has none. */
  checksumStatus(layer: V, place: Place): ChecksumStatus | undefined;
  /** Source and destination as a summary shows them; undefined: the header has none. */
  ends(layer: V): { readonly src: string; readonly dst: string } | undefined;
}

type Defaulted =
  | 'short'
  | 'space'
  | 'tunnel'
  | 'checksumRequired'
  | 'extension'
  | 'ownBody'
  | 'quotes'
  | 'lengthField'
  | 'declared'
  | 'derived'
  | 'problems'
  | 'names'
  | 'sibling'
  | 'wireshark'
  | 'wiresharkName'
  | 'seal'
  | 'pseudo'
  | 'checksumStatus'
  | 'ends'
  | 'summary';

/** What a header file says of its protocol: members that most have no use for may be left out. */
export type ProtocolDefinition<
  N extends string,
  F extends object,
  V extends HeaderView,
  I extends object,
> = Omit<Protocol<N, F, V, I>, Defaulted | 'fields'> &
  Partial<Pick<Protocol<N, F, V, I>, Exclude<Defaulted, 'derived'>>> & {
    readonly fields: readonly (keyof F & string)[];
    readonly derived?: readonly (keyof F & string)[];
  };

/** `seal` of a protocol without a checksum. */
export const noSeal = (): void => {};
/** `pseudo` of a protocol without a pseudo-header. */
export const noPseudo = (): number => -1;
/** `pseudo` of an extension header that leaves the ends of the packet as they are. */
export const samePseudo = (_view: DataView, _offset: number, outer: number): number => outer;

/** Keys of a spec's layer that no field may be named. */
export const RESERVED_KEYS: readonly string[] = [
  'layer',
  'trailer',
  'computed',
  'problems',
  'bytes',
];

/**
 * Makes a protocol. All are made by this one literal, so that they share a hidden class and the
 * loops of parse and build stay monomorphic. Throws `BAD_VALUE` where a field has a reserved name.
 */
export function defineProtocol<
  const N extends string,
  F extends object,
  V extends HeaderView,
  I extends object,
>(d: ProtocolDefinition<N, F, V, I>): Protocol<N, F, V, I> {
  for (const key of d.fields) {
    if (RESERVED_KEYS.includes(key)) {
      throw new PacketError('BAD_VALUE', `protocol ${d.name}: no field may be named ${key}`);
    }
  }
  return {
    name: d.name,
    title: d.title,
    short: d.short ?? d.name.toUpperCase(),
    layout: d.layout,
    space: d.space ?? undefined,
    tunnel: d.tunnel ?? false,
    checksumRequired: d.checksumRequired ?? false,
    extension: d.extension ?? false,
    ownBody: d.ownBody ?? false,
    quotes: d.quotes ?? false,
    lengthField: d.lengthField ?? undefined,
    declared: d.declared ?? (() => undefined),
    fields: d.fields,
    derived: d.derived ?? [],
    problems: d.problems ?? [],
    names: d.names ?? [],
    wireshark: d.wireshark ?? d.name,
    wiresharkName: d.wiresharkName ?? (() => d.wireshark ?? d.name),
    summary: d.summary ?? (() => d.title),
    check: d.check,
    sibling: d.sibling ?? (() => undefined),
    layer: d.layer,
    decode: d.decode,
    size: d.size,
    encode: d.encode,
    seal: d.seal ?? noSeal,
    pseudo: d.pseudo ?? noPseudo,
    checksumStatus: d.checksumStatus ?? (() => undefined),
    ends: d.ends ?? (() => undefined),
  };
}

/** What a view knows of where it lies: only `moveTo` and the loop of `Dissector` may change it. */
const MOVED = ['view', 'offset', 'headerEnd', 'end', 'wireEnd', 'via', 'faults'] as const;
/** A view as those see it who may move it. */
export type Movable = { -readonly [K in (typeof MOVED)[number]]: HeaderView[K] };

/** A flyweight on one header: where it is, and (in a subclass) its fields as properties. */
export abstract class HeaderView {
  readonly view: DataView;
  /** Absolute byte offset of the header. */
  readonly offset: number;
  /** Where the header ends and its body begins. */
  readonly headerEnd: number;
  /** Where the body ends, exclusive. */
  readonly end: number;
  /** Where the body ends on the wire; set by `parse`. */
  wireEnd: number;
  /** The number by which the carrier led here; set by `parse`. */
  via: number;
  /** Bit mask of problems; set by `parse`. */
  faults: number;

  constructor(view: DataView, offset: number, headerEnd: number, end: number) {
    this.view = view;
    this.offset = offset;
    this.headerEnd = headerEnd;
    this.end = end;
    this.wireEnd = end;
    this.via = -1;
    this.faults = 0;
  }

  /**
   * Lays this view on another header, which `check` has found good: so that one view serves frame
   * after frame without allocation.
   */
  moveTo(view: DataView, offset: number, headerEnd: number, end: number): this {
    const mine = this as Movable;
    mine.view = view;
    mine.offset = offset;
    mine.headerEnd = headerEnd;
    mine.end = end;
    mine.wireEnd = end;
    mine.via = -1;
    mine.faults = 0;
    return this;
  }

  /** Takes over what the loop of `parse` and `Dissector` has found out about this header. */
  found(found: Readonly<Found> | undefined): this {
    if (found === undefined) return this;
    this.wireEnd = found.wireEnd;
    this.via = found.via;
    this.faults = found.problems;
    return this;
  }

  /** The protocol of which this is a header. */
  abstract get descriptor(): Protocol;

  /** The protocol's name: the `layer` of a spec. */
  get layer(): string {
    return this.descriptor.name;
  }

  /** Where the header's fixed part ends, and its options begin. */
  get fixedEnd(): number {
    return this.offset + this.descriptor.layout.span;
  }

  /** The bytes of the header itself; shared, not copied. */
  get headerBytes(): Uint8Array {
    return bytesOf(this.view, this.offset, this.headerEnd);
  }

  /** The bytes behind the header, up to where its length field says; shared, not copied. */
  get body(): Uint8Array {
    return bytesOf(this.view, this.headerEnd, this.end);
  }
}

const { moveTo } = HeaderView.prototype;

/** Whether a view can serve again: it keeps nothing but where it lies, or moves what it keeps. */
export function isMovable(layer: HeaderView): boolean {
  return layer.moveTo !== moveTo || Object.keys(layer).length === MOVED.length;
}

/** A window on the bytes [offset, end) below a view; shared, not copied. */
export function bytesOf(view: DataView, offset: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, end - offset);
}

const SCRATCH: Extent = { wireEnd: 0, bodyEnd: 0, next: -1, alternative: -1, problems: 0 };

/**
 * The header's end for a view that a caller makes on bytes of its own.
 * Throws `NOT_A_HEADER` where the protocol's check finds no header there.
 */
export function requireHeader(
  protocol: Pick<Protocol, 'name' | 'check' | 'problems'>,
  view: DataView,
  offset: number,
  end: number,
): number {
  SCRATCH.wireEnd = end;
  SCRATCH.problems = 0;
  const inside = offset >= 0 && end <= view.byteLength;
  const headerEnd = inside ? protocol.check(view, offset, end, SCRATCH) : 0;
  if (headerEnd !== 0) return headerEnd;
  const checked = protocol.problems.slice(0, CHECKED_PROBLEMS);
  const why = checked.find((_, i) => (SCRATCH.problems >>> i) & 1);
  throw new PacketError(
    'NOT_A_HEADER',
    `no ${protocol.name} header at byte ${offset}: ${why?.message ?? 'not one'}`,
    { layer: protocol.name, offset, field: why?.field },
  );
}
