// The npm packages, which only decode. Their native parts (capturing, files) are not built.
//   npm-pcap           pcap 3.1.0, pcap/decode: objects of Ethernet, IPv4, UDP, TCP
//   npm-cap            cap 0.2.1, cap/lib/Decoders: the same; addresses come as text
//   npm-binary-parser  binary-parser 2.3.0: all layers declared below, addresses as numbers
// pcap and cap know neither VXLAN nor Geneve: those 8 and 44 bytes are read by hand. The records of
// PCAP-READ are walked by hand too.
import { closeSync, openSync, readSync } from 'node:fs';
import { Parser } from 'binary-parser';
import cap from 'cap/lib/Decoders.js';
import pcap from 'pcap/decode/index.js';
import { BIG, main } from './harness.mjs';

const { EthernetPacket } = pcap;

/** Adds type and first byte of data of each Geneve option; answers the inner frame's offset. */
function geneveOptions(tunnel, add) {
  const end = 8 + (tunnel[0] & 63) * 4;
  for (let at = 8; at < end; at += 4 + (tunnel[at + 3] & 31) * 4)
    add(tunnel[at + 2] + tunnel[at + 4]);
  return end;
}

// ---- pcap ----
const word = (a) => ((a[0] << 24) | (a[1] << 16) | (a[2] << 8) | a[3]) >>> 0;

function pcapInner(ethernet) {
  const tcp = ethernet.payload.payload;
  const mac = ethernet.dhost.addr;
  return ((mac[4] << 8) | mac[5]) + tcp.sport + tcp.seqno + tcp.dataLength;
}

const pcapVxlan = (frames) => () => {
  let sum = 0;
  for (const frame of frames) {
    const ip = new EthernetPacket().decode(frame, 0).payload;
    const tunnel = ip.payload.data;
    sum += word(ip.saddr.addr) + (tunnel.readUInt32BE(4) >>> 8);
    sum += pcapInner(new EthernetPacket().decode(tunnel, 8));
  }
  return sum;
};

const pcapGeneve = (frames) => () => {
  let sum = 0;
  const add = (value) => {
    sum += value;
  };
  for (const frame of frames) {
    const ip = new EthernetPacket().decode(frame, 0).payload;
    const tunnel = ip.payload.data;
    const inner = geneveOptions(tunnel, add);
    sum += word(ip.saddr.addr) + (tunnel.readUInt32BE(4) >>> 8);
    sum += pcapInner(new EthernetPacket().decode(tunnel, inner));
  }
  return sum;
};

function pcapTuple(frame) {
  const ip = new EthernetPacket().decode(frame, 0).payload;
  const udp = ip.payload;
  return `${ip.saddr}:${udp.sport}>${ip.daddr}:${udp.dport}/${ip.protocol}`;
}

// ---- cap ----
const textWord = (text) => word(text.split('.'));

function capInner(frame, offset) {
  const ethernet = cap.Ethernet(frame, offset);
  const ip = cap.IPV4(frame, ethernet.offset);
  const tcp = cap.TCP(frame, ip.offset);
  const mac = ethernet.info.dstmac;
  const payload = ip.info.totallen - ip.hdrlen - tcp.hdrlen;
  const low = Number.parseInt(mac.slice(12, 14) + mac.slice(15, 17), 16);
  return low + tcp.info.srcport + tcp.info.seqno + payload;
}

const capVxlan = (frames) => () => {
  let sum = 0;
  for (const frame of frames) {
    const ip = cap.IPV4(frame, cap.Ethernet(frame).offset);
    const tunnel = cap.UDP(frame, ip.offset).offset;
    sum += textWord(ip.info.srcaddr) + (frame.readUInt32BE(tunnel + 4) >>> 8);
    sum += capInner(frame, tunnel + 8);
  }
  return sum;
};

const capGeneve = (frames) => () => {
  let sum = 0;
  const add = (value) => {
    sum += value;
  };
  for (const frame of frames) {
    const ip = cap.IPV4(frame, cap.Ethernet(frame).offset);
    const tunnel = cap.UDP(frame, ip.offset).offset;
    const inner = tunnel + geneveOptions(frame.subarray(tunnel), add);
    sum += textWord(ip.info.srcaddr) + (frame.readUInt32BE(tunnel + 4) >>> 8);
    sum += capInner(frame, inner);
  }
  return sum;
};

function capTuple(frame) {
  const { info, offset } = cap.IPV4(frame, cap.Ethernet(frame).offset);
  const udp = cap.UDP(frame, offset).info;
  return `${info.srcaddr}:${udp.srcport}>${info.dstaddr}:${udp.dstport}/${info.protocol}`;
}

// ---- binary-parser ----
const bpEthernet = new Parser()
  .uint16('dstHigh')
  .uint32('dstLow')
  .uint16('srcHigh')
  .uint32('srcLow')
  .uint16('type');
