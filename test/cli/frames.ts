/** Frames as the command sees them, for tests of what it prints. */

import { parseSpecLine } from '../../src/cli/spec-line.js';
import { withOptions } from '../../src/cli/spec-options.js';
import { resolveValues } from '../../src/cli/spec-values.js';
import { type Bindings, bindings, type Protocols } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import type { FrameContext } from '../../src/packet/frame-names.js';
import { partsFromJson } from '../../src/packet/json.js';
import { parse } from '../../src/packet/parse.js';

export const ours = bindings as unknown as Bindings<Protocols>;

/** The bytes of a frame written as a line. */
export async function bytesOf(line: string): Promise<Uint8Array> {
  const layers = withOptions(await resolveValues(parseSpecLine(line), { folder: '.' }));
  return build(partsFromJson(layers, undefined, ours), { bindings: ours });
}

/** A frame written as a line, as the first of its capture. */
export async function frameOf(line: string, wireLength?: number): Promise<FrameContext> {
  const data = await bytesOf(line);
  const packet = parse(data, { bindings: ours, wireLength: wireLength ?? data.length });
  const zero = '0.000000000';
  return { number: 1, packet, epoch: '1600000000.000000000', relative: zero, delta: zero };
}
