/** What surrounds a layer of a parsed packet, worked out as far as it is asked for. */
import { type HeaderView, NOTHING, type Place } from '../headers/protocol.js';
import type { Protocols } from './bindings.js';
import type { Packet } from './packet.js';

/**
 * The place of one layer. Where it begins and ends is known; what is looked up or summed is so
 * when it is asked for: most fields are printed without it, and it took a quarter of `-T fields`.
 */
export class LayerPlace implements Place {
  private readonly packet: Pick<Packet<Protocols>, 'layers' | 'bindings' | 'view' | 'wireLength'>;
  private readonly index: number;
  private readonly layer: HeaderView;

  constructor(
    packet: Pick<Packet<Protocols>, 'layers' | 'bindings' | 'view' | 'wireLength'>,
    index: number,
  ) {
    this.packet = packet;
    this.index = index;
    this.layer = packet.layers[index] as HeaderView;
  }

  get headerEnd(): number {
    return this.layer.headerEnd;
  }

  get end(): number {
    return this.layer.end;
  }

  get wireEnd(): number {
    return this.layer.wireEnd;
  }

  get carrierEnd(): number {
    const before = this.packet.layers[this.index - 1];
    return before?.end ?? this.packet.view.byteLength;
  }

  get carrierWireEnd(): number {
    const { layers, wireLength, view } = this.packet;
    return layers[this.index - 1]?.wireEnd ?? Math.max(wireLength, view.byteLength);
  }

  get quoted(): boolean {
    const { layers } = this.packet;
    for (let i = 0; i < this.index; i++)
      if ((layers[i] as HeaderView).descriptor.quotes) return true;
    return false;
  }

  get via(): number {
    return this.layer.via;
  }

  get next(): number {
    const { layers, bindings } = this.packet;
    const above = layers[this.index + 1];
    if (above === undefined) return NOTHING;
    return bindings.numberFor(this.layer.descriptor, above.layer);
  }

  get tunnelAbove(): boolean {
    return this.packet.layers[this.index + 1]?.descriptor.tunnel ?? false;
  }

  get checksumRequired(): boolean {
    return this.carrier?.descriptor.checksumRequired ?? false;
  }

  get pseudo(): number {
    const { layers, view } = this.packet;
    const { carrier } = this;
    if (carrier === undefined) return -1;
    let pseudo = -1;
    for (let i = layers.indexOf(carrier); i < this.index; i++) {
      const { descriptor, offset } = layers[i] as HeaderView;
      pseudo = descriptor.pseudo(view, offset, pseudo, carrier.offset);
    }
    return pseudo;
  }

  /** The header in front of this one, past those that only extend it. */
  private get carrier(): HeaderView | undefined {
    const { layers } = this.packet;
    for (let i = this.index - 1; i >= 0; i--) {
      const layer = layers[i] as HeaderView;
      if (!layer.descriptor.extension) return layer;
    }
    return undefined;
  }
}
