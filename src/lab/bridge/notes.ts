/** What a bridge says of a frame, in the guide's words. */
import { readMac } from '../../bytes/address.js';
import { offsetOf } from '../../bytes/layout.js';
import { ethernetLayout } from '../../headers/ethernet.js';
import type { Frame } from '../frame.js';
import { vidOf } from '../vlan-tag.js';
import type { Learned } from './fdb.js';
import type { BridgePort } from './port.js';

const SRC_AT = offsetOf(ethernetLayout, 'src');

/** What a bridge does with a frame: to one port, to none, or to all but where it came from. */
export type Decision = 'forward' | 'filter' | 'flood';

/** What there is to say. */
export interface Said {
  /** Whether it came with a tag. */
  readonly tagged: boolean;
  readonly learned: Learned;
  readonly decision: Decision;
  /** The port that its destination is behind. */
  readonly to: BridgePort | undefined;
}

/** A note about a frame, whose tag has been taken out, that came in by `from`. */
export function describe(from: BridgePort, frame: Frame, tci: number, said: Said): string {
  const vlan = vidOf(tci);
  const lines: string[] = [];
  if (said.tagged) lines.push('Read 802.1Q tag', `VLAN ID = ${vlan}`);
  else if (vlan > 1) lines.push(`${from.label} is in VLAN ${vlan}`);
  if (said.learned === 'new' || said.learned === 'moved') {
    const mac = readMac(frame.view, frame.start + SRC_AT).toUpperCase();
    lines.push(
      `Learn: ${mac} on ${from.label}${said.learned === 'moved' ? ' (it has moved)' : ''}`,
    );
  }
  lines.push(...decided(from, frame, vlan, said));
  return lines.join('\n');
}

function decided(from: BridgePort, frame: Frame, vlan: number, said: Said): string[] {
  const { decision, to } = said;
  if (decision === 'flood') {
    const flood = `${kindOf(frame)} → FLOOD`;
    return vlan > 1 ? [flood, `Forward to VLAN ${vlan} ports`] : [flood];
  }
  const label = to?.label ?? '';
  if (decision === 'forward') return [`Forward to ${label}`];
  if (to === from) return [`Destination is on ${label} too: not forwarded`];
  return [`Not to ${label}: drop`];
}

function kindOf({ view, start }: Frame): string {
  const high = view.getUint16(start);
  if ((high & 0x0100) === 0) return 'Unknown destination';
  return high === 0xffff && view.getInt32(start + 2) === -1 ? 'Broadcast' : 'Multicast';
}

/** A note about a frame that the VLANs of its port do not let in; `vid` 0: one without a VLAN. */
export function describeRefusal(from: BridgePort, vid: number): string {
  if (vid === 0) return `${from.label} has no VLAN for untagged frames: drop`;
  return `Read 802.1Q tag\nVLAN ID = ${vid}\n${from.label} is not in VLAN ${vid}: drop`;
}

/** What is said of a frame on the link that it leaves by. */
export function labelOf(decision: Decision, vlan: number): string {
  if (vlan > 1) return `Forward frame\n(VLAN ${vlan})`;
  return decision === 'flood' ? 'Frame (flooded)' : 'Frame delivered';
}
