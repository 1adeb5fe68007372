/**
 * Frames as plain data, in the library's own names: what `decode -T jsonl` prints and what a spec
 * file holds. Bytes stay Uint8Array here; how they are written is the file's matter.
 */
import { PacketError } from '../bytes/error.js';
import { nearest } from '../bytes/nearest.js';
import { LayerSpec, unknownField } from '../headers/layer-spec.js';
import type { HeaderView, Protocol } from '../headers/protocol.js';
import type { Bindings, Protocols } from './bindings.js';
import type { Packet } from './packet.js';
import type { Problem } from './problems.js';
import type { SpecPart } from './to-spec.js';

/** A layer as plain data: `layer` names the protocol, the other keys are its fields. */
export interface LayerJson {
  readonly layer: string;
  /** Fields that `build` computes to what they are here; it does not read them. */
  readonly computed?: Readonly<Record<string, unknown>>;
  /** Bytes behind the layer's end that belong to its carrier. */
  readonly trailer?: Uint8Array;
  /** The header's own bytes, where no fields give them. */
  readonly bytes?: Uint8Array;
  readonly [field: string]: unknown;
}

/** A packet as plain data. */
export interface PacketJson {
  readonly layers: readonly LayerJson[];
  readonly payload?: Uint8Array;
  readonly problems?: readonly Problem[];
}

/** A packet as plain data: its spec, and beside it what `build` computes and what is wrong. */
export function packetToJson(packet: Packet<Protocols>): PacketJson {
  const parts = packet.toSpec();
  const layers = packet.layers.map((layer, i) => layerToJson(layer, parts[i] as LayerSpec));
  const { problems } = packet;
  const payload = parts.at(-1);
  return {
    layers,
    ...(payload instanceof Uint8Array ? { payload } : {}),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

function layerToJson(layer: HeaderView, spec: LayerSpec): LayerJson {
  const fields = spec.fields as Readonly<Record<string, unknown>>;
  const all = layer.descriptor.decode(layer) as Readonly<Record<string, unknown>>;
  const computed = Object.entries(all).filter(
    ([key]) => spec.bytes === undefined && (!(key in fields) || fields[key] === 'computed'),
  );
  return {
    layer: spec.layer,
    ...fields,
    ...(spec.bytes === undefined ? {} : { bytes: spec.bytes }),
    ...(computed.length > 0 ? { computed: Object.fromEntries(computed) } : {}),
    ...(spec.trailer === undefined ? {} : { trailer: spec.trailer }),
  };
}

/**
 * What `build` takes, from a list of layers as plain data; its last item may be the payload.
 * Throws `BAD_SPEC`, `UNKNOWN_PROTOCOL` or `UNKNOWN_FIELD`, naming the layer.
 */
export function partsFromJson(
  layers: unknown,
  payload: unknown,
  bindings: Bindings<Protocols>,
): SpecPart[] {
  if (!Array.isArray(layers)) throw new PacketError('BAD_SPEC', 'layers is a list of layers');
  const parts = layers.map((item: unknown, i) =>
    i === layers.length - 1 && isPayload(item) ? item : layerFromJson(item, i, bindings),
  );
  if (payload === undefined) return parts;
  if (!isPayload(payload)) throw new PacketError('BAD_SPEC', 'payload is text or bytes');
  return [...parts, payload];
}

function isPayload(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function layerFromJson(item: unknown, index: number, bindings: Bindings<Protocols>): LayerSpec {
  const where = `layers[${index}]`;
  if (typeof item !== 'object' || item === null || Array.isArray(item) || isPayload(item)) {
    throw new PacketError('BAD_SPEC', `${where}: a layer is an object with a key 'layer'`);
  }
  const { layer, trailer, bytes, computed: _, ...fields } = item as Record<string, unknown>;
  if (typeof layer !== 'string') {
    throw new PacketError('BAD_SPEC', `${where}: the key 'layer' names no protocol`);
  }
  const protocol = Object.hasOwn(bindings.protocols, layer)
    ? (bindings.protocols[layer] as Protocol)
    : undefined;
  if (protocol === undefined) {
    const near = nearest(layer, Object.keys(bindings.protocols));
    throw new PacketError('UNKNOWN_PROTOCOL', `${where}: no layer is named ${layer}${near}`, {
      layer,
    });
  }
  for (const key of Object.keys(fields)) {
    if (protocol.fields.includes(key)) continue;
    const { message } = unknownField(protocol, key);
    throw new PacketError('UNKNOWN_FIELD', `${where}: ${message}`, { layer, field: key });
  }
  return new LayerSpec(
    protocol,
    fields,
    optionalBytes(trailer, `${where}.trailer`),
    optionalBytes(bytes, `${where}.bytes`),
  );
}

function optionalBytes(value: unknown, where: string): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  throw new PacketError('BAD_SPEC', `${where}: bytes or text`);
}
