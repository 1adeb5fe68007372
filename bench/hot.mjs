// The calls that are to be hot: each takes a number and deals with one header, frame or batch.
import { readFileSync } from 'node:fs';
import {
  applyOuterEcn,
  build,
  Decapsulation,
  Dissector,
  Dot1qView,
  decapsulate,
  dot1q,
  EthernetView,
  ethernet,
  FlowSet,
  FrameArena,
  FrameCursor,
  FrameRecord,
  GeneveEncapsulator,
  GeneveOptionCursor,
  GeneveView,
  geneve,
  Ipv4View,
  Ipv6View,
  ipv4,
  ipv6,
  newFlowLevel,
  readFrameFlowLevel,
  readTransport,
  TcpView,
  TransportPacket,
  TunnelFragmenter,
  tcp,
  UdpView,
  udp,
  VxlanEncapsulator,
  VxlanView,
  vxlan,
  WrapBatch,
} from '../dist/index.js';
import { PcapWriter } from '../dist/pcap-writer.js';
import { geneveLayers, vxlanLayers } from './frames.mjs';

const FRAMES = new URL('../fixtures/frames/', import.meta.url);

const viewOn = (layers) => new DataView(build(layers).buffer);

/** Each writes every number of one header; addresses as text are for the convenient ways. */
const WRITERS = (() => {
  const eth = new EthernetView(viewOn([ethernet()]));
  const tag = new Dot1qView(viewOn([dot1q()]));
  const ip = new Ipv4View(viewOn([ipv4()]));
  const ip6 = new Ipv6View(viewOn([ipv6()]));
  const datagram = new UdpView(viewOn([udp()]));
  const segment = new TcpView(viewOn([tcp()]));
  const vx = new VxlanView(viewOn([vxlan()]));
  const gen = new GeneveView(viewOn([geneve()]));
  return {
    ethernet: (i) => {
      eth.type = i & 0xffff;
    },
    dot1q: (i) => {
      tag.priority = i & 7;
      tag.dei = (i & 1) === 1;
      tag.vid = i & 0xfff;
      tag.type = i & 0xffff;
    },
    ipv4: (i) => {
      ip.dscp = i & 63;
      ip.ecn = i & 3;
      ip.length = i & 0xffff;
      ip.id = i & 0xffff;
      ip.dontFragment = (i & 1) === 1;
      ip.fragmentOffset = i & 0x1fff;
      ip.ttl = i & 0xff;
      ip.protocol = i & 0xff;
      ip.patchChecksum(4, i & 0xffff);
    },
    ipv6: (i) => {
      ip6.trafficClass = i & 0xff;
      ip6.flowLabel = i & 0xfffff;
      ip6.payloadLength = i & 0xffff;
      ip6.nextHeader = i & 0xff;
      ip6.hopLimit = i & 0xff;
    },
    udp: (i) => {
      datagram.srcPort = i & 0xffff;
      datagram.dstPort = i & 0xffff;
      datagram.length = i & 0xffff;
      datagram.checksum = i & 0xffff;
    },
    tcp: (i) => {
      segment.srcPort = i & 0xffff;
      segment.dstPort = i & 0xffff;
      segment.seq = (i * 4099) >>> 0;
      segment.ack = (i * 4111) >>> 0;
      segment.flags = i & 0x1ff;
      segment.window = i & 0xffff;
      segment.checksum = i & 0xffff;
      segment.urgentPointer = i & 0xffff;
    },
    vxlan: (i) => {
      vx.flags = 0x0800;
      vx.groupPolicyId = i & 0xffff;
      vx.vni = i & 0xffffff;
    },
    geneve: (i) => {
      gen.oam = (i & 1) === 1;
      gen.critical = (i & 2) === 2;
      gen.protocol = i & 0xffff;
      gen.vni = i & 0xffffff;
    },
  };
})();

/** Each takes a frame apart: outer headers, options, inner headers, and a sum of what they say. */
const READERS = (() => {
  const into = new Decapsulation();
  const inner = new TransportPacket();
  const options = new GeneveOptionCursor();
  let sum = 0;
  const reader = (layers) => {
    const view = viewOn(layers);
    const end = view.byteLength;
    return () => {
      if (decapsulate(view, 0, end, into) !== 0) throw new Error('not decapsulated');
      if (!readTransport(view, into.innerStart, into.innerEnd, inner)) throw new Error('not TCP');
      options.moveTo(view, into.optionsStart, into.optionsEnd);
      while (options.next()) sum ^= options.type ^ options.dataBytes;
      applyOuterEcn(view, into.innerIp, into.outerEcn);
      sum ^=
        into.vni ^ into.outerSrcWord ^ into.outerTtl ^ inner.srcPort ^ inner.seq ^ inner.dataBytes;
      return sum;
    };
  };
  return {
    'decapsulate VXLAN': reader(vxlanLayers()),
    'decapsulate Geneve': reader(geneveLayers()),
  };
})();

