/** IPv6 routing header (RFC 8200 §4.4): view, fields and codec. What it holds: `ipv6-route.ts`. */
import { nextHeaderNumber } from './ipv6-chain.js';
import { pseudoBehind } from './ipv6-ends.js';
import {
  decodeRoute,
  encodeRoute,
  type Ipv6Route,
  ROUTING_FIXED_BYTES,
  segmentsOfRoute,
  typeOfRoute,
} from './ipv6-route.js';
import { ipv6RoutingNames } from './ipv6-routing-names.js';
import {
  checkIpv6Routing,
  ipv6RoutingLayout,
  ipv6RoutingProblems,
  LENGTH,
  NEXT_HEADER,
  SEGMENTS_LEFT,
  TYPE,
} from './ipv6-routing-wire.js';
import { layerMaker } from './layer-spec.js';
import {
  bytesOf,
  defineProtocol,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom, uint } from './values.js';

/** A routing header in place. */
export class Ipv6RoutingView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv6RoutingProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv6RoutingProtocol;
  }

  private set(at: number, value: number, field: string): void {
    this.view.setUint8(this.offset + at, uint(value, 0xff, 'ipv6Routing', field));
  }

  /** IP protocol number of what follows. */
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT_HEADER);
  }

  set nextHeader(value: number) {
    this.set(NEXT_HEADER, value, 'nextHeader');
  }

  /** Units of 8 bytes beyond the first 8. */
  get length(): number {
    return this.view.getUint8(this.offset + LENGTH);
  }

  set length(value: number) {
    this.set(LENGTH, value, 'length');
  }

  /** `ROUTING_TYPE`. */
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }

  set type(value: number) {
    this.set(TYPE, value, 'type');
  }

  /** How many of the addresses are still to be visited. */
  get segmentsLeft(): number {
    return this.view.getUint8(this.offset + SEGMENTS_LEFT);
  }

  set segmentsLeft(value: number) {
    this.set(SEGMENTS_LEFT, value, 'segmentsLeft');
  }

  /** Decoded anew at each call. */
  get route(): Ipv6Route {
    return decodeRoute(this.view, this.offset, this.headerEnd);
  }
}

/** Every field of a routing header. */
export interface Ipv6RoutingFields {
  /** IP protocol number of what follows (IANA). */
  readonly nextHeader: number;
  /** Units of 8 bytes beyond the first 8, 0–255. */
  readonly length: number;
  /** `ROUTING_TYPE`, 0–255. */
  readonly type: number;
  /** Addresses still to be visited, 0–255. */
  readonly segmentsLeft: number;
  readonly route: Ipv6Route;
}

/** What may be given of a routing header. Absent: computed. */
export interface Ipv6RoutingInput extends Partial<Ipv6RoutingFields> {
  /** Absent: 4 with segments, 3 with suffixes, 0 with addresses, 253 with data. */
  readonly type?: number;
  /** Absent: all of them. */
  readonly segmentsLeft?: number;
  /** Absent: four zero bytes of a type for experiments. */
  readonly route?: Ipv6Route;
}

const NO_ROUTE: Ipv6Route = { data: new Uint8Array(4) };

export function decodeIpv6Routing(layer: Ipv6RoutingView): Ipv6RoutingFields {
  return {
    nextHeader: layer.nextHeader,
    length: layer.length,
    type: layer.type,
    segmentsLeft: layer.segmentsLeft,
    route: layer.route,
  };
}

/** Bytes of a routing header with this route, a multiple of 8. */
export function ipv6RoutingBytes(f: Ipv6RoutingInput): number {
  return ROUTING_FIXED_BYTES + encodeRoute(f.route ?? NO_ROUTE).length;
}

/** Writes a routing header: all of it, or nothing where a field is wrong. */
export function encodeIpv6Routing(
  view: DataView,
  offset: number,
  f: Ipv6RoutingInput,
  place: Place,
): void {
  const { route = NO_ROUTE } = f;
  const data = encodeRoute(route);
  const bytes = ROUTING_FIXED_BYTES + data.length;
  const nextHeader = nextHeaderNumber(f.nextHeader, place, 'ipv6Routing');
  const length = uint(f.length ?? bytes / 8 - 1, 0xff, 'ipv6Routing', 'length');
  const type = uint(f.type ?? typeOfRoute(route), 0xff, 'ipv6Routing', 'type');
  const left = f.segmentsLeft ?? segmentsOfRoute(route);
  uint(left, 0xff, 'ipv6Routing', 'segmentsLeft');
  needRoom(view, offset, bytes, 'ipv6Routing');
  view.setUint8(offset + NEXT_HEADER, nextHeader);
  view.setUint8(offset + LENGTH, length);
  view.setUint8(offset + TYPE, type);
  view.setUint8(offset + SEGMENTS_LEFT, left);
  bytesOf(view, offset + ROUTING_FIXED_BYTES, offset + bytes).set(data);
}

export const ipv6RoutingProtocol: Protocol<
  'ipv6Routing',
  Ipv6RoutingFields,
  Ipv6RoutingView,
  Ipv6RoutingInput
> = defineProtocol({
  name: 'ipv6Routing',
  title: 'IPv6 Routing Header',
  short: 'IPv6',
  layout: ipv6RoutingLayout,
  space: 'ipProtocol',
  extension: true,
  fields: ['nextHeader', 'length', 'type', 'segmentsLeft', 'route'],
  derived: ['nextHeader', 'length'],
  problems: ipv6RoutingProblems,
  names: ipv6RoutingNames,
  wireshark: 'ipv6.routing',
  summary: (layer) => `Routing type ${layer.type}, ${layer.segmentsLeft} segments left`,
  check: checkIpv6Routing,
  layer: (view, offset, headerEnd, end) => new Ipv6RoutingView(view, offset, end, headerEnd),
  decode: decodeIpv6Routing,
  size: ipv6RoutingBytes,
  encode: encodeIpv6Routing,
  pseudo: pseudoBehind,
});

/** A routing header to build. */
export const ipv6Routing = layerMaker(ipv6RoutingProtocol);
