// Building and parsing whole frames, beside buffer-layout's encode and decode of their headers.
import { build, Dissector, parse } from '../../dist/index.js';
import { geneveLayers, SIZES, vxlanLayers } from '../frames.mjs';

/** A tunnel's headers one after the other through buffer-layout: no checksums, no checks. */
function naiveTunnel(frame) {
  const buffer = Buffer.from(frame);
  const layouts = parse(frame).layers.map((l) => ({ layout: l.descriptor.layout, at: l.offset }));
  const values = layouts.map(({ layout, at }) => layout.decode(buffer, at));
  return {
    decode: () => {
      let sum = 0;
      for (const { layout, at } of layouts) sum += layout.decode(buffer, at).vni ?? 0;
      return sum;
    },
    encode: () => {
      const out = Buffer.alloc(frame.length);
      for (let i = 0; i < layouts.length; i++)
        layouts[i].layout.encode(values[i], out, layouts[i].at);
      return out;
    },
  };
}

const TUNNELS = { VXLAN: vxlanLayers, 'Geneve with three options': geneveLayers };

/** One frame a call: what the convenient ways take does not depend on the size but for checksums. */
function casesOf([name, layers], bytes) {
  const frame = build(layers(bytes));
  const view = new DataView(frame.buffer);
  const naive = naiveTunnel(frame);
  const dissector = new Dissector();
  const which = `${name}, ${frame.length} bytes`;
  return [
    { name: `build ${which}`, ours: () => build(layers(bytes)), naive: naive.encode },
    { name: `parse ${which}`, ours: () => parse(frame).layers.length, naive: naive.decode },
    { name: `dissect ${which}`, ours: () => dissector.dissect(view), naive: naive.decode },
  ];
}

export const packetCases = SIZES.filter((size) => size !== 'imix').flatMap((size) =>
  Object.entries(TUNNELS)
    .flatMap((tunnel) => casesOf(tunnel, Number(size)))
    .map((one) => ({ ...one, guarded: size === '64' })),
);
