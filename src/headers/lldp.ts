/** LLDP (IEEE 802.1AB §8.2): a list of TLVs, which `lldp-tlvs.ts` reads and writes, up to its end. */
import { headerLayout } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { lldpNames } from './lldp-names.js';
import {
  eachTlv,
  endOfTlv,
  LLDP_END,
  type LldpTlv,
  neededEnd,
  readTlvs,
  tlvBytes,
} from './lldp-tlvs.js';
import {
  bytesOf,
  defineProtocol,
  type Extent,
  HeaderView,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { needRoom } from './values.js';

/** No byte of it is at a fixed place. */
export const lldpLayout = headerLayout('lldp', []);

const problems: readonly ProblemKind[] = [
  {
    code: 'LLDP_LIST_CUT',
    message: 'the bytes end before the list of TLVs does',
    field: 'tlvs',
    rfc: 'IEEE 802.1AB §8.5.1',
    // The TLV that is cut, or the end of the list where it is missing.
    measure: (view, offset, end) => ({
      need:
        neededEnd(
          view,
          eachTlv(view, offset, end, () => {}),
          end,
        ) - offset,
      have: end - offset,
    }),
  },
];
const LIST_CUT = 1;

/** Finds the end of the list of TLVs at `offset`: 0 where it has none. */
export function checkLldp(view: DataView, offset: number, end: number, out: Extent): number {
  out.bodyEnd = end;
  out.next = -1;
  out.alternative = -1;
  let at = offset;
  while (at < end) {
    const next = endOfTlv(view, at, end);
    if (next === 0) break;
    if (view.getUint8(at) >>> 1 === LLDP_END) {
      // Nothing follows: what is left is the carrier's padding.
      out.bodyEnd = next;
      out.wireEnd = next;
      return next;
    }
    at = next;
  }
  out.problems |= LIST_CUT;
  return 0;
}

/** A list of TLVs in place. */
export class LldpView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(lldpProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return lldpProtocol;
  }

  /** Every TLV but the empty one that ends the list. */
  get tlvs(): LldpTlv[] {
    return readTlvs(this.view, this.offset, this.headerEnd);
  }
}

/** Every field. */
export interface LldpFields {
  /** TLVs without the empty one that ends the list; the first three are chassis, port and TTL. */
  readonly tlvs: readonly LldpTlv[];
}

/** What may be given. Absent: an empty list. */
export type LldpInput = Partial<LldpFields>;

export function decodeLldp(layer: LldpView): LldpFields {
  return { tlvs: layer.tlvs };
}

/** Bytes of the TLVs and the end of their list. */
export function lldpHeaderBytes(fields: LldpInput): number {
  return tlvBytes(fields.tlvs ?? []).length;
}

/** Writes the TLVs and the end of their list: all of it, or nothing where one is wrong. */
export function encodeLldp(view: DataView, offset: number, fields: LldpInput): void {
  const bytes = tlvBytes(fields.tlvs ?? []);
  needRoom(view, offset, bytes.length, 'lldp');
  bytesOf(view, offset, offset + bytes.length).set(bytes);
}

function summary(layer: LldpView): string {
  const texts = layer.tlvs.map((tlv) => (tlv.kind === 'systemName' ? `System ${tlv.text}` : ''));
  return texts.find((text) => text !== '') ?? `${texts.length} TLVs`;
}

export const lldpProtocol: Protocol<'lldp', LldpFields, LldpView, LldpInput> = defineProtocol({
  name: 'lldp',
  title: 'Link Layer Discovery Protocol',
  layout: lldpLayout,
  fields: ['tlvs'],
  problems,
  names: lldpNames,
  summary,
  check: checkLldp,
  layer: (view, offset, headerEnd, end) => new LldpView(view, offset, end, headerEnd),
  decode: decodeLldp,
  size: lldpHeaderBytes,
  encode: encodeLldp,
});

/** An LLDP data unit to build. */
export const lldp = layerMaker(lldpProtocol);
