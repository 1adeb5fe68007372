/** Where each layer of a packet ends on the wire, and which length field says so. */
import { ELSEWHERE, type HeaderView } from '../headers/protocol.js';
import type { Protocols } from './bindings.js';
import type { Packet } from './packet.js';

/** What ends the bytes that a header could have: a length field in front of it, or the frame. */
export interface Limit {
  /** The protocol whose length field it is; `frame`: the frame itself ends there. */
  readonly layer: string;
  /** Place of that layer in `Packet.layers`; absent for the frame. */
  readonly layerIndex?: number;
  /** The length field; of the frame: `wireLength`, or `captured` where the snap length cut it. */
  readonly field: string;
  /** Absolute byte offset of the length field; absent for the frame. */
  readonly offset?: number;
  /** The byte behind the last one, absolute. */
  readonly end: number;
}

/** Where a layer's body ends, in its three senses. */
export interface LayerEnds {
  /** Bytes of header and body as the layer's own length field says. */
  readonly declared: number | undefined;
  /** Where they end in this frame on the wire, and what says so. */
  readonly limit: Limit;
  /** Whether the packet goes on in other frames (fragments), or is a quoted start of one. */
  readonly elsewhere: boolean;
}

/** The ends of a packet's layers, each within those of its carrier; worked out as they are asked for. */
export class EndsChain {
  private readonly packet: Pick<Packet<Protocols>, 'layers' | 'view' | 'wireLength'>;
  private readonly known: LayerEnds[];

  constructor(packet: Pick<Packet<Protocols>, 'layers' | 'view' | 'wireLength'>) {
    this.packet = packet;
    this.known = [];
  }

  /** The ends of layer `index`; -1 is the frame. */
  of(index: number): LayerEnds {
    const { layers, view, wireLength } = this.packet;
    if (this.known.length === 0) this.known.push(frameEnds(wireLength, view.byteLength));
    for (let next = this.known.length - 1; next <= index; next++) {
      this.known.push(layerEnds(layers[next] as HeaderView, next, this.known[next] as LayerEnds));
    }
    return this.known[index + 1] as LayerEnds;
  }
}

/** What the frame itself allows: the start of the chain. */
function frameEnds(wireLength: number, captured: number): LayerEnds {
  // A wire length under the captured one is the capture file's error: the bytes are there.
  const end = Math.max(wireLength, captured);
  return {
    declared: undefined,
    limit: { layer: 'frame', field: 'wireLength', end },
    elsewhere: false,
  };
}

/** The ends of a layer within those of its carrier. */
function layerEnds(layer: HeaderView, index: number, carrier: LayerEnds): LayerEnds {
  const { descriptor, offset, headerEnd, wireEnd } = layer;
  const { lengthField } = descriptor;
  const declared = descriptor.declared(layer);
  const said = declared === undefined ? ELSEWHERE : offset + declared;
  const within = said >= headerEnd && said <= carrier.limit.end;
  const elsewhere = carrier.elsewhere || wireEnd >= ELSEWHERE;
  if (lengthField !== undefined && within) {
    const field = descriptor.layout.fields.find((f) => f.name === lengthField);
    const limit: Limit = {
      layer: descriptor.name,
      layerIndex: index,
      field: lengthField,
      offset: offset + ((field?.bit ?? 0) >>> 3),
      end: said,
    };
    return { declared, limit, elsewhere };
  }
  const end = Math.min(carrier.limit.end, wireEnd);
  return { declared, limit: { ...carrier.limit, end }, elsewhere };
}
