/** Addresses as people write them, and the names of those who have them. */
import { formatIpv4, formatMac, parseMac } from '../../bytes/address.js';
import { PacketError } from '../../bytes/error.js';
import { Host } from '../host.js';
import type { Lab } from '../lab.js';

/** Reads a MAC address, 48 bits. Throws `BAD_VALUE`. */
export function macOf(text: string): number {
  const mac = parseMac(text);
  if (mac >= 0) return mac;
  throw new PacketError('BAD_VALUE', `${text} is no MAC address such as 02:00:00:00:00:01`);
}

/** What people call the device with that MAC address; the address where none or several have it. For notes. */
export function whoHasMac(lab: Lab, mac: number): string {
  const found = new Set<string>();
  for (const { ports, title } of lab.devices.values()) {
    for (const port of ports.values()) if (port.mac === mac) found.add(title);
  }
  const [name] = found;
  return name === undefined || found.size > 1 ? formatMac(mac).toUpperCase() : name;
}

/** What leads to that MAC address, `10.244.2.0 (vxlan5000 of Node2)`, where a host's interface has it. For notes. */
export function tunnelAt(lab: Lab, mac: number): string {
  for (const device of lab.devices.values()) {
    if (!(device instanceof Host)) continue;
    for (const { port, addresses } of device.ip.interfaces) {
      if (port.mac !== mac) continue;
      const name = `${port.name} of ${device.title}`;
      const [first] = addresses;
      return first === undefined ? name : `${formatIpv4(first.address)} (${name})`;
    }
  }
  return formatMac(mac).toUpperCase();
}

/** The host with that IP address; undefined: none. For notes. */
export function whoHasAddress(lab: Lab, address: number): Host | undefined {
  for (const device of lab.devices.values()) {
    if (device instanceof Host && device.ip.isLocal(address)) return device;
  }
  return undefined;
}

/** What people call the host with that IP address; the address where there is none. */
export function nameOfAddress(lab: Lab, address: number): string {
  return whoHasAddress(lab, address)?.title ?? formatIpv4(address);
}
