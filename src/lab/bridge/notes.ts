/** What a bridge says of a frame, in the guide's words. */
import { readMac } from '../../bytes/address.js';
import { offsetOf } from '../../bytes/layout.js';
import { ethernetLayout } from '../../headers/ethernet.js';
import type { Frame } from '../frame.js';
import { UNTAGGED, vidOf } from '../vlan-tag.js';
import type { Learned } from './fdb.js';
import type { BridgePort } from './port.js';

const SRC_AT = offsetOf(ethernetLayout, 'src');

/** What a bridge does with a frame: to one port, to none, or to all but where it came from. */
export type Decision = 'forward' | 'filter' | 'flood';

/** What there is to say. */
export interface Said {
  /** The VLAN id that its tag had, 0 where that says a priority alone; `UNTAGGED`: it had none. */
  readonly given: number;
  readonly learned: Learned;
  readonly decision: Decision;
  /** The port that its destination is behind. */
  readonly to: BridgePort | undefined;
  /** The ports that it leaves by where it is flooded. */
  readonly takers: readonly BridgePort[];
}

/** A note about a frame, whose tag has been taken out, that came in by `from`. */
export function describe(from: BridgePort, frame: Frame, tci: number, said: Said): string {
  const vlan = vidOf(tci);
  const lines: string[] = [];
  if (said.given !== UNTAGGED) lines.push(...readTag(said.given));
  if (said.given <= 0 && vlan > 0) lines.push(`${from.label} is in VLAN ${vlan}`);
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
  const { decision, to, takers } = said;
  if (decision === 'flood') {
    const [only, ...others] = takers;
    // One port is no flood: what is behind it, such as a tunnel, may yet decide.
    const where = only === undefined || others.length > 0 || vlan > 0 ? 'FLOOD' : only.label;
    const flood = `${kindOf(frame)} → ${where}`;
    return vlan > 0 ? [flood, `Forward to VLAN ${vlan} ports`] : [flood];
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

/** A note about a frame that the VLANs of its port do not let in. `given`: as in `Said`. */
export function describeRefusal(from: BridgePort, given: number): string {
  const lines = given === UNTAGGED ? [] : readTag(given);
  const why =
    given <= 0 ? 'has no VLAN for untagged frames: drop' : `is not in VLAN ${given}: drop`;
  return [...lines, `${from.label} ${why}`].join('\n');
}

function readTag(vid: number): string[] {
  return ['Read 802.1Q tag', `VLAN ID = ${vid}${vid === 0 ? ': a priority alone' : ''}`];
}

/** What is said of a frame on the link that it leaves by. */
export function labelOf(decision: Decision, vlan: number): string {
  if (vlan > 0) return `Forward frame\n(VLAN ${vlan})`;
  return decision === 'flood' ? 'Frame (flooded)' : 'Frame delivered';
}
