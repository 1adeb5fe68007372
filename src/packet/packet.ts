/** A parsed packet: its layers in place, and what is wrong with it. */
import { bytesOf, type HeaderView, type Place, type Protocol } from '../headers/protocol.js';
import type { Bindings, OurProtocols, Protocols, ViewOf } from './bindings.js';
import { LayerPlace } from './place.js';
import { type Problem, problemsOf } from './problems.js';
import { type SpecPart, specOf } from './to-spec.js';

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
  /** The protocol of each layer: to ask the layers for theirs took ten times as long. */
  private readonly protocols: readonly Protocol[];

  constructor(
    view: DataView,
    wireLength: number,
    linkType: number,
    layers: readonly HeaderView[],
    broken: Broken | undefined,
    bindings: Bindings<M>,
    protocols: readonly Protocol[],
  ) {
    this.view = view;
    this.wireLength = wireLength;
    this.linkType = linkType;
    this.layers = layers;
    this.broken = broken;
    this.bindings = bindings;
    this.protocols = protocols;
  }

  /** The bytes that were parsed; shared, not copied. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, 0, this.view.byteLength);
  }

  /** The first layer of that protocol, from outside, or undefined. */
  layer<N extends keyof M & string>(name: N): ViewOf<M[N]> | undefined {
    const { layers, protocols } = this;
    for (let i = 0; i < layers.length; i++) {
      if ((protocols[i] as Protocol).name === name) return layers[i] as ViewOf<M[N]>;
    }
    return undefined;
  }

  /** Every layer of that protocol, outermost first. */
  all<N extends keyof M & string>(name: N): ViewOf<M[N]>[] {
    const { layers, protocols } = this;
    const found: ViewOf<M[N]>[] = [];
    for (let i = 0; i < layers.length; i++) {
      if ((protocols[i] as Protocol).name === name) found.push(layers[i] as ViewOf<M[N]>);
    }
    return found;
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

  /**
   * Everything that is wrong or worth knowing, outermost first. It is worked out anew, checksums
   * included, each time that it is asked for.
   */
  get problems(): Problem[] {
    return problemsOf(this);
  }

  /**
   * What `build` takes to give these bytes again: `build(packet.toSpec())` equals them for every
   * frame, broken ones included. What `build` would compute is left out.
   */
  toSpec(): SpecPart[] {
    return specOf(this);
  }
}
