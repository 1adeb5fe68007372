/** One line a frame, in tshark's columns. */
import { ELSEWHERE, type HeaderView, type Place } from '../headers/protocol.js';
import type { Protocols } from '../packet/bindings.js';
import type { Packet } from '../packet/packet.js';
import type { Problem } from '../packet/problems.js';

/** What the columns of a frame say. */
export interface Columns {
  readonly src: string;
  readonly dst: string;
  readonly protocol: string;
  readonly info: string;
}

/** The problems that a line tells: errors and warnings. */
export function marked(packet: Packet<Protocols>): Problem[] {
  return packet.problems.filter(({ severity }) => severity !== 'info');
}

/**
 * Innermost source, destination and protocol, and an Info that names the tunnels on the way.
 * `problems`: what `marked` answers, where the caller has it; to find it judges checksums.
 */
export function columnsOf(packet: Packet<Protocols>, problems = marked(packet)): Columns {
  const layers = sentLayers(packet.layers);
  const last = layers.at(-1);
  if (last === undefined) {
    return { src: '', dst: '', protocol: 'DATA', info: `${packet.payload.length} bytes of data` };
  }
  const places = packet.places();
  const ends = endsOf(layers);
  const info = last.descriptor.summary(last, places[layers.length - 1] as Place);
  const wrong = problems.map((problem) => ` [${problem.code}]`).join('');
  return {
    src: ends?.src ?? '',
    dst: ends?.dst ?? '',
    protocol: last.descriptor.short,
    info: `${tunnelsOf(layers)}${info}${truncated(last)}${wrong}`,
  };
}

/** The layers without those of a packet that one of them only quotes. */
function sentLayers(layers: readonly HeaderView[]): readonly HeaderView[] {
  const quoting = layers.findIndex((layer) => layer.descriptor.quotes);
  return quoting < 0 ? layers : layers.slice(0, quoting + 1);
}

function endsOf(layers: readonly HeaderView[]): { src: string; dst: string } | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as HeaderView;
    const ends = layer.descriptor.ends(layer);
    if (ends !== undefined) return ends;
  }
  return undefined;
}

/** `10.0.0.1 → 10.0.0.2 VXLAN VNI 5000 | ` for each tunnel around the innermost layer. */
function tunnelsOf(layers: readonly HeaderView[]): string {
  let path = '';
  for (const [i, layer] of layers.entries()) {
    if (!layer.descriptor.tunnel || i === layers.length - 1) continue;
    const ends = endsOf(layers.slice(0, i));
    const way = ends === undefined ? '' : `${ends.src} → ${ends.dst} `;
    const place = { wireEnd: layer.wireEnd } as Place;
    path += `${way}${layer.descriptor.short} ${layer.descriptor.summary(layer, place)} | `;
  }
  return path;
}

function truncated({ wireEnd, end }: HeaderView): string {
  return wireEnd > end && wireEnd < ELSEWHERE ? ' [cut by the snap length]' : '';
}

/** The line: number, time, addresses, protocol, length, info; aligned as tshark does. */
export function summaryLine(
  number: number,
  time: string,
  columns: Columns,
  wireLength: number,
): string {
  const { src, dst, protocol, info } = columns;
  const front = `${String(number).padStart(5)} ${time.padStart(10)}`;
  return `${front} ${src.padStart(12)} → ${dst.padEnd(12)} ${protocol} ${wireLength} ${info}`;
}
