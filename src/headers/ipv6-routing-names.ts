/** Wireshark's names of a routing header's fields. */
import { readIpv6 } from '../bytes/address.js';
import { readBits } from '../bytes/bits.js';
import { addressCount, ROUTE_OFFSET, ROUTING_FIXED_BYTES, ROUTING_TYPE } from './ipv6-route.js';
import type { Ipv6RoutingView } from './ipv6-routing.js';
import { ipv6RoutingLayout } from './ipv6-routing-wire.js';
import { numberName, valueName } from './names.js';
import { bytesOf, type FieldName, type Form } from './protocol.js';

const KNOWN: readonly number[] = [0, 2, 3, 4];

/** A number in headers of one type: its first bit, counted from the header's, and its width. */
function partName(
  name: string,
  label: string,
  form: Form,
  type: number,
  bit: number,
  bits: number,
): FieldName<Ipv6RoutingView> {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      const at = layer.offset * 8 + bit;
      if (layer.type !== type) return;
      if (form === 'bytes') emit(bytesOf(layer.view, at / 8, (at + bits) / 8), at, bits);
      else emit(readBits(layer.view, at, bits), at, bits);
    },
  };
}

/** The addresses of one type. */
function addressName(name: string, label: string, type: number): FieldName<Ipv6RoutingView> {
  return {
    name,
    label,
    form: 'text',
    each: ({ view, offset, headerEnd, type: own }, _place, emit) => {
      if (own !== type) return;
      const count = addressCount(view, offset, headerEnd);
      // Type 2 has one address (RFC 6275 §6.4.1), and Wireshark reads one.
      const shown = type === ROUTING_TYPE.HOME_ADDRESS ? Math.min(count, 1) : count;
      for (let i = 0; i < shown; i++) {
        const at = offset + ROUTE_OFFSET + i * 16;
        emit(readIpv6(view, at), at * 8, 128);
      }
    },
  };
}

/** Calls `visit` with the first and the last byte of each suffix of an RPL route. */
function eachSuffix(layer: Ipv6RoutingView, visit: (start: number, end: number) => void): void {
  const { view, offset, headerEnd, type } = layer;
  if (type !== ROUTING_TYPE.RPL) return;
  const count = addressCount(view, offset, headerEnd);
  const compressed = view.getUint8(offset + 4);
  let at = offset + ROUTE_OFFSET;
  for (let i = 0; i < count; i++) {
    const end = at + 16 - (i === count - 1 ? compressed & 15 : compressed >>> 4);
    visit(at, end);
    at = end;
  }
}

const { RPL, SEGMENT_ROUTING, SOURCE_ROUTE, HOME_ADDRESS } = ROUTING_TYPE;

/** Every name of a routing header. */
export const ipv6RoutingNames: readonly FieldName<Ipv6RoutingView>[] = [
  numberName(ipv6RoutingLayout, 'nextHeader', 'ipv6.routing.nxt', 'Next Header'),
  numberName(ipv6RoutingLayout, 'length', 'ipv6.routing.len', 'Length'),
  valueName(
    ipv6RoutingLayout,
    'length',
    'ipv6.routing.len_oct',
    'Length, in bytes',
    'dec',
    (layer: Ipv6RoutingView) => (layer.length + 1) * 8,
  ),
  numberName(ipv6RoutingLayout, 'type', 'ipv6.routing.type', 'Type'),
  numberName(ipv6RoutingLayout, 'segmentsLeft', 'ipv6.routing.segleft', 'Segments Left'),
  partName('ipv6.routing.src.reserved', 'Reserved', 'bytes', SOURCE_ROUTE, 32, 32),
  addressName('ipv6.routing.src.addr', 'Address', SOURCE_ROUTE),
  partName('ipv6.routing.mipv6.reserved', 'Reserved', 'bytes', HOME_ADDRESS, 32, 32),
  addressName('ipv6.routing.mipv6.home_address', 'Home Address', HOME_ADDRESS),
  partName('ipv6.routing.rpl.cmprI', 'Compressed Internal Octets (CmprI)', 'dec', RPL, 32, 4),
  partName('ipv6.routing.rpl.cmprE', 'Compressed Final Octets (CmprE)', 'dec', RPL, 36, 4),
  partName('ipv6.routing.rpl.pad', 'Padding Bytes', 'dec', RPL, 40, 4),
  partName('ipv6.routing.rpl.reserved', 'Reserved', 'dec', RPL, 44, 20),
  {
    name: 'ipv6.routing.rpl.addr_count',
    label: 'Total Address Count',
    form: 'dec',
    each: (layer, _place, emit) => {
      if (layer.type !== RPL) return;
      const count = addressCount(layer.view, layer.offset, layer.headerEnd);
      emit(Math.max(count, 0), (layer.offset + ROUTING_FIXED_BYTES) * 8, 0);
    },
  },
  {
    name: 'ipv6.routing.rpl.address',
    label: 'Address',
    form: 'bytes',
    each: (layer, _place, emit) =>
      eachSuffix(layer, (start, end) =>
        emit(bytesOf(layer.view, start, end), start * 8, (end - start) * 8),
      ),
  },
  partName('ipv6.routing.srh.last_entry', 'Last Entry', 'dec', SEGMENT_ROUTING, 32, 8),
  partName('ipv6.routing.srh.flags', 'Flags', 'hex2', SEGMENT_ROUTING, 40, 8),
  partName('ipv6.routing.srh.tag', 'Tag', 'bytes', SEGMENT_ROUTING, 48, 16),
  addressName('ipv6.routing.srh.addr', 'Address', SEGMENT_ROUTING),
  {
    name: 'ipv6.routing.unknown_data',
    label: 'Type-Specific Data',
    form: 'bytes',
    each: ({ view, offset, headerEnd, type }, _place, emit) => {
      const at = offset + ROUTING_FIXED_BYTES;
      if (!KNOWN.includes(type)) emit(bytesOf(view, at, headerEnd), at * 8, (headerEnd - at) * 8);
    },
  },
];
