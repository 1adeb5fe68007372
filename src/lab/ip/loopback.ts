/** The interface `lo`: what a host sends to itself. */
import { offsetOf } from '../../bytes/layout.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../../headers/ethernet.js';
import { ETHERTYPE } from '../../headers/numbers.js';
import type { Device } from '../device.js';
import { Port } from '../port.js';

const TYPE_AT = offsetOf(ethernetLayout, 'type');
/** Linux's 65,536 is one more than an IPv4 packet can have. */
const MTU = 65_535;

/** Adds `lo` to a device: what is sent on it comes in again, from and to an address of zeros. */
export function addLoopback(device: Device): Port {
  const { clock } = device.lab;
  const port = new Port(device, 'lo', 1, 0, MTU);
  device.ports.set('lo', port);
  port.wire = {
    transmit: (_port, frame) => {
      frame.to = port;
      frame.start = frame.network - ETHERNET_HEADER_BYTES;
      frame.bytes.fill(0, frame.start, frame.network);
      frame.view.setUint16(frame.start + TYPE_AT, ETHERTYPE.IPV4);
      clock.after(frame, 0);
    },
  };
  return port;
}
