/** What a tunnel end point says, in the guide's words. Called only while somebody listens. */
import type { Device } from '../device.js';
import type { Frame } from '../frame.js';
import { frameText } from '../words.js';
import { nameOfAddress, tunnelAt, whoHasAddress, whoHasMac } from './addresses.js';
import type { Remote } from './remote.js';
import type { Tunnel } from './tunnel.js';

const WORD = 0x100000000;

/** The destination is known. */
export function noteLookup(tunnel: Tunnel, frame: Frame, remote: Remote): void {
  const { device, vni } = tunnel;
  const { view, start } = frame;
  const mac = view.getUint16(start) * WORD + view.getUint32(start + 2);
  const who = whoHasMac(device.lab, mac);
  const where = nameOfAddress(device.lab, remote.address);
  // A tunnel with an IP address leads to another such tunnel, not to a VM behind it.
  const what =
    who === where ? `${tunnelAt(device.lab, mac)} → ${remote.text}` : `${who} → ${where}`;
  device.note(`Lookup: ${what}\nVNI: ${vni}`, frame);
}

/** The frame is for several, or for somebody unknown: it goes to all end points of the VNI. */
export function noteFlood(tunnel: Tunnel, frame: Frame, isGroup: boolean): void {
  const { device, vni, table } = tunnel;
  const what = isGroup ? 'Broadcast' : 'Unknown destination';
  const names = table.flood.map((remote) =>
    remote.isGroup ? `group ${remote.text}` : nameOfAddress(device.lab, remote.address),
  );
  const where = names.length === 0 ? 'nobody to flood to: drop' : `FLOOD to ${names.join(', ')}`;
  device.note(`${what} → ${where}\nVNI: ${vni}`, frame);
}

/** A frame is being wrapped, with so many bytes of Geneve's options. */
export function noteWrapped(tunnel: Tunnel, frame: Frame, remote: Remote, options: number): void {
  const { device, endPoint, policy } = tunnel;
  if (policy !== undefined) {
    const what = options > 0 ? 'Add identity to Geneve' : 'no options';
    device.note(`SDN: Lookup policy\n${what}`, frame);
  }
  const other = whoHasAddress(device.lab, remote.address);
  const both: Device[] = other === undefined ? [device] : [device, other];
  const geneve = endPoint.kind === 'geneve' ? 'GENEVE ' : '';
  device.lab.recorder.note(both, `${geneve}ENCAPSULATION`, frame);
}

/** What the outer packet is called. */
export function labelOf(tunnel: Tunnel, frame: Frame): string {
  return frameText(frame.data, tunnel.endPoint.kind === 'geneve' ? 'packet' : 'L2 Frame');
}

/** A frame is let out of the tunnel, or not. */
export function noteUnwrapped(tunnel: Tunnel, frame: Frame, admitted: boolean): void {
  const { device } = tunnel;
  if (tunnel.policy === undefined) device.note('DECAPSULATION\nExtract L2 frame', frame);
  else if (admitted) device.note('SDN: Read TLV\nVerify policy ✅\nDecapsulate', frame);
  else device.note('SDN: Read TLV\nVerify policy ❌\nDrop, not opened', frame);
}

/** An address was seen behind an end point for the first time, or behind another than before. */
export function noteLearned(tunnel: Tunnel, frame: Frame, mac: number, remote: Remote): void {
  const { device, vni } = tunnel;
  const who = whoHasMac(device.lab, mac);
  device.note(
    `Learn: ${who} behind ${nameOfAddress(device.lab, remote.address)}\nVNI: ${vni}`,
    frame,
  );
}

/** A control plane has said where a VM is. */
export function notePlaced(tunnel: Tunnel, mac: number, vtep: number): void {
  const { device, vni } = tunnel;
  const who = whoHasMac(device.lab, mac);
  device.note(`${who} → ${nameOfAddress(device.lab, vtep)}\nVNI: ${vni}`);
}
