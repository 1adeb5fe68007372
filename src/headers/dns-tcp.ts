/**
 * DNS messages in TCP (RFC 1035 §4.2.2): a length stands in front of each. A segment is read as long
 * as it holds whole messages; what is in several segments is reassembly's matter.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |            length             |              id               |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |r|opcode |a|t|r|r|z|a|c| rcode |         questionCount         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |          answerCount          |        authorityCount         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |        additionalCount        |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { DnsView } from './dns.js';
import {
  DNS_DERIVED,
  DNS_FIELDS,
  type DnsFields,
  decodeDns,
  dnsMessageBytes,
  encodeDns,
} from './dns-fields.js';
import { dnsTcpNames } from './dns-names.js';
import { dnsSummary } from './dns-summary.js';
import {
  checkDnsTcp,
  DNS_LENGTH_BYTES,
  dnsTcpLayout,
  dnsTcpProblems,
  NEXT_MESSAGE,
} from './dns-wire.js';
import { layerMaker } from './layer-spec.js';
import { defineProtocol, type Protocol, requireHeader } from './protocol.js';
import { needRoom, uint } from './values.js';

/** A DNS message of a TCP segment in place. */
export class DnsTcpView extends DnsView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, end, headerEnd || requireHeader(dnsTcpProtocol, view, offset, end));
  }

  override get descriptor(): Protocol {
    return dnsTcpProtocol;
  }

  /** Bytes of the message. Fixed once the view is made: it says where the message ends. */
  get length(): number {
    return this.view.getUint16(this.offset);
  }
}

/** Every field of a DNS message in TCP. */
export interface DnsTcpFields extends DnsFields {
  /** Bytes of the message, 12–65535. */
  readonly length: number;
}

/** What may be given of a DNS message in TCP. Absent: as in UDP, and the length is computed. */
export type DnsTcpInput = Partial<DnsTcpFields>;

export function decodeDnsTcp(layer: DnsTcpView): DnsTcpFields {
  return { length: layer.length, ...decodeDns(layer) };
}

/** Writes a DNS message and its length: all of it, or nothing where a field is wrong. */
export function encodeDnsTcp(view: DataView, offset: number, fields: DnsTcpInput): void {
  const bytes = dnsMessageBytes(fields, 'dnsTcp');
  const length = uint(fields.length ?? bytes, 0xffff, 'dnsTcp', 'length');
  needRoom(view, offset, DNS_LENGTH_BYTES + bytes, 'dnsTcp');
  encodeDns(view, offset + DNS_LENGTH_BYTES, fields, 'dnsTcp');
  view.setUint16(offset, length);
}

export const dnsTcpProtocol: Protocol<'dnsTcp', DnsTcpFields, DnsTcpView, DnsTcpInput> =
  defineProtocol<'dnsTcp', DnsTcpFields, DnsTcpView, DnsTcpInput>({
    name: 'dnsTcp',
    title: 'Domain Name System',
    short: 'DNS',
    layout: dnsTcpLayout,
    space: 'dnsTcp',
    fields: ['length', ...DNS_FIELDS],
    derived: ['length', ...DNS_DERIVED],
    problems: dnsTcpProblems,
    names: dnsTcpNames,
    wireshark: 'dns',
    // Wireshark names them once, however many a segment holds.
    wiresharkName: (layer) => (layer.via === NEXT_MESSAGE ? '' : 'dns'),
    summary: dnsSummary,
    check: checkDnsTcp,
    layer: (view, offset, headerEnd, end) => new DnsTcpView(view, offset, end, headerEnd),
    decode: decodeDnsTcp,
    size: (fields) => DNS_LENGTH_BYTES + dnsMessageBytes(fields, 'dnsTcp'),
    encode: encodeDnsTcp,
  });

/** A DNS message in TCP to build. */
export const dnsTcp = layerMaker(dnsTcpProtocol);
