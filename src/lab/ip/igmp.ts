/** Membership reports of a host (IGMPv3, RFC 3376 §4.2): how it says which groups it listens to. */
import { formatIpv4 } from '../../bytes/address.js';
import { ethernet } from '../../headers/ethernet.js';
import { igmp } from '../../headers/igmp.js';
import { ipv4 } from '../../headers/ipv4.js';
import { build } from '../../packet/build.js';
import { SECOND } from '../clock.js';
import type { IpInterface } from './interface.js';

/** All routers that speak IGMPv3 (RFC 3376 §4.2.14), and the group's MAC address. */
const REPORTS = '224.0.0.22';
const REPORTS_MAC = '01:00:5e:00:00:16';
/** Internetwork control, as Linux marks it (RFC 2474's class selector 6). */
const CONTROL_DSCP = 48;
/** Kinds of a group record (RFC 3376 §4.2.12): listen to everybody, to nobody. */
const TO_EXCLUDE = 4;
const TO_INCLUDE = 3;

/** Nanoseconds within which a report is repeated (RFC 3376 §8.11). */
export const UNSOLICITED_REPORT_INTERVAL = SECOND;

/**
 * Says that an interface has joined a group, or left it. `repeated`: once more, as the first report
 * may have been lost (RFC 3376 §8.1: a robustness of 2). Answers to queries are left out: no router
 * of the lab asks.
 */
export function reportMembership(
  out: IpInterface,
  group: number,
  joined: boolean,
  repeated: boolean,
): void {
  const { port, stack } = out;
  const text = formatIpv4(group);
  const packet = ipv4({
    src: formatIpv4(out.addresses[0]?.address ?? 0),
    dst: REPORTS,
    ttl: 1,
    dscp: CONTROL_DSCP,
    dontFragment: true,
    options: [{ kind: 'routerAlert', value: 0 }],
  });
  const record = { type: joined ? TO_EXCLUDE : TO_INCLUDE, group: text, sources: [] };
  const header = ethernet({ src: port.macText, dst: REPORTS_MAC });
  const frame = stack.lab.frames.of(
    build([header, packet, igmp({ type: 'reportV3', records: [record] })]),
  );
  if (out.noting) {
    frame.label = `IGMP: ${joined ? 'join' : 'leave'} ${text}${repeated ? ' (repeated)' : ''}`;
  }
  port.send(frame);
}
