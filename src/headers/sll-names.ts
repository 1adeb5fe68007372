/** What both versions of Linux cooked capture share: what follows, and Wireshark's names. */
import { formatIpv4, readMac } from '../bytes/address.js';
import { ETHERTYPE } from './numbers.js';
import { bytesOf, type FieldName, type HeaderView } from './protocol.js';

/** ARPHRD_ types whose protocol field is no EtherType (linux/if_arp.h). */
const GRE = 778;
const NETLINK = 824;
/** The largest protocol that is a number of Linux's and no EtherType. */
const MAX_LINUX = 1536;
/** LINUX_SLL_P_ETHERNET: an Ethernet frame. */
const LINUX_ETHERNET = 3;
/** Bytes of the address that are in the header, however long it is. */
const ADDRESS_BYTES = 8;

/** The fields that the names read. */
export interface CookedView extends HeaderView {
  readonly hardwareType: number;
  readonly addressLength: number;
  readonly protocol: number;
}

/** The number of the space `ethertype` that leads to what follows; -1: nothing known. */
export function cookedNext(hardwareType: number, protocol: number): number {
  if (hardwareType === NETLINK) return -1;
  if (protocol > MAX_LINUX || protocol === ETHERTYPE.LLC) return protocol;
  return protocol === LINUX_ETHERNET ? ETHERTYPE.ETHERNET : -1;
}

export function cookedWiresharkName(layer: CookedView): string {
  const { hardwareType, protocol } = layer;
  const known = protocol > MAX_LINUX && hardwareType !== GRE && hardwareType !== NETLINK;
  return known ? 'sll:ethertype' : 'sll';
}

function addressName(
  at: number,
  name: string,
  form: 'text' | 'bytes',
  has: (length: number) => boolean,
): FieldName<CookedView> {
  return {
    name,
    label: 'Source',
    form,
    each: ({ view, offset, addressLength }, _place, emit) => {
      const length = Math.min(addressLength, ADDRESS_BYTES);
      if (!has(addressLength)) return;
      const start = offset + at;
      let value: string | Uint8Array = bytesOf(view, start, start + length);
      if (length === 6) value = readMac(view, start);
      else if (length === 4) value = formatIpv4(view.getUint32(start));
      emit(value, start * 8, length * 8);
    },
  };
}

function protocolName(
  at: number,
  name: string,
  has: (hardwareType: number, protocol: number) => boolean,
): FieldName<CookedView> {
  return {
    name,
    label: 'Protocol',
    form: 'hex4',
    each: (layer, _place, emit) => {
      if (!has(layer.hardwareType, layer.protocol)) return;
      emit(layer.protocol, (layer.offset + at) * 8, 16);
    },
  };
}

/** Wireshark's names of the address and the protocol, which begin so many bytes into the header. */
export function cookedNames(address: number, protocol: number): readonly FieldName<CookedView>[] {
  return [
    addressName(address, 'sll.src.eth', 'text', (length) => length === 6),
    addressName(address, 'sll.src.ipv4', 'text', (length) => length === 4),
    addressName(address, 'sll.src.other', 'bytes', (n) => n > 0 && n !== 4 && n !== 6),
    {
      name: 'sll.unused',
      label: 'Unused',
      form: 'bytes',
      each: ({ view, offset, addressLength }, _place, emit) => {
        if (addressLength >= ADDRESS_BYTES) return;
        const start = offset + address + addressLength;
        const end = offset + address + ADDRESS_BYTES;
        emit(bytesOf(view, start, end), start * 8, (end - start) * 8);
      },
    },
    protocolName(protocol, 'sll.ltype', (_type, it) => it <= MAX_LINUX),
    protocolName(protocol, 'sll.gretype', (type, it) => type === GRE && it > MAX_LINUX),
    protocolName(protocol, 'sll.etype', (type, it) => type !== GRE && it > MAX_LINUX),
  ];
}
