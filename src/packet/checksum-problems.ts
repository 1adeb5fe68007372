/** What can be said of a checksum: wrong, left to the network card, not there, not to be judged. */
import { foldSum } from '../bytes/checksum.js';
import {
  type HeaderView,
  noPseudo,
  type Place,
  type ProblemKind,
  type Protocol,
} from '../headers/protocol.js';

const field = 'checksum';

/** The problems of checksums: of every protocol that has one. */
export const CHECKSUM_PROBLEMS = {
  bad: {
    code: 'CHECKSUM_BAD',
    message: 'the checksum is wrong',
    field,
    rfc: 'RFC 1071',
  },
  zero: {
    code: 'CHECKSUM_ZERO',
    message: 'the checksum is 0, which this carrier forbids outside tunnels',
    field,
    rfc: 'RFC 8200 §8.1, RFC 6935',
  },
  absent: {
    code: 'CHECKSUM_ABSENT',
    message: 'the checksum is 0: there is none',
    severity: 'info',
    field,
    rfc: 'RFC 768, RFC 6935',
  },
  partial: {
    code: 'CHECKSUM_PARTIAL',
    message: 'the checksum is the sum of the pseudo-header: the network card was to finish it',
    severity: 'info',
    field,
    rfc: 'RFC 768, RFC 9293 §3.1',
  },
  unverified: {
    code: 'CHECKSUM_UNVERIFIED',
    message: 'the checksum can not be judged: not all the bytes that it covers are here',
    severity: 'info',
    field,
    rfc: 'RFC 1071',
  },
} as const satisfies Record<string, ProblemKind>;

/** Whether a tunnel's header follows that is cut, or may have followed where the capture ends. */
function tunnelCut({ headerEnd, end, wireEnd }: Place, broken: Protocol | undefined): boolean {
  return broken?.tunnel === true || (headerEnd === end && wireEnd > end);
}

/**
 * What is to be said of a layer's checksum; undefined: it is right, or there is none to judge.
 * `broken`: the protocol of which a header was looked for behind this layer, and none was found.
 */
export function checksumProblem(
  layer: HeaderView,
  place: Place,
  broken?: Protocol,
): ProblemKind | undefined {
  switch (layer.descriptor.checksumStatus(layer, place)) {
    case 0:
      return isPartial(layer, place) ? CHECKSUM_PROBLEMS.partial : CHECKSUM_PROBLEMS.bad;
    case 2:
      return place.pseudo < 0 ? undefined : CHECKSUM_PROBLEMS.unverified;
    case 3:
      // A tunnel's UDP over IPv4 is to have none (RFC 7348 §5, RFC 8926 §3.3).
      return place.tunnelAbove ? undefined : CHECKSUM_PROBLEMS.absent;
    case 4:
      return place.tunnelAbove || tunnelCut(place, broken)
        ? CHECKSUM_PROBLEMS.absent
        : CHECKSUM_PROBLEMS.zero;
    default:
      return undefined;
  }
}

/**
 * Whether the field holds the folded sum of the pseudo-header, not complemented: as a sender leaves
 * it whose network card is to add the rest (Linux: CHECKSUM_PARTIAL).
 */
function isPartial({ view, offset, end, via, descriptor }: HeaderView, place: Place): boolean {
  const at = descriptor.layout.fields.find((f) => f.name === field);
  // What gives transports a pseudo-header is none of them: IPv4's own checksum has none.
  const network = descriptor.pseudo !== noPseudo;
  if (at === undefined || at.bits !== 16 || place.pseudo < 0 || network) return false;
  return view.getUint16(offset + at.bit / 8) === foldSum(place.pseudo + via + (end - offset));
}
