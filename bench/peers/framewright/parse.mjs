// The convenient way to read: parse.
import { GeneveOptionRegistry, parse } from '../../../dist/index.js';

const MAC_LOW = 4;
/** Our registry has names for these options; the sum wants their numbers. */
const unnamed = new GeneveOptionRegistry([]);

/** The inner half of a DECODE sum. */
function innerSum(ethernet, tcp) {
  // The end of the address by its bytes: as text it would be made and read again.
  const low = ethernet.view.getUint16(ethernet.offset + MAC_LOW);
  return low + tcp.srcPort + tcp.seq + (tcp.end - tcp.headerEnd);
}

const vxlanSum = (frames) => () => {
  let sum = 0;
  for (let i = 0; i < frames.length; i++) {
    const packet = parse(frames[i]);
    sum += packet.layer('ipv4').srcWord + packet.layer('vxlan').vni;
    sum += innerSum(packet.all('ethernet')[1], packet.layer('tcp'));
  }
  return sum;
};

const geneveSum = (frames) => () => {
  let sum = 0;
  for (let i = 0; i < frames.length; i++) {
    const packet = parse(frames[i]);
    const geneve = packet.layer('geneve');
    sum += packet.layer('ipv4').srcWord + geneve.vni;
    const options = unnamed.read(geneve.view, geneve.fixedEnd, geneve.headerEnd);
    for (const option of options) sum += option.type + option.data[0];
    sum += innerSum(packet.all('ethernet')[1], packet.layer('tcp'));
  }
  return sum;
};

/** Every number of these headers that is not in the DECODE sum. */
const ipNumbers = (ip) =>
  ip.version +
  ip.ihl +
  ip.dscp +
  ip.ecn +
  ip.length +
  ip.id +
  (ip.reserved ? 1 : 0) +
  (ip.dontFragment ? 1 : 0) +
  (ip.moreFragments ? 1 : 0) +
  ip.fragmentOffset +
  ip.ttl +
  ip.protocol +
  ip.checksum +
  ip.dstWord;
const udpNumbers = (udp) => udp.srcPort + udp.dstPort + udp.length + udp.checksum;
const vxlanNumbers = (vxlan) => vxlan.flags + vxlan.groupPolicyId + vxlan.reserved;
const tcpNumbers = (tcp) =>
  tcp.dstPort +
  tcp.ack +
  tcp.dataOffset +
  tcp.reserved +
  tcp.flags +
  tcp.window +
  tcp.checksum +
  tcp.urgentPointer;

/** The same numbers, of a frame of ours, by hand. */
function numbersByHand(frame) {
  const ip = (at) =>
    4 +
    5 +
    frame.readUInt16BE(at + 2) +
    1 + // don't fragment is the only flag
    64 +
    frame[at + 9] +
    frame.readUInt16BE(at + 10) +
    frame.readUInt32BE(at + 16);
  const udp = [34, 36, 38, 40].reduce((sum, at) => sum + frame.readUInt16BE(at), 0);
  const tcp = 50 + 34;
  return (
    0x0800 +
    ip(14) +
    udp +
    0x0800 + // VXLAN's flags
    0x0800 +
    ip(50 + 14) +
    frame.readUInt16BE(tcp + 2) +
    frame.readUInt32BE(tcp + 8) +
    5 +
    0x18 +
    29200 +
    frame.readUInt16BE(tcp + 16)
  );
}

/** Every layer, and all its numbers. */
const everyNumber = (frames) => {
  const want = frames.reduce((sum, frame) => sum + numbersByHand(frame), 0);
  return () => {
    let sum = 0;
    let rest = 0;
    for (let i = 0; i < frames.length; i++) {
      const [ethernet, ip, udp, vxlan, inner, innerIp, tcp] = parse(frames[i]).layers;
      rest += ethernet.type + ipNumbers(ip) + udpNumbers(udp) + vxlanNumbers(vxlan);
      rest += inner.type + ipNumbers(innerIp) + tcpNumbers(tcp);
      sum += ip.srcWord + vxlan.vni + innerSum(inner, tcp);
    }
    if (rest !== want) throw new Error(`numbers of headers: ${rest}, expected ${want}`);
    return sum;
  };
};

const peer = 'framewright-convenient';

export const parseWays = [
  { case: 'DECODE-VXLAN', peer, note: 'parse()', prepare: vxlanSum },
  { case: 'DECODE-GENEVE3', peer, note: 'parse()', prepare: geneveSum },
  { case: 'PARSE-VXLAN', peer, note: 'parse(), every number of every layer', prepare: everyNumber },
];
