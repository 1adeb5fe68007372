/**
 * Options in specs, as people write them: a bare word is an option without a value, and the one
 * value of a call goes to the field that it is for.
 *
 *     options=[mss(1460), sackPermitted, nop, sack({left=1,right=2}), recordRoute([10.0.0.1])]
 */

/** Where the value of a call goes, for options whose field is not named `value`. */
const VALUE_KEYS: Readonly<Record<string, string>> = {
  sack: 'blocks',
  recordRoute: 'addresses',
  looseSourceRoute: 'addresses',
  strictSourceRoute: 'addresses',
  timestamp: 'entries',
  raw: 'data',
};

/** The frame with the options of its layers as the encoders take them. */
export function withOptions(frame: unknown): unknown {
  if (Array.isArray(frame)) return frame.map(layerWithOptions);
  if (!isObject(frame) || !Array.isArray(frame['layers'])) return frame;
  return { ...frame, layers: frame['layers'].map(layerWithOptions) };
}

function layerWithOptions(layer: unknown): unknown {
  if (!isObject(layer) || !Array.isArray(layer['options'])) return layer;
  return { ...layer, options: layer['options'].map(optionOf) };
}

function optionOf(option: unknown): unknown {
  if (typeof option === 'string') return { kind: option };
  if (!isObject(option) || typeof option['kind'] !== 'string' || !('value' in option)) {
    return option;
  }
  const key = VALUE_KEYS[option['kind']];
  if (key === undefined || key in option) return option;
  const { value, ...rest } = option;
  const isList = Array.isArray(value) || key === 'data';
  return { ...rest, [key]: isList ? value : [value] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
