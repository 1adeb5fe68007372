/** Wireshark's names of ICMP's fields. */
import type { IcmpView } from './icmp.js';
import { echo, extendedEchoNames } from './icmp-echo.js';
import { extensionNames } from './icmp-extension.js';
import { MESSAGE_START, messageStatus, type Shape } from './icmp-message.js';
import { partName } from './icmp-part-names.js';
import { eachRouter, readRouter, routersTail } from './icmp-routers.js';
import { addressMask, icmpLayout, LENGTH, timestamps } from './icmp-wire.js';
import { numberName, valueName } from './names.js';
import { ICMP_TYPE } from './numbers.js';
import { bytesOf, type Emit, type FieldName, type Form } from './protocol.js';

/** Messages of which Wireshark shows identifier and sequence in both byte orders. */
const NUMBERED = [echo, timestamps, addressMask];

/** The same 16 bits, as a sender of the other byte order has them. */
function swappedName(one: FieldName<IcmpView>, name: string, label: string): FieldName<IcmpView> {
  return {
    name,
    label,
    form: 'dec',
    each: (layer, place, emit) =>
      one.each(layer, place, (value, bit, bits) => {
        const word = value as number;
        emit(((word & 0xff) << 8) | (word >>> 8), bit, bits);
      }),
  };
}

/** The bytes without a meaning, which depend on the type, and on whether there is a length. */
const unusedName: FieldName<IcmpView> = {
  name: 'icmp.unused',
  label: 'Unused',
  form: 'bytes',
  each: ({ view, offset, type, code, shape, quoteBytes }, _place, emit) => {
    if (shape === undefined || quoteBytes === undefined) return;
    const from = offset + MESSAGE_START;
    const tell = (start: number, end: number): void => {
      if (end > start) emit(bytesOf(view, start, end), start * 8, (end - start) * 8);
    };
    const withMtu = type === ICMP_TYPE.destinationUnreachable && code === 4;
    const withPointer = type === ICMP_TYPE.parameterProblem;
    const end = withMtu ? from + 2 : from + 4;
    const start = withPointer ? from + 1 : from;
    if (quoteBytes === 0) {
      tell(start, end);
    } else {
      tell(start, from + 1);
      tell(from + 2, end);
    }
  },
};

/** A word of the routers' entries in an advertisement. */
function routerName(
  name: string,
  label: string,
  form: Form,
  tell: (view: DataView, at: number, emit: Emit) => void,
): FieldName<IcmpView> {
  return {
    name,
    label,
    form,
    each: ({ view, shape, fixedEnd, headerEnd }, _place, emit) => {
      if (shape?.tail !== routersTail) return;
      eachRouter(fixedEnd + shape.layout.span, headerEnd, (at) => tell(view, at, emit));
    },
  };
}

/** A word behind identifier and sequence number, where the message is long enough for its tail. */
function tailName(
  name: string,
  label: string,
  form: 'dec' | 'ipv4',
  only: Shape,
  at: number,
): FieldName<IcmpView> {
  return {
    name,
    label,
    form,
    each: ({ view, shape, fixedEnd, headerEnd }, _place, emit) => {
      const tail = fixedEnd + only.layout.span;
      if (shape !== only || tail === headerEnd) return;
      emit(view.getUint32(tail + at), (tail + at) * 8, 32);
    },
  };
}

const mtu = partName('mtu', 'icmp.mtu', 'MTU of next hop');
const ident = partName('identifier', 'icmp.ident', 'Identifier (BE)');
const seq = partName('sequence', 'icmp.seq', 'Sequence Number (BE)', 'dec', NUMBERED);

/** Every name of an ICMP message. */
export const icmpNames: readonly FieldName<IcmpView>[] = [
  numberName(icmpLayout, 'type', 'icmp.type', 'Type'),
  numberName(icmpLayout, 'code', 'icmp.code', 'Code'),
  numberName(icmpLayout, 'checksum', 'icmp.checksum', 'Checksum', 'hex4'),
  valueName(
    icmpLayout,
    'checksum',
    'icmp.checksum.status',
    'Checksum Status',
    'dec',
    (layer: IcmpView, place) => messageStatus(layer, place, 0),
  ),
  ident,
  swappedName(ident, 'icmp.ident_le', 'Identifier (LE)'),
  seq,
  swappedName(seq, 'icmp.seq_le', 'Sequence Number (LE)'),
  partName('pointer', 'icmp.pointer', 'Pointer'),
  unusedName,
  {
    name: 'icmp.length',
    label: 'Length',
    form: 'dec',
    each: ({ offset, quoteBytes = 0 }, _place, emit) => {
      if (quoteBytes > 0) emit(quoteBytes / 4, (offset + LENGTH) * 8, 8);
    },
  },
  {
    name: 'icmp.length.original_datagram',
    label: 'Length of original datagram',
    form: 'dec',
    each: ({ offset, quoteBytes = 0 }, _place, emit) => {
      if (quoteBytes > 0) emit(quoteBytes, (offset + LENGTH) * 8, 0);
    },
  },
  {
    ...mtu,
    each: (layer, place, emit) => {
      // Of other codes these bytes have no meaning.
      if (layer.code === 4) mtu.each(layer, place, emit);
    },
  },
  partName('gateway', 'icmp.redir_gw', 'Gateway Address', 'ipv4'),
  partName('numAddresses', 'icmp.num_addrs', 'Number of addresses'),
  partName('addressWords', 'icmp.addr_entry_size', 'Address entry size'),
  partName('lifetime', 'icmp.lifetime', 'Lifetime'),
  routerName('icmp.router_address', 'Router address', 'ipv4', (view, at, emit) =>
    emit(view.getUint32(at), at * 8, 32),
  ),
  routerName('icmp.pref_level', 'Preference level', 'dec', (view, at, emit) =>
    emit(readRouter(view, at).preference, (at + 4) * 8, 32),
  ),
  tailName('icmp.originate_timestamp', 'Originate Timestamp', 'dec', timestamps, 0),
  tailName('icmp.receive_timestamp', 'Receive Timestamp', 'dec', timestamps, 4),
  tailName('icmp.transmit_timestamp', 'Transmit Timestamp', 'dec', timestamps, 8),
  tailName('icmp.address_mask', 'Address Mask', 'ipv4', addressMask, 0),
  ...extendedEchoNames('icmp'),
  ...extensionNames,
];
