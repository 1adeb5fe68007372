/** Every field of every layer, as `tshark -V` lays it out, and the hexdump below it. */
import { hexdump, toHex } from '../bytes/hex.js';
import type { HeaderView, Place } from '../headers/protocol.js';
import { fieldText } from '../packet/field-text.js';
import { type FrameContext, frameNames } from '../packet/frame-names.js';
import type { Problem } from '../packet/problems.js';
import { type Paint, SEVERITY_COLOUR } from './paint.js';
import { problemWords } from './show-problem.js';

/** The tree of a frame: a line a layer, and below it a line a field. */
export function treeText(frame: FrameContext, paint: Paint): string {
  const { packet } = frame;
  const { problems, payload, broken } = packet;
  const lines = frameLines(frame, paint);
  const places = packet.places();
  for (const [i, layer] of packet.layers.entries()) {
    const place = places[i] as Place;
    const title = `${layer.descriptor.title}, ${layer.descriptor.summary(layer, place)}`;
    lines.push(paint(layerColour(i), title), ...fieldLines(layer, place));
    for (const problem of problems.filter((p) => p.layerIndex === i))
      lines.push(`    ${problemText(problem, paint)}`);
    const trailer = packet.trailer(i);
    if (trailer.length > 0) lines.push(`    Trailer: ${fieldText(trailer, 'bytes')}`);
  }
  if (broken !== undefined) {
    const past = problems.filter((p) => p.layerIndex === packet.layers.length);
    for (const problem of past) lines.push(problemText(problem, paint));
  }
  if (payload.length > 0) {
    lines.push(paint('bold', `Data (${payload.length} byte${payload.length === 1 ? '' : 's'})`));
    lines.push(`    Data: ${fieldText(payload, 'bytes')}`);
  }
  return `${lines.join('\n')}\n\n`;
}

function frameLines(frame: FrameContext, paint: Paint): string[] {
  const { number, packet } = frame;
  const captured = packet.view.byteLength;
  const heading = `Frame ${number}: ${packet.wireLength} bytes on wire, ${captured} bytes captured`;
  const lines = [paint('bold', heading)];
  for (const { name, label, form, hidden, each } of frameNames) {
    if (hidden || name.startsWith('data.')) continue;
    each(frame, (value) => lines.push(`    ${label}: ${fieldText(value, form)}`));
  }
  return lines;
}

/** A line a field in the order of the wire, so that what an option holds stays together. */
function fieldLines(layer: HeaderView, place: Place): string[] {
  const fields: { bit: number; line: string }[] = [];
  for (const { label, form, hidden, each } of layer.descriptor.names) {
    if (hidden) continue;
    each(layer, place, (value, bit, bits) => {
      // What has no bits of its own is computed from others: it follows them.
      const at = bits === 0 ? layer.headerEnd * 8 : bit;
      fields.push({ bit: at, line: `    ${label}: ${fieldText(value, form)}` });
    });
  }
  const lines = fields.sort((a, b) => a.bit - b.bit).map((field) => field.line);
  const { options } = layer.descriptor.decode(layer) as { options?: unknown };
  if (Array.isArray(options) && options.length > 0) {
    lines.push(`    [Options: ${options.map(optionText).join('; ')}]`);
  }
  return lines;
}

/** An option in our own words: `mss 1410`, `nop`, `class=0x0102 type=1 data=00ff`. */
function optionText(option: Readonly<Record<string, unknown>>): string {
  const { kind, value, ...rest } = option;
  const named = Object.entries(rest).map(([key, of]) => `${key}=${plain(of)}`);
  const parts = [kind, value].filter((part) => part !== undefined).map(plain);
  return [...parts, ...named].join(' ');
}

function plain(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function problemText(problem: Problem, paint: Paint): string {
  const { severity, code, offset } = problem;
  const text = `[${severity} ${code} at byte ${offset}: ${problemWords(problem)}]`;
  return paint(SEVERITY_COLOUR[severity], text);
}

const COLOURS = ['cyan', 'yellow', 'green', 'magenta', 'blue'] as const;

function layerColour(index: number): (typeof COLOURS)[number] {
  return COLOURS[index % COLOURS.length] as (typeof COLOURS)[number];
}

/** The hexdump of a frame, each layer's header in the colour of its line in the tree. */
export function dumpText({ packet }: FrameContext, paint: Paint): string {
  const dump = hexdump(packet.bytes, (at, text) => {
    const index = packet.layers.findIndex((l) => at >= l.offset && at < l.headerEnd);
    return index < 0 ? text : paint(layerColour(index), text);
  });
  return `${dump}\n\n`;
}
