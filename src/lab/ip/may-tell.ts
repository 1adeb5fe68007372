/** Of which packets nobody is told that they got no further (RFC 1812 §4.3.2.7, RFC 1122 §3.2.2). */
import { ETHERNET_HEADER_BYTES } from '../../headers/ethernet.js';
import { ICMP_TYPE, IP_PROTOCOL } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { dstOf, isLaterFragment, isMulticast, protocolOf, srcOf, transportOf } from './packet.js';
import type { IpStack } from './stack.js';

const LIMITED_BROADCAST = 0xffffffff;
const LOOPBACK_NET = 127;
/** The bit of an Ethernet address's first byte that says that it is a group's. */
const GROUP_BIT = 1;

/**
 * Whether the sender of the packet at `frame.network` may be sent an ICMP error about it. Not where its
 * frame was for several, by whatever address of its own the packet was; where it is a later fragment,
 * or an ICMP message that is no question or answer; where it is from or to nobody, several or all. As
 * Linux (`__icmp_send`), but that it leaves some of the sources to whoever looks for martians, which
 * nobody does for what goes through a bridge.
 */
export function mayTell(stack: IpStack, frame: Frame): boolean {
  if (isLaterFragment(frame) || wasForSeveral(frame)) return false;
  const src = srcOf(frame);
  const dst = dstOf(frame);
  if (src === 0 || isForSeveral(stack, src) || isForSeveral(stack, dst)) return false;
  // What a host says to itself has such a source; on a link none has.
  if (src >>> 24 === LOOPBACK_NET && !stack.isLocal(dst)) return false;
  if (protocolOf(frame) !== IP_PROTOCOL.ICMP) return true;
  const at = transportOf(frame);
  return at < frame.end && isQuery(frame.view.getUint8(at));
}

/** Whether the Ethernet header in front is to a group or all. What is sent here has none yet. */
function wasForSeveral({ view, start, network }: Frame): boolean {
  return network - start === ETHERNET_HEADER_BYTES && (view.getUint8(start) & GROUP_BIT) !== 0;
}

function isForSeveral({ interfaces }: IpStack, address: number): boolean {
  if (address === LIMITED_BROADCAST || isMulticast(address)) return true;
  return interfaces.some((one) => one.isBroadcast(address));
}

/** Linux takes every type that it does not know for an error. */
function isQuery(type: number): boolean {
  if (type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.echoReply) return true;
  return type >= ICMP_TYPE.timestampRequest && type <= ICMP_TYPE.addressMaskReply;
}
