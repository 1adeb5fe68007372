// Tunnels, in and out of an arena's slots, beside a copy of the same bytes by the same kernel.
import { FrameArena } from '../../dist/encap/arena.js';
import { WrapBatch } from '../../dist/encap/batch.js';
import { Dot1qTagger } from '../../dist/encap/dot1q-tagger.js';
import { GeneveEncapsulator } from '../../dist/encap/geneve-encapsulator.js';
import { TemplateEncapsulator } from '../../dist/encap/template-encapsulator.js';
import { VxlanEncapsulator } from '../../dist/encap/vxlan-encapsulator.js';
import { build, Decapsulation, decapsulate, ethernet, ipv4, tcp } from '../../dist/index.js';
import { bytesOf, inner, MACS, SIZES } from '../frames.mjs';

const FRAMES = 256;
const outer = { srcMac: MACS[0], dstMac: MACS[1], src: '10.0.0.1', dst: '10.0.0.2' };
const option = { class: 0x102, type: 1, data: Uint8Array.of(1, 2, 3, 4) };
/** The headers that every frame gets, and a port and VNI that change, where there are such. */
const WAYS = {
  vxlan: (arena) => new VxlanEncapsulator({ outer: { ...outer, ecn: 0 }, arena }),
  geneve: (arena) => {
    const options = [option, { ...option, type: 2, changes: true }];
    return new GeneveEncapsulator({ outer: { ...outer, ecn: 0 }, arena, options });
  },
  'vxlan, all of it from the inner packet': (arena) =>
    new VxlanEncapsulator({ outer: { ...outer, ttl: 'inner', dscp: 'inner' }, arena, vni: 1 }),
  'vxlan over IPv6 with a checksum': (arena) =>
    new VxlanEncapsulator({ outer: { ...outer, src: '2001:db8::1', dst: '2001:db8::2' }, arena }),
  dot1q: (arena) => new Dot1qTagger({ arena, vid: 10 }),
  'Ethernet, IPv4 and TCP': (arena) =>
    new TemplateEncapsulator([ethernet(), ipv4(), tcp()], { arena }),
};
const BY_FLOW = 'vxlan, all of it from the inner packet';
const NO_VNI = ['dot1q', 'Ethernet, IPv4 and TCP'];

/** Frames of a size in an arena, and a slot for each. */
function arenaWith(size) {
  const arena = new FrameArena({ slots: FRAMES, reserve: FRAMES * 2048, headroom: 128 });
  const lengths = Int32Array.from({ length: FRAMES }, (_, i) => bytesOf(size, i));
  const sources = lengths.map((length) => {
    const at = arena.reserve(length);
    arena.bytes.set(build(inner(length)), at);
    return at;
  });
  const slots = lengths.map(() => arena.acquire());
  return { arena, lengths, sources, slots };
}

function wrapCases(name, size) {
  const { arena, lengths, sources, slots } = arenaWith(size);
  const tunnel = WAYS[name](arena);
  const { kernel, view } = arena;
  const { headerBytes } = tunnel;
  const batch = new WrapBatch(arena, FRAMES, tunnel.changingBytes ?? 0);
  batch.sources.set(sources);
  batch.lengths.set(lengths);
  batch.targets.set(slots);
  const copy = () => {
    for (let i = 0; i < FRAMES; i++) kernel.copy(slots[i], sources[i], lengths[i] + headerBytes);
  };
  const given = !NO_VNI.includes(name) && name !== BY_FLOW;
  const into = given
    ? (i) => tunnel.wrapInto(sources[i], lengths[i], slots[i], 5000 + i, 49152 + i)
    : (i) => tunnel.wrapInto(sources[i], lengths[i], slots[i]);
  const inPlace = given
    ? (i) => tunnel.wrapInPlace(view, slots[i], slots[i] + lengths[i], 5000 + i, 49152 + i)
    : (i) => tunnel.wrapInPlace(view, slots[i], slots[i] + lengths[i]);
  const each = (one) => () => {
    for (let i = 0; i < FRAMES; i++) one(i);
  };
  const what = `wrap in ${name}, ${size}`;
  return [
    { name: `${what}, in a batch`, ours: () => tunnel.wrapBatch(batch, FRAMES), naive: copy },
    { name: `${what}, a frame a call`, ours: each(into), naive: copy },
    { name: `${what}, in place`, ours: each(inPlace), naive: copy },
  ];
}

function decapsulateCase(name, size) {
  const { arena, lengths, sources, slots } = arenaWith(size);
  const tunnel = WAYS[name](arena);
  const ends = lengths.map(
    (length, i) => slots[i] + tunnel.wrapInto(sources[i], length, slots[i], 5000, 49152),
  );
  const { kernel, view } = arena;
  const into = new Decapsulation();
  return {
    name: `decapsulate ${name}, ${size}`,
    ours: () => {
      let sum = 0;
      for (let i = 0; i < FRAMES; i++) sum += decapsulate(view, slots[i], ends[i], into) + into.vni;
      return sum;
    },
    naive: () => {
      for (let i = 0; i < FRAMES; i++) kernel.copy(sources[i], slots[i] + 50, lengths[i]);
    },
  };
}

export const tunnelCases = SIZES.flatMap((size) => [
  ...Object.keys(WAYS).flatMap((name) => wrapCases(name, size)),
  ...['vxlan', 'geneve'].map((name) => decapsulateCase(name, size)),
]).map((one) => ({ ...one, frames: FRAMES, guarded: /, (64|1400)(,|$)/.test(one.name) }));
