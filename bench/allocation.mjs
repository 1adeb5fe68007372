// A check that costs no noise: encoding a million headers through views allocates nothing.
import { PerformanceObserver } from 'node:perf_hooks';
import {
  build,
  Dot1qView,
  dot1q,
  EthernetView,
  ethernet,
  GeneveView,
  geneve,
  Ipv4View,
  Ipv6View,
  ipv4,
  ipv6,
  TcpView,
  tcp,
  UdpView,
  udp,
  VxlanView,
  vxlan,
} from '../dist/index.js';

const HEADERS = 1_000_000;
// What the loop and the measuring itself may leave: far under a byte a header.
const ALLOWED_BYTES = 65_536;

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

function run(write, headers) {
  for (let i = 0; i < headers; i++) write(i);
}

/** Bytes of heap that a million headers left behind. */
function bytesLeft(write) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  run(write, HEADERS);
  return process.memoryUsage().heapUsed - before;
}

/** Answers what is wrong, in sentences; needs `node --expose-gc`. */
export function checkAllocation() {
  const failures = [];
  let _collections = 0;
  const observer = new PerformanceObserver((list) => {
    _collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  for (const [name, write] of Object.entries(WRITERS)) {
    // Warm, so that the optimising compiler has done its part.
    run(write, HEADERS / 4);
    run(write, HEADERS / 4);
    _collections = 0;
    const bytes = Math.min(bytesLeft(write), bytesLeft(write), bytesLeft(write));
    console.log(`${name}: ${HEADERS} headers through views left ${bytes} bytes`);
    // A collection in the middle would hide what was allocated: then 16 MB had been.
    if (bytes > ALLOWED_BYTES || bytes < -ALLOWED_BYTES) {
      failures.push(`${name}: encoding ${HEADERS} headers through views allocated ${bytes} bytes`);
    }
  }
  observer.disconnect();
  return failures;
}