/** Each deals with one frame of a capture of a thousand, which is read again and again. */
const CAPTURE = (() => {
  const layers = (i) => [ethernet(), ipv4(), udp({ srcPort: 1000 + i })];
  const frames = Array.from({ length: 1000 }, (_, i) => build(layers(i)));
  const memory = PcapWriter.toMemory();
  for (const frame of frames) memory.write(frame, { seconds: 1.7e9, nanoseconds: 5000 });
  const file = memory.bytes();
  const records = file.subarray(24);
  const record = new FrameRecord();
  const reader = () => {
    const cursor = new FrameCursor();
    cursor.feed(file.subarray(0, 24));
    cursor.next(record);
    return () => {
      while (!cursor.next(record)) cursor.feed(records);
    };
  };
  const level = newFlowLevel();
  const flows = new FlowSet();
  const arena = new FrameArena({ slots: 1, reserve: 262_144 });
  const at = arena.reserve(262_144);
  const writer = new PcapWriter(() => undefined, { block: arena.bytes.subarray(at, at + 262_144) });
  const frame = arena.write(frames[0]);
  const stamp = { seconds: 1.7e9, nanoseconds: 5000, wireLength: 64 };
  const read = reader();
  return {
    'reading pcap in place': reader(),
    'telling flows apart': () => {
      read();
      if (readFrameFlowLevel(record.view, record.offset, record.end, level)) flows.add(level);
    },
    'writing pcap from an arena': () => {
      writer.writeRange(arena.view, frame, frame + frames[0].length, stamp);
    },
  };
})();

/** Each dissects one frame, and reads of it what a flow table would. */
const DISSECTIONS = (() => {
  const dissector = new Dissector();
  const options = new GeneveOptionCursor();
  const names = [
    'vxlan',
    'geneve',
    'qinq',
    'tcp-syn',
    'tcp-ipv6',
    'ipv6-fragment-first',
    'gre',
    'mpls',
  ];
  const frames = names.map((name) => {
    const text = readFileSync(new URL(`${name}.hex`, FRAMES), 'utf8').replace(/#.*$/gm, '');
    const bytes = Buffer.from(text.replace(/\s+/g, ''), 'hex');
    return { name, bytes: Uint8Array.from(bytes) };
  });
  // All in one buffer, as in a capture in memory: frame after frame has other layers.
  const size = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const view = new DataView(new ArrayBuffer(size));
  const ends = [0];
  for (const { bytes } of frames) {
    new Uint8Array(view.buffer).set(bytes, ends.at(-1));
    ends.push(ends.at(-1) + bytes.length);
  }
  let sum = 0;
  const read = (i) => {
    dissector.dissect(view, ends[i], ends[i + 1]);
    const ip = dissector.layer('ipv4');
    if (ip !== undefined) sum = (sum + ip.srcWord) | 0;
    const tunnel = dissector.layer('geneve');
    if (tunnel === undefined) return;
    options.moveTo(tunnel.view, tunnel.fixedEnd, tunnel.headerEnd);
    while (options.next()) sum = (sum + options.type) | 0;
  };
  const each = Object.fromEntries(names.map((name, i) => [`dissect ${name}`, () => read(i)]));
  return { ...each, 'dissect one after the other': (i) => read(i % names.length) };
})();

/** Each wraps one frame, or a batch of four. */
const WRAPS = (() => {
  const frame = build(vxlanLayers());
  const macs = { srcMac: '02:00:00:00:00:01', dstMac: '02:00:00:00:00:02' };
  const plain = { ...macs, src: '10.0.0.1', dst: '10.0.0.2', ecn: 0, srcPort: 49152 };
  const flow = { ...plain, ecn: 'normal', srcPort: 'flow' };
  const sums = { ...flow, src: '2001:db8::1', dst: '2001:db8::2', flowLabel: 'flow' };
  const option = { class: 1, type: 2, data: new Uint8Array(8), changes: true };
  const cases = {};
  for (const kernel of ['webassembly', 'javascript']) {
    const arena = new FrameArena({ slots: 8, kernel });
    const add = (name, tunnel) => {
      const at = arena.write(frame);
      const end = at + frame.length;
      const target = arena.slotsAt + 7 * arena.slotBytes;
      const batch = new WrapBatch(arena, 4, tunnel.changingBytes);
      batch.sources.fill(at);
      batch.lengths.fill(frame.length);
      batch.targets.fill(target);
      const data = tunnel.changingData;
      cases[`${name} in place, ${kernel}`] = (i) => {
        if (data.byteLength > 0) data.setUint32(0, i);
        tunnel.wrapInPlace(arena.view, at, end, i & 0xffffff);
      };
      cases[`${name} into a slot, ${kernel}`] = (i) => {
        tunnel.wrapInto(at, frame.length, target, i & 0xffffff);
      };
      cases[`${name} in a batch, ${kernel}`] = () => {
        batch.sourcePorts.fill(-1);
        tunnel.wrapBatch(batch, 4);
      };
    };
    add('VXLAN', new VxlanEncapsulator({ outer: plain, arena }));
    add('VXLAN by flow', new VxlanEncapsulator({ outer: flow, arena }));
    add('VXLAN over IPv6', new VxlanEncapsulator({ outer: sums, arena }));
    add('Geneve', new GeneveEncapsulator({ outer: plain, options: [option], arena }));
    add('Geneve by flow', new GeneveEncapsulator({ outer: flow, options: [option], arena }));
  }
  const arena = new FrameArena({ slots: 4 });
  const outer = { ...plain, dontFragment: false, id: 'count' };
  const tunnel = new VxlanEncapsulator({ outer, arena });
  const fragmenter = new TunnelFragmenter({ tunnel, mtu: 100 });
  const at = arena.write(frame);
  const targets = Int32Array.from({ length: 3 }, () => arena.acquire());
  const lengths = new Int32Array(3);
  cases['VXLAN in fragments'] = () => {
    if (fragmenter.wrap(at, frame.length, targets, lengths, 1) < 2) throw new Error('no fragments');
  };
  return cases;
})();

export const HOT = { ...WRITERS, ...READERS, ...CAPTURE, ...DISSECTIONS, ...WRAPS };
