// Each header beside buffer-layout's own encode and decode of the same fields.
import {
  arp,
  arpProtocol,
  dot1qProtocol,
  ethernetProtocol,
  geneveProtocol,
  ipv4Protocol,
  ipv6Protocol,
  tcpProtocol,
  udpProtocol,
  vxlanProtocol,
} from '../../dist/index.js';
import { MACS } from '../frames.mjs';

const MAC_BYTES = Buffer.from([2, 0, 0, 0, 0, 1]);
const IPV6_BYTES = Buffer.alloc(16, 0x20);

/** A header's fields as ours takes them and as buffer-layout does, and its getters in a sum. */
const HEADERS = [
  {
    protocol: ethernetProtocol,
    ours: { dst: MACS[0], src: MACS[1], type: 0x0800 },
    naive: { dst: MAC_BYTES, src: MAC_BYTES, type: 0x0800 },
    read: (v) => v.type,
    readNaive: (o) => o.type,
  },
  {
    protocol: dot1qProtocol,
    ours: { priority: 3, dei: false, vid: 10, type: 0x0800 },
    naive: { priority: 3, dei: 0, vid: 10, type: 0x0800 },
    read: (v) => v.priority + v.vid + v.type,
    readNaive: (o) => o.priority + o.vid + o.type,
  },
  {
    protocol: arpProtocol,
    ours: arp({ hardwareType: 1, protocolType: 0x0800, operation: 2 }).fields,
    naive: {
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation: 2,
    },
    read: (v) => v.hardwareType + v.protocolType + v.operation,
    readNaive: (o) => o.hardwareType + o.protocolType + o.operation,
  },
  {
    protocol: ipv4Protocol,
    ours: { src: '10.0.0.1', dst: '10.0.0.2', id: 1, ttl: 64, protocol: 17, checksum: 0 },
    naive: {
      version: 4,
      ihl: 5,
      dscp: 0,
      ecn: 0,
      length: 100,
      id: 1,
      reserved: 0,
      dontFragment: 0,
      moreFragments: 0,
      fragmentOffset: 0,
      ttl: 64,
      protocol: 17,
      checksum: 0,
      src: 0x0a000001,
      dst: 0x0a000002,
    },
    read: (v) => v.length + v.id + v.ttl + v.protocol + v.srcWord + v.dstWord,
    readNaive: (o) => o.length + o.id + o.ttl + o.protocol + o.src + o.dst,
  },
  {
    protocol: ipv6Protocol,
    ours: { src: '2001:db8::1', dst: '2001:db8::2', flowLabel: 1, hopLimit: 64, nextHeader: 17 },
    naive: {
      version: 6,
      trafficClass: 0,
      flowLabel: 1,
      payloadLength: 60,
      nextHeader: 17,
      hopLimit: 64,
      src: IPV6_BYTES,
      dst: IPV6_BYTES,
    },
    read: (v) => v.flowLabel + v.payloadLength + v.nextHeader + v.hopLimit,
    readNaive: (o) => o.flowLabel + o.payloadLength + o.nextHeader + o.hopLimit,
  },
  {
    protocol: udpProtocol,
    ours: { srcPort: 49152, dstPort: 4789, length: 80, checksum: 0 },
    naive: { srcPort: 49152, dstPort: 4789, length: 80, checksum: 0 },
    read: (v) => v.srcPort + v.dstPort + v.length + v.checksum,
    readNaive: (o) => o.srcPort + o.dstPort + o.length + o.checksum,
  },
  {
    protocol: tcpProtocol,
    ours: { srcPort: 49152, dstPort: 80, seq: 1, ack: 2, flags: 16, window: 1000, checksum: 0 },
    naive: {
      srcPort: 49152,
      dstPort: 80,
      seq: 1,
      ack: 2,
      dataOffset: 5,
      reserved: 0,
      flags: 16,
      window: 1000,
      checksum: 0,
      urgentPointer: 0,
    },
    read: (v) => v.srcPort + v.dstPort + v.seq + v.ack + v.flags + v.window,
    readNaive: (o) => o.srcPort + o.dstPort + o.seq + o.ack + o.flags + o.window,
  },
  {
    protocol: vxlanProtocol,
    ours: { flags: 0x0800, vni: 5000 },
    naive: { flags: 0x0800, groupPolicyId: 0, vni: 5000, reserved: 0 },
    read: (v) => v.flags + v.vni,
    readNaive: (o) => o.flags + o.vni,
  },
  {
    protocol: geneveProtocol,
    ours: { vni: 5000, protocol: 0x6558 },
    naive: {
      version: 0,
      optionsLength: 0,
      oam: 0,
      critical: 0,
      reserved: 0,
      protocol: 0x6558,
      vni: 5000,
      reserved2: 0,
    },
    read: (v) => v.protocol + v.vni,
    readNaive: (o) => o.protocol + o.vni,
  },
];

const OFFSET = 16;

function placeAt(headerEnd) {
  return {
    headerEnd,
    end: headerEnd + 60,
    wireEnd: headerEnd + 60,
    carrierEnd: headerEnd + 60,
    carrierWireEnd: headerEnd + 60,
    quoted: false,
    next: -1, // nothing follows
    via: -1,
    tunnelAbove: false,
    pseudo: 1000,
    checksumRequired: false,
  };
}

function casesOf({ protocol, ours, naive, read, readNaive }) {
  const buffer = Buffer.alloc(256);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const { layout, name } = protocol;
  const headerEnd = OFFSET + protocol.size(ours);
  const place = placeAt(headerEnd);
  protocol.encode(view, OFFSET, ours, place);
  return [
    {
      name: `${name} encode`,
      ours: () => protocol.encode(view, OFFSET, ours, place),
      naive: () => layout.encode(naive, buffer, OFFSET),
    },
    {
      name: `${name} view decode`,
      ours: () => read(protocol.layer(view, OFFSET, headerEnd, 256)),
      naive: () => readNaive(layout.decode(buffer, OFFSET)),
    },
  ];
}

export const headerCases = HEADERS.flatMap(casesOf);
