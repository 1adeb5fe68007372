/** From a packet back to what `build` takes, as short as it can be without losing a bit. */
import { LayerSpec } from '../headers/layer-spec.js';
import { bytesOf, type HeaderView, type Place } from '../headers/protocol.js';
import type { Protocols } from './bindings.js';
import type { Packet } from './packet.js';

/** A part of a frame to build: a layer, or (last) the payload as bytes or text. */
export type SpecPart = LayerSpec | Uint8Array | string;

type Fields = Record<string, unknown>;

/** What `build` takes to give the packet's bytes again, without what it would compute. */
export function specOf(packet: Packet<Protocols>): SpecPart[] {
  const { layers } = packet;
  const places = packet.places();
  // Each header is tried in a copy of the frame, at its own place, and put back as it was.
  const copy = packet.bytes.slice();
  const view = new DataView(copy.buffer);
  const parts: SpecPart[] = layers.map((layer, i) => {
    const trailer = packet.trailer(i);
    return shortest(layer, places[i] as Place, view, trailer.length > 0 ? trailer : undefined);
  });
  const { payload } = packet;
  if (payload.length > 0 || layers.length === 0) parts.push(payload);
  return parts;
}

function shortest(
  layer: HeaderView,
  place: Place,
  view: DataView,
  trailer: Uint8Array | undefined,
): LayerSpec {
  const { descriptor } = layer;
  const full = descriptor.decode(layer) as Fields;
  const gives = (fields: Fields): boolean => encodesTo(layer, place, view, fields);
  const short = without(full, descriptor.derived);
  if (gives(short)) return new LayerSpec(descriptor, short, trailer);
  if (!gives(full)) return new LayerSpec(descriptor, {}, trailer, layer.headerBytes);
  // Some derived value is not what would be computed: every other one is left out.
  let fields = full;
  for (const key of descriptor.derived) {
    const fewer = without(fields, [key]);
    if (gives(fewer)) {
      fields = fewer;
      continue;
    }
    // A tunnel's checksum that is right, though none is usual: it stays right when edited.
    const computed = { ...fields, [key]: 'computed' };
    if (gives(computed)) fields = computed;
  }
  return new LayerSpec(descriptor, fields, trailer);
}

/** Whether these fields, encoded at the header's place, give the header's bytes. */
function encodesTo(layer: HeaderView, place: Place, view: DataView, fields: Fields): boolean {
  const { descriptor, offset, headerEnd } = layer;
  const wanted = layer.headerBytes;
  const there = bytesOf(view, offset, headerEnd);
  try {
    if (descriptor.size(fields) !== wanted.length) return false;
    there.fill(0xa5);
    descriptor.encode(view, offset, fields, place);
    descriptor.seal(view, offset, fields, place);
    return there.every((byte, i) => byte === wanted[i]);
  } catch {
    // Encoding refuses these fields: then they are no way to write this header.
    return false;
  } finally {
    there.set(wanted);
  }
}

// A loop: through Object.entries and filter, this took a fifth of `toSpec`.
function without(fields: Fields, keys: readonly string[]): Fields {
  const rest: Fields = {};
  for (const key in fields) {
    if (!keys.includes(key)) rest[key] = fields[key];
  }
  return rest;
}
