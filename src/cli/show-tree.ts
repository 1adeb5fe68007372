/** Every field of every layer, as `tshark -V` lays it out, and the hexdump below it. */
import type { styleText } from 'node:util';
import { hexdump } from '../bytes/hex.js';
import type { Place } from '../headers/protocol.js';
import { fieldText } from '../packet/field-text.js';
import { type FrameContext, frameNames } from '../packet/frame-names.js';

/** Puts text in a colour, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** The tree of a frame: a line a layer, and below it a line a field. */
export function treeText(frame: FrameContext, paint: Paint): string {
  const { packet } = frame;
  const captured = packet.view.byteLength;
  const heading = `Frame ${frame.number}: ${packet.wireLength} bytes on wire, ${captured} bytes captured`;
  const lines = [paint('bold', heading)];
  for (const { name, label, form, hidden, each } of frameNames) {
    if (hidden || name.startsWith('data.')) continue;
    each(frame, (value) => lines.push(`    ${label}: ${fieldText(value, form)}`));
  }
  const places = packet.places();
  const { problems } = packet;
  for (const [i, layer] of packet.layers.entries()) {
    const { descriptor } = layer;
    const place = places[i] as Place;
    const title = `${descriptor.title}, ${descriptor.summary(layer, place)}`;
    lines.push(paint(layerColour(i), title));
    for (const { label, form, hidden, each } of descriptor.names) {
      if (hidden) continue;
      each(layer, place, (value) => lines.push(`    ${label}: ${fieldText(value, form)}`));
    }
    const carrierEnd = layer.headerEnd;
    for (const problem of problems) {
      if (problem.offset < layer.offset || problem.offset >= carrierEnd) continue;
      lines.push(
        paint('red', `    [${problem.code} at byte ${problem.offset}: ${problem.message}]`),
      );
    }
    const trailer = packet.trailer(i);
    if (trailer.length > 0) lines.push(`    Trailer: ${fieldText(trailer, 'bytes')}`);
  }
  const { payload, broken } = packet;
  if (broken !== undefined) {
    for (const problem of problems) {
      if (problem.offset < broken.offset) continue;
      lines.push(paint('red', `[${problem.code} at byte ${problem.offset}: ${problem.message}]`));
    }
  }
  if (payload.length > 0) {
    lines.push(paint('bold', `Data (${payload.length} byte${payload.length === 1 ? '' : 's'})`));
    lines.push(`    Data: ${fieldText(payload, 'bytes')}`);
  }
  return `${lines.join('\n')}\n\n`;
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
