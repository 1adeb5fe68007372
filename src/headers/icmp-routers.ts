/** The routers that an ICMP router advertisement names (RFC 1256 §3). */
import { formatIpv4 } from '../bytes/address.js';
import { headerLayout, offsetOf, u32 } from '../bytes/layout.js';
import { objectValue } from './icmp-lists.js';
import { listValue, type Tail } from './icmp-message.js';
import { badValue, ipv4Word } from './values.js';

const layout = headerLayout('router', [u32('address'), u32('preference')]);
const ADDRESS = offsetOf(layout, 'address');
const PREFERENCE = offsetOf(layout, 'preference');

/** Bytes of an entry: two words. */
export const ROUTER_BYTES = layout.span;

/** A router and how much it is to be preferred. */
export interface AdvertisedRouter {
  readonly address: string;
  /** -2147483648–2147483647; the least: never to be a default router. */
  readonly preference: number;
}

/** Calls `visit` with every entry in [start, end). */
export function eachRouter(start: number, end: number, visit: (at: number) => void): void {
  for (let at = start; at + ROUTER_BYTES <= end; at += ROUTER_BYTES) visit(at);
}

export function readRouter(view: DataView, at: number): AdvertisedRouter {
  return {
    address: formatIpv4(view.getUint32(at + ADDRESS)),
    preference: view.getInt32(at + PREFERENCE),
  };
}

/** Entries of two words whose number and size are the bytes before the lifetime. */
export const routersTail: Tail = {
  keys: ['routers'],
  end: (view, start, end) => {
    if (view.getUint8(start - 3) * 4 !== ROUTER_BYTES) return start;
    const count = Math.min(view.getUint8(start - 4), Math.floor((end - start) / ROUTER_BYTES));
    return start + count * ROUTER_BYTES;
  },
  read: (view, start, end) => {
    const routers: AdvertisedRouter[] = [];
    eachRouter(start, end, (at) => routers.push(readRouter(view, at)));
    return { routers };
  },
  size: (fields) => listValue(fields['routers'] ?? [], 'icmp', 'routers').length * ROUTER_BYTES,
  write: (view, start, fields) => {
    let at = start;
    for (const value of listValue(fields['routers'] ?? [], 'icmp', 'routers')) {
      const { address, preference = 0 } = objectValue(value, 'icmp', 'routers');
      if (typeof preference !== 'number' || preference !== (preference | 0)) {
        throw badValue('icmp', 'routers.preference', preference, 'a whole number of 32 bits');
      }
      view.setUint32(at + ADDRESS, ipv4Word(address as string, 'icmp', 'routers.address'));
      view.setInt32(at + PREFERENCE, preference);
      at += ROUTER_BYTES;
    }
  },
};
