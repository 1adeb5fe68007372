/** Hosts that know each other already, so that no ARP comes first. */
import { Host } from '../lab/host.js';
import type { Port } from '../lab/port.js';

/** Has the owner of a port know the MAC addresses of another's. */
export function acquaint(port: Port, other: Port): void {
  const { device } = port;
  if (!(device instanceof Host) || !(other.device instanceof Host)) return;
  const { neighbours } = device.ip.interfaceOf(port);
  for (const { address } of other.device.ip.interfaceOf(other).addresses) {
    neighbours.setPermanent(address, other.mac);
  }
}
