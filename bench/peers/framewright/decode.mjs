// The hot ways to read: straight calls for a stack that is known, and the general loop.
import {
  Decapsulation,
  Dissector,
  decapsulate,
  GeneveOptionCursor,
  readTransport,
  TransportPacket,
} from '../../../dist/index.js';
import { inOneView } from './frames.mjs';

// Of an Ethernet header: the end of the destination address.
const MAC_LOW = 4;

const straight = (ofOptions) => (frames) => {
  const { view, starts, ends } = inOneView(frames);
  const tunnel = new Decapsulation();
  const tcp = new TransportPacket();
  const cursor = new GeneveOptionCursor();
  return () => {
    let sum = 0;
    for (let i = 0; i < starts.length; i++) {
      if (decapsulate(view, starts[i], ends[i], tunnel) !== 0) throw new Error(`frame ${i}`);
      const { innerStart, innerEnd } = tunnel;
      if (!readTransport(view, innerStart, innerEnd, tcp)) throw new Error(`inner frame ${i}`);
      if (ofOptions) {
        cursor.moveTo(view, tunnel.optionsStart, tunnel.optionsEnd);
        while (cursor.next()) sum += cursor.type + view.getUint8(cursor.dataOffset);
      }
      sum += tunnel.outerSrcWord + tunnel.vni + view.getUint16(innerStart + MAC_LOW);
      sum += tcp.srcPort + tcp.seq + tcp.dataBytes;
    }
    return sum;
  };
};

const dissected = (name) => (frames) => {
  const { view, starts, ends } = inOneView(frames);
  const dissector = new Dissector();
  const { layers } = dissector;
  const cursor = new GeneveOptionCursor();
  return () => {
    let sum = 0;
    for (let i = 0; i < starts.length; i++) {
      const count = dissector.dissect(view, starts[i], ends[i]);
      const ip = layers[1];
      const tunnel = layers[3];
      const inner = layers[4];
      const tcp = layers[6];
      // As gopacket's parsers tell their callers: which layers they found, in order.
      if (count !== 7 || ip.layer !== 'ipv4' || tunnel.layer !== name || tcp.layer !== 'tcp') {
        throw new Error(`frame ${i}`);
      }
      if (name === 'geneve') {
        cursor.moveTo(view, tunnel.fixedEnd, tunnel.headerEnd);
        while (cursor.next()) sum += cursor.type + view.getUint8(cursor.dataOffset);
      }
      sum += ip.srcWord + tunnel.vni + view.getUint16(inner.offset + MAC_LOW);
      sum += tcp.srcPort + tcp.seq + (dissector.payloadEnd - dissector.payloadOffset);
    }
    return sum;
  };
};

const decapsulated = 'decapsulate() and readTransport(), reused records';
const byDissector = 'Dissector, layers by place';

export const decodeWays = [
  {
    case: 'DECODE-VXLAN',
    peer: 'framewright-decapsulate',
    note: decapsulated,
    prepare: straight(false),
  },
  {
    case: 'DECODE-GENEVE3',
    peer: 'framewright-decapsulate',
    note: `${decapsulated}, GeneveOptionCursor`,
    prepare: straight(true),
  },
  {
    case: 'DECODE-VXLAN',
    peer: 'framewright-dissector',
    note: byDissector,
    prepare: dissected('vxlan'),
  },
  {
    case: 'DECODE-GENEVE3',
    peer: 'framewright-dissector',
    note: `${byDissector}, GeneveOptionCursor`,
    prepare: dissected('geneve'),
  },
];
