/**
 * IPv6 hop-by-hop options, RFC 8200 §4.3: what every router on the way may look at.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  nextHeader   |    length     |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { type Ipv6Option, ipv6OptionList } from './ipv6-options.js';
import {
  checkOptionsHeader,
  decodeOptionsHeader,
  encodeOptionsHeader,
  type Ipv6OptionsFields,
  type Ipv6OptionsInput,
  Ipv6OptionsView,
  optionsHeaderBytes,
  optionsHeaderLayout,
  optionsHeaderNames,
  optionsHeaderProblems,
} from './ipv6-options-header.js';
import { layerMaker } from './layer-spec.js';
import {
  defineProtocol,
  type Extent,
  type Place,
  type Protocol,
  requireHeader,
  samePseudo,
} from './protocol.js';

export const ipv6HopByHopLayout = optionsHeaderLayout('ipv6HopByHop');

const options = ipv6OptionList('ipv6HopByHop');

/** Finds the end of the header at `offset`: 0 where there is none. */
export function checkIpv6HopByHop(
  view: DataView,
  offset: number,
  end: number,
  out: Extent,
): number {
  return checkOptionsHeader(view, offset, end, out, 'hopByHop');
}

/** A Hop-by-Hop header in place. */
export class Ipv6HopByHopView extends Ipv6OptionsView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ipv6HopByHopProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ipv6HopByHopProtocol;
  }

  get options(): Ipv6Option[] {
    return options.read(this.view, this.fixedEnd, this.headerEnd);
  }
}

/** Writes such a header: all of it, or nothing where a field is wrong. */
export function encodeIpv6HopByHop(
  view: DataView,
  offset: number,
  f: Ipv6OptionsInput,
  place: Place,
): void {
  encodeOptionsHeader(view, offset, f, place, options, 'ipv6HopByHop', 'hopByHop');
}

export const ipv6HopByHopProtocol: Protocol<
  'ipv6HopByHop',
  Ipv6OptionsFields,
  Ipv6HopByHopView,
  Ipv6OptionsInput
> = defineProtocol({
  name: 'ipv6HopByHop',
  title: 'IPv6 Hop-by-Hop Options',
  short: 'IPv6',
  layout: ipv6HopByHopLayout,
  space: 'ipProtocol',
  extension: true,
  fields: ['nextHeader', 'length', 'options'],
  derived: ['nextHeader', 'length'],
  problems: optionsHeaderProblems('IPV6HOPBYHOP', 'hopByHop'),
  names: optionsHeaderNames(ipv6HopByHopLayout, 'ipv6.hopopts'),
  wireshark: 'ipv6.hopopts',
  check: checkIpv6HopByHop,
  layer: (view, offset, headerEnd, end) => new Ipv6HopByHopView(view, offset, end, headerEnd),
  decode: decodeOptionsHeader,
  size: (fields) => optionsHeaderBytes(fields, options),
  encode: encodeIpv6HopByHop,
  pseudo: samePseudo,
});

/** A layer of Hop-by-Hop options to build. */
export const ipv6HopByHop = layerMaker(ipv6HopByHopProtocol);
