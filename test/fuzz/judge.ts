/** What must be true of every frame, whatever it holds. */
import { PacketError } from '../../src/bytes/error.js';
import { LayerSpec } from '../../src/headers/layer-spec.js';
import { build } from '../../src/packet/build.js';
import { packetToJson } from '../../src/packet/json.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import type { SpecPart } from '../../src/packet/to-spec.js';
import type { Random, Victim } from './mutate.js';

/** What is wrong with what we do with this frame; undefined: nothing. */
export function judge(victim: Victim, random: Random): string | undefined {
  const { data, linkType, wireLength } = victim;
  let step = 'parse';
  try {
    const packet = parse(data, { linkType, wireLength });
    step = 'toSpec';
    const spec = packet.toSpec();
    step = 'build';
    if (!sameBytes(build(spec), data)) return 'it does not round-trip';
    step = 'problems';
    for (const problem of packet.problems) {
      if (!(problem.offset >= 0 && problem.offset <= data.length)) {
        return `${problem.code} is at byte ${problem.offset} of ${data.length}`;
      }
    }
    // The rest takes longer than all of the above: a part of the frames will do.
    if (random(8) === 0) {
      step = 'names';
      const wrong = wrongName(packet);
      if (wrong !== undefined) return wrong;
      step = 'JSON';
      packetToJson(packet);
      step = 'an edited field';
      return editedField(spec, random);
    }
    return undefined;
  } catch (error) {
    return `${step} throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A name whose value lies outside the frame. */
function wrongName(packet: Packet): string | undefined {
  const bits = packet.view.byteLength * 8;
  let wrong: string | undefined;
  for (const [i, layer] of packet.layers.entries()) {
    const place = packet.place(i);
    for (const { name, each } of layer.descriptor.names) {
      each(layer, place, (_value, bit, width) => {
        if (bit < 0 || bit + width > bits) wrong = `${name} is at bit ${bit} of ${bits}`;
      });
    }
    layer.descriptor.summary(layer, place);
    layer.descriptor.ends(layer);
  }
  return wrong;
}

const ODD: readonly unknown[] = [
  0,
  1,
  -1,
  2 ** 32,
  0.5,
  Number.NaN,
  '',
  'x',
  true,
  null,
  [],
  {},
  new Uint8Array(3),
];

/** Encoding a field of any value gives a frame or a PacketError. */
function editedField(spec: readonly SpecPart[], random: Random): string | undefined {
  const at = random(spec.length);
  const part = spec[at];
  if (!(part instanceof LayerSpec)) return undefined;
  const { fields } = part.protocol;
  const key = fields[random(fields.length)] as string;
  const value = ODD[random(ODD.length)];
  const edited = new LayerSpec(part.protocol, { ...part.fields, [key]: value }, part.trailer);
  try {
    build(spec.map((one, i) => (i === at ? edited : one)));
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    return `${part.layer}.${key} = ${JSON.stringify(value)} throws ${error instanceof Error ? error.stack : error}`;
  }
  return undefined;
}

/**
 * The least processor time of some runs, in milliseconds, or of the first that is `enough`: others
 * may have had the processor.
 */
export function leastTime(victim: Victim, random: Random, runs: number, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs && least > enough; i++) {
    const before = process.cpuUsage();
    judge(victim, random);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
