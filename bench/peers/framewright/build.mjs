// The convenient way to write: build, from fields.
import { build, ethernet, geneve, ipv4, tcp, udp, vxlan } from '../../../dist/index.js';
import { SPORT, VNI } from '../harness.mjs';

const outer = (i, tunnel) => [
  ethernet({ src: '02:00:0a:0a:00:01', dst: '02:00:0a:14:00:01' }),
  ipv4({ src: '10.10.0.1', dst: '10.20.0.1', dontFragment: true }),
  udp({ srcPort: SPORT[i], checksum: 0 }),
  tunnel,
];

/** The third option's data, which counts frames. */
function counted(i) {
  const data = new Uint8Array([0, 0, 0, 0, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38]);
  new DataView(data.buffer).setUint32(0, i);
  return data;
}
const first = {
  class: 0x102,
  type: 1,
  data: new Uint8Array([0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]),
};
const second = { class: 0x103, type: 2, data: new Uint8Array([0x21, 0x22, 0x23, 0x24]) };
const options = (i) => [first, second, { class: 0x104, type: 3, data: counted(i) }];

const hex = (byte) => byte.toString(16).padStart(2, '0');
const macText = (frame, at) => [...frame.subarray(at, at + 6)].map(hex).join(':');
const ipText = (frame, at) => [...frame.subarray(at, at + 4)].join('.');

/** What a person would write of an inner frame. */
const fieldsOf = (frame) => ({
  dstMac: macText(frame, 0),
  srcMac: macText(frame, 6),
  src: ipText(frame, 26),
  dst: ipText(frame, 30),
  srcPort: frame.readUInt16BE(34),
  dstPort: frame.readUInt16BE(36),
  seq: frame.readUInt32BE(38),
  ack: frame.readUInt32BE(42),
  payload: new Uint8Array(frame.subarray(54)),
});

const inner = (f) => [
  ethernet({ src: f.srcMac, dst: f.dstMac }),
  ipv4({ src: f.src, dst: f.dst, dontFragment: true }),
  tcp({
    srcPort: f.srcPort,
    dstPort: f.dstPort,
    seq: f.seq,
    ack: f.ack,
    flags: ['PSH', 'ACK'],
    window: 29200,
  }),
  f.payload,
];

/** All frames by `layersOf(frame, i)`, the specs made anew for each. */
function writer(list, layersOf) {
  const kept = new Array(list.length).fill(undefined);
  return {
    pass() {
      for (let i = 0; i < list.length; i++) kept[i] = build(layersOf(list[i], i));
    },
    frame: (i) => kept[i],
  };
}

const peer = 'framewright-convenient';
const asBytes = (frames) => frames.map((frame) => new Uint8Array(frame));

export const buildWays = [
  {
    case: 'ENCAP-VXLAN',
    peer,
    note: 'build() of outer layers and the frame',
    prepare: (frames) =>
      writer(asBytes(frames), (frame, i) => [...outer(i, vxlan({ vni: VNI[i] })), frame]),
  },
  {
    case: 'ENCAP-GENEVE3',
    peer,
    note: 'build() of outer layers and the frame',
    prepare: (frames) =>
      writer(asBytes(frames), (frame, i) => [
        ...outer(i, geneve({ vni: VNI[i], protocol: 0x6558, options: options(i) })),
        frame,
      ]),
  },
  {
    case: 'BUILD-TCP',
    peer,
    note: 'build(), addresses from text, checksums computed',
    prepare: (frames) => writer(frames.map(fieldsOf), inner),
  },
  {
    case: 'BUILD-VXLAN',
    peer,
    note: 'build() of all seven layers, addresses from text, inner checksums computed',
    prepare: (frames) =>
      writer(frames.map(fieldsOf), (fields, i) => [
        ...outer(i, vxlan({ vni: VNI[i] })),
        ...inner(fields),
      ]),
  },
];
