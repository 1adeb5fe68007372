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

const inner = () => [
  ethernet({ src: MACS[2], dst: MACS[3] }),
  ipv4({ src: '192.168.0.1', dst: '192.168.0.2', id: 1 }),
  tcp({ srcPort: 49153, dstPort: 80, seq: 1, ack: 2, flags: ['ACK'] }),
  new Uint8Array(10),
];

/** The 114-byte VXLAN frame: outer Ethernet, IPv4, UDP, VXLAN, inner Ethernet, IPv4, TCP, 10 bytes. */
export const vxlanLayers = () => [
  ethernet({ src: MACS[0], dst: MACS[1] }),
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 1 }),
  udp({ srcPort: 49152 }),
  vxlan({ vni: 5000 }),
  ...inner(),
];

/** The same behind Geneve with the guide's three options. */
export const geneveLayers = () => [
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
  ...inner(),
];