const bpIpv4 = new Parser()
  .bit4('version')
  .bit4('ihl')
  .uint8('tos')
  .uint16('length')
  .uint16('id')
  .bit3('flags')
  .bit13('fragment')
  .uint8('ttl')
  .uint8('protocol')
  .uint16('sum')
  .uint32('src')
  .uint32('dst')
  .seek(function () {
    return this.ihl * 4 - 20;
  });
const bpUdp = new Parser().uint16('sport').uint16('dport').uint16('length').uint16('sum');
const bpTcp = new Parser()
  .uint16('sport')
  .uint16('dport')
  .uint32('seq')
  .uint32('ack')
  .bit4('offset')
  .bit12('flags')
  .uint16('window')
  .uint16('sum')
  .uint16('urgent')
  .seek(function () {
    return this.offset * 4 - 20;
  });
const bpVxlanHeader = new Parser().uint8('flags').bit24('reserved').bit24('vni').bit8('reserved2');
const bpOption = new Parser()
  .uint16('class')
  .uint8('type')
  .bit3('reserved')
  .bit5('words')
  .buffer('data', {
    length() {
      return this.words * 4;
    },
  });
const bpGeneveHeader = new Parser()
  .bit2('version')
  .bit6('optionWords')
  .uint8('flags')
  .uint16('protocol')
  .bit24('vni')
  .bit8('reserved')
  .array('options', {
    type: bpOption,
    lengthInBytes() {
      return this.optionWords * 4;
    },
  });
const bpOuter = () =>
  new Parser()
    .nest('ethernet', { type: bpEthernet })
    .nest('ip', { type: bpIpv4 })
    .nest('udp', { type: bpUdp });
const bpWhole = (tunnel) =>
  bpOuter()
    .nest('tunnel', { type: tunnel })
    .nest('ethernet2', { type: bpEthernet })
    .nest('ip2', { type: bpIpv4 })
    .nest('tcp', { type: bpTcp })
    .buffer('payload', { readUntil: 'eof' });
const bpVxlanFrame = bpWhole(bpVxlanHeader);
const bpGeneveFrame = bpWhole(bpGeneveHeader);
const bpOuterOnly = bpOuter();

function bpSum({ ip, tunnel, ethernet2, tcp, payload }) {
  return ip.src + tunnel.vni + (ethernet2.dstLow & 0xffff) + tcp.sport + tcp.seq + payload.length;
}

const bpVxlan = (frames) => () => {
  let sum = 0;
  for (const frame of frames) sum += bpSum(bpVxlanFrame.parse(frame));
  return sum;
};

const bpGeneve = (frames) => () => {
  let sum = 0;
  for (const frame of frames) {
    const packet = bpGeneveFrame.parse(frame);
    for (const option of packet.tunnel.options) sum += option.type + option.data[0];
    sum += bpSum(packet);
  }
  return sum;
};

function bpTuple(frame) {
  const { ip, udp } = bpOuterOnly.parse(frame);
  return `${ip.src}:${udp.sport}>${ip.dst}:${udp.dport}/${ip.protocol}`;
}

// ---- PCAP-READ ----
const tuples = (tupleOf) => () => () => {
  const set = new Set();
  const file = openSync(BIG);
  const buffer = Buffer.allocUnsafe(1 << 18);
  let have = 0;
  let at = 24;
  for (;;) {
    const read = readSync(file, buffer, have, buffer.length - have, null);
    if (read === 0) break;
    have += read;
    while (at + 16 <= have) {
      const end = at + 16 + buffer.readUInt32LE(at + 8);
      if (end > have) break;
      set.add(tupleOf(buffer.subarray(at + 16, end)));
      at = end;
    }
    buffer.copyWithin(0, at, have);
    have -= at;
    at = 0;
  }
  closeSync(file);
  return set.size;
};

const byHand = 'tunnel header by hand';
const walk = 'records walked by hand, Set of text';
const ways = [
  ['npm-pcap', byHand, pcapVxlan, pcapGeneve, pcapTuple],
  ['npm-cap', `${byHand}, addresses as text`, capVxlan, capGeneve, capTuple],
  ['npm-binary-parser', 'all layers declared', bpVxlan, bpGeneve, bpTuple],
].flatMap(([peer, note, vxlan, geneve, tupleOf]) => [
  { case: 'DECODE-VXLAN', peer, note, prepare: vxlan },
  { case: 'DECODE-GENEVE3', peer, note, prepare: geneve },
  { case: 'PCAP-READ', peer, note: walk, prepare: tuples(tupleOf) },
]);
ways.push({ case: 'PARSE-VXLAN', peer: 'npm-pcap', note: byHand, prepare: pcapVxlan });

await main(ways);
