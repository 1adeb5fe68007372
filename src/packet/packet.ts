/** A parsed packet: its layers in place, and what is wrong with it. */
import {
  bytesOf,
  type HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
} from '../headers/protocol.js';
import type { Bindings, OurProtocols, Protocols, ViewOf } from './bindings.js';
import { LayerPlace } from './place.js';
import { type SpecPart, specOf } from './to-spec.js';

/** Something wrong with a packet, at a place in its bytes. */
export interface Problem {
  /** Stable code, such as `IPV4_TOTAL_LENGTH_PAST_END`. */
  readonly code: string;
  /** The protocol whose header it is about, such as `ipv4`. */
  readonly layer: string;
  readonly field?: string;
  /** Absolute byte offset of the field, or of the header. */
  readonly offset: number;
  /** Bytes (or units of the field) needed, where that is what is wrong. */
  readonly need?: number;
  /** Bytes (or units of the field) that are there. */
  readonly have?: number;
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
  },
  {
    bit: OTHER_VERSION,
    code: 'IP_VERSION_UNLIKE_TYPE',
    message: 'the number in front of this header says another version of IP',
  },
  {
    bit: TOO_DEEP,
    code: 'TOO_MANY_LAYERS',
    message: 'the packet has more layers than are looked at',
  },
];
const CHECKSUM_BAD = { code: 'CHECKSUM_BAD', message: 'the checksum is wrong' };
const CHECKSUM_ZERO = {
  code: 'CHECKSUM_ZERO',
  message: 'the checksum is 0, which this carrier forbids outside tunnels',
  rfc: 'RFC 8200 §8.1, RFC 6935',
};

/** A header that was expected and is none: its bytes are payload. */
export interface Broken {
  readonly protocol: Protocol;
  readonly offset: number;
  readonly faults: number;
}

/** A packet as `parse` found it. Its layers lie on the bytes that were parsed: nothing is copied. */
export class Packet<M extends Protocols = OurProtocols> {
  readonly view: DataView;
  /** Bytes on the wire; more than are there where the capture was cut. */
  readonly wireLength: number;
  readonly linkType: number;
  /** Outermost first. */
  readonly layers: readonly HeaderView[];
  /** The header at which parsing stopped because it is none. */
  readonly broken: Broken | undefined;
  readonly bindings: Bindings<M>;

  constructor(
    view: DataView,
    wireLength: number,
    linkType: number,
    layers: readonly HeaderView[],
    broken: Broken | undefined,
    bindings: Bindings<M>,
  ) {
    this.view = view;
    this.wireLength = wireLength;
    this.linkType = linkType;
    this.layers = layers;
    this.broken = broken;
    this.bindings = bindings;
  }

  /** The bytes that were parsed; shared, not copied. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, 0, this.view.byteLength);
  }

  /** The first layer of that protocol, from outside, or undefined. */
  layer<N extends keyof M & string>(name: N): ViewOf<M[N]> | undefined {
    for (const layer of this.layers) {
      if (layer.layer === name) return layer as ViewOf<M[N]>;
    }
    return undefined;
  }

  /** Every layer of that protocol, outermost first. */
  all<N extends keyof M & string>(name: N): ViewOf<M[N]>[] {
    return this.layers.filter((layer) => layer.layer === name) as ViewOf<M[N]>[];
  }

  /** The bytes behind the innermost header; shared, not copied. */
  get payload(): Uint8Array {
    const last = this.layers.at(-1);
    return last === undefined ? this.bytes : last.body;
  }

  /** The bytes between the end of layer `index` and its carrier's: padding, surplus, a checksum. */
  trailer(index: number): Uint8Array {
    const { end } = this.layers[index] as HeaderView;
    const carrier = this.layers[index - 1];
    return bytesOf(this.view, end, carrier === undefined ? this.view.byteLength : carrier.end);
  }

  /** What surrounds layer `index`: as its names, its checksum and its encoding need it. */
  place(index: number): Place {
    return new LayerPlace(this, index);
  }

  /** What surrounds each layer. */
  places(): Place[] {
    return this.layers.map((_, index) => this.place(index));
  }

  /** Everything that is wrong, outermost first; checksums are judged when it is asked for. */
  get problems(): Problem[] {
    const problems: Problem[] = [];
    const places = this.places();
    for (const [i, layer] of this.layers.entries()) {
      const { descriptor, offset, faults } = layer;
      const carrier = this.layers[i - 1];
      const end = carrier === undefined ? this.view.byteLength : carrier.end;
      this.collect(problems, descriptor, offset, end, faults);
      const place = places[i] as Place;
      const status = descriptor.checksumStatus(layer, place);
      const forbidden = status === 4 && !place.tunnelAbove;
      if (status === 0 || forbidden) {
        const kind = { ...(forbidden ? CHECKSUM_ZERO : CHECKSUM_BAD), field: 'checksum' };
        problems.push(this.describe(kind, descriptor, offset, end));
      }
    }
    const { broken } = this;
    if (broken !== undefined) {
      const end = this.layers.at(-1)?.end ?? this.view.byteLength;
      this.collect(problems, broken.protocol, broken.offset, end, broken.faults);
    }
    return problems;
  }

  private collect(
    problems: Problem[],
    protocol: Protocol,
    offset: number,
    end: number,
    faults: number,
  ): void {
    if (faults === 0) return;
    for (const [i, kind] of protocol.problems.entries()) {
      if ((faults >>> i) & 1) problems.push(this.describe(kind, protocol, offset, end));
    }
    for (const kind of PARSE_PROBLEMS) {
      if (faults & kind.bit) problems.push(this.describe(kind, protocol, offset, end));
    }
  }

  private describe(kind: ProblemKind, protocol: Protocol, offset: number, end: number): Problem {
    const { code, message, field, rfc } = kind;
    const { layout, name } = protocol;
    const found = layout.fields.find((f) => f.name === field);
    const at = field === 'options' ? layout.span : (found?.bit ?? 0) >>> 3;
    return {
      code,
      layer: name,
      ...(field === undefined ? {} : { field }),
      offset: kind.find?.(this.view, offset, end).offset ?? offset + at,
      ...kind.measure?.(this.view, offset, end),
      ...(rfc === undefined ? {} : { rfc }),
      message,
    };
  }

  /**
   * What `build` takes to give these bytes again: `build(packet.toSpec())` equals them for every
   * frame, broken ones included. What `build` would compute is left out.
   */
  toSpec(): SpecPart[] {
    return specOf(this);
  }
}
