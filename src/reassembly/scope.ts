/** In which network a layer is: the same addresses mean other hosts in another tunnel. */
import type { HeaderView } from '../headers/protocol.js';

/** Fields by which tunnels tell networks apart. */
const NETWORK_FIELDS: readonly string[] = ['vid', 'vni', 'key', 'teid', 'sessionId', 'label'];

/**
 * Everything in front of layer `index` that tells networks apart, as text: VLANs, the outer ends of
 * tunnels, their VNI. Two fragments belong together only where this is the same.
 */
export function scopeOf(layers: readonly HeaderView[], index: number): string {
  let scope = '';
  for (let i = 0; i < index; i++) {
    const layer = layers[i] as HeaderView;
    const { descriptor } = layer;
    // Whose ends: an Ethernet header's change with every router, an IP header's are a tunnel's.
    if (descriptor.space === 'ipProtocol') {
      const ends = descriptor.ends(layer);
      if (ends !== undefined) scope += `${ends.src}>${ends.dst}/`;
    }
    for (const field of NETWORK_FIELDS) {
      if (!descriptor.fields.includes(field)) continue;
      scope += `${descriptor.name}=${String(Reflect.get(layer, field))}/`;
    }
  }
  return scope;
}
