/** A port as iproute2's `ip link`, `ip address` and `bridge link` show a net device. */
import type { LinkState, Port } from './port.js';

/** `eth0`; `v0@v1` where the other is on the same device, `eth0@if2` where it is in another namespace. */
export function linkName({ name, linked, device }: Port): string {
  if (linked === undefined) return name;
  return linked.device === device ? `${name}@${linked.name}` : `${name}@if${linked.index}`;
}

/** What `state` says of it: RFC 2863's ifOperStatus. */
export function linkState(port: Port): LinkState {
  const { up, wire } = port;
  if (wire === undefined || !up) return 'DOWN';
  return wire.state === undefined ? 'UNKNOWN' : wire.state(port);
}

/** Whether frames can get through: Linux's carrier. */
export function hasCarrier(port: Port): boolean {
  const state = linkState(port);
  return state === 'UP' || state === 'UNKNOWN';
}

/** `BROADCAST,MULTICAST,UP,LOWER_UP`. */
export function linkFlags(port: Port): string {
  const { up, linked, device } = port;
  const carrier = hasCarrier(port);
  const below = linked?.device === device && !linked.up;
  return [
    ...(up && !carrier ? ['NO-CARRIER'] : []),
    'BROADCAST,MULTICAST',
    ...(up ? ['UP'] : []),
    ...(up && carrier ? ['LOWER_UP'] : []),
    ...(below ? ['M-DOWN'] : []),
  ].join(',');
}

/** A line of `ip -br address`: what is in front of the addresses. */
export function briefLine(name: string, state: string, addresses: readonly string[]): string {
  return `${name.padEnd(16)} ${state.padEnd(14)} ${addresses.join(' ')}`.trimEnd();
}
