// The frames that are built and parsed.
import {
  ethernet,
  geneve,
  ipv4,
  securityPolicyId,
  sourceIdentity,
  tcp,
  telemetry,
  udp,
  vxlan,
} from '../dist/index.js';

export const MACS = [
  '02:00:00:00:00:01',
  '02:00:00:00:00:02',
  '02:00:00:00:00:03',
  '02:00:00:00:00:04',
];

/** Bytes of the frames inside, as others measure; `imix` is seven of 64, four of 570, one of 1400. */
export const SIZES = ['64', '128', '512', '1400', 'imix'];
const IMIX = [64, 570, 64, 64, 1400, 64, 570, 64, 570, 64, 64, 570];

/** The bytes of frame `i` of a size. */
export const bytesOf = (size, i) => (size === 'imix' ? IMIX[i % IMIX.length] : Number(size));

/** Ethernet, IPv4 and TCP with so much payload that the frame has `bytes`, 64 where they are absent. */
export const inner = (bytes = 64) => [
  ethernet({ src: MACS[2], dst: MACS[3] }),
  ipv4({ src: '192.168.0.1', dst: '192.168.0.2', id: 1 }),
  tcp({ srcPort: 49153, dstPort: 80, seq: 1, ack: 2, flags: ['ACK'] }),
  new Uint8Array(bytes - 54),
];

/** The 114-byte VXLAN frame: outer Ethernet, IPv4, UDP, VXLAN, inner Ethernet, IPv4, TCP, 10 bytes. */
export const vxlanLayers = (bytes) => [
  ethernet({ src: MACS[0], dst: MACS[1] }),
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 1 }),
  udp({ srcPort: 49152 }),
  vxlan({ vni: 5000 }),
  ...inner(bytes),
];

/** The same behind Geneve with the guide's three options. */
export const geneveLayers = (bytes) => [
  ethernet({ src: MACS[0], dst: MACS[1] }),
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 1 }),
  udp({ srcPort: 49152 }),
  geneve({
    vni: 5000,
    options: [
      securityPolicyId('policy-xyz-123'),
      telemetry('latency=5ms, hop=3'),
      sourceIdentity('workload=frontend-abc'),
    ],
  }),
  ...inner(bytes),
];
