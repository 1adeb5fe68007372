/**
 * IPv6 destination options, RFC 8200 §4.6: what only the packet's destination looks at.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  nextHeader   |    length     |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { pseudoBehind } from './ipv6-ends.js';
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
} from './protocol.js';

export const ipv6DestinationLayout = optionsHeaderLayout('ipv6Destination');

const options = ipv6OptionList('ipv6Destination');

/** Finds the end of the header at `offset`: 0 where there is none. */
export function checkIpv6Destination(
  view: DataView,
  offset: number,
  end: number,
  out: Extent,
): number {
  return checkOptionsHeader(view, offset, end, out, 'destination');
}

/** A Destination header in place. */
export class Ipv6DestinationView extends Ipv6OptionsView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(
      view,
      offset,
      headerEnd || requireHeader(ipv6DestinationProtocol, view, offset, end),
      end,
    );
  }

  get descriptor(): Protocol {
    return ipv6DestinationProtocol;
  }

  get options(): Ipv6Option[] {
    return options.read(this.view, this.fixedEnd, this.headerEnd);
  }
}

/** Writes such a header: all of it, or nothing where a field is wrong. */
export function encodeIpv6Destination(
  view: DataView,
  offset: number,
  f: Ipv6OptionsInput,
  place: Place,
): void {
  encodeOptionsHeader(view, offset, f, place, options, 'ipv6Destination', 'destination');
}

export const ipv6DestinationProtocol: Protocol<
  'ipv6Destination',
  Ipv6OptionsFields,
  Ipv6DestinationView,
  Ipv6OptionsInput
> = defineProtocol({
  name: 'ipv6Destination',
  title: 'IPv6 Destination Options',
  short: 'IPv6',
  layout: ipv6DestinationLayout,
  space: 'ipProtocol',
  extension: true,
  fields: ['nextHeader', 'length', 'options'],
  derived: ['nextHeader', 'length'],
  problems: optionsHeaderProblems('IPV6DESTINATION', 'destination'),
  names: optionsHeaderNames(ipv6DestinationLayout, 'ipv6.dstopts'),
  wireshark: 'ipv6.dstopts',
  check: checkIpv6Destination,
  layer: (view, offset, headerEnd, end) => new Ipv6DestinationView(view, offset, end, headerEnd),
  decode: decodeOptionsHeader,
  size: (fields) => optionsHeaderBytes(fields, options),
  encode: encodeIpv6Destination,
  pseudo: pseudoBehind,
});

/** A layer of Destination options to build. */
export const ipv6Destination = layerMaker(ipv6DestinationProtocol);
