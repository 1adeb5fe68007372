/**
 * OSPF: the header of version 2 (RFC 2328 §A.3.1) and of version 3 (RFC 5340 §A.3.1). Version 2
 * has eight bytes of authentication behind it, which are the body's first here.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |    version    |     type      |            length             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           routerId                            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                            areaId                             |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           checksum            |           authType            |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { formatIpv4 } from '../bytes/address.js';
import { finishSum, foldSum, sumBytes } from '../bytes/checksum.js';
import { headerLayout, offsetOf, u8, u16, u32 } from '../bytes/layout.js';
import { layerMaker } from './layer-spec.js';
import { numberName, valueName } from './names.js';
import { IP_PROTOCOL } from './numbers.js';
import {
  bytesOf,
  type ChecksumStatus,
  defineProtocol,
  type Extent,
  endBody,
  type FieldName,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  requireHeader,
} from './protocol.js';
import { ipv4Word, needRoom, uint } from './values.js';

export const ospfLayout = headerLayout('ospf', [
  u8('version'),
  u8('type'),
  u16('length'),
  u32('routerId'),
  u32('areaId'),
  u16('checksum'),
  u16('authType'),
]);

const VERSION = offsetOf(ospfLayout, 'version');
const TYPE = offsetOf(ospfLayout, 'type');
const LENGTH = offsetOf(ospfLayout, 'length');
const ROUTER_ID = offsetOf(ospfLayout, 'routerId');
const AREA_ID = offsetOf(ospfLayout, 'areaId');
const CHECKSUM = offsetOf(ospfLayout, 'checksum');
const AUTH_TYPE = offsetOf(ospfLayout, 'authType');

/** Bytes of an OSPF header. */
export const OSPF_HEADER_BYTES = ospfLayout.span;

/** Bytes of version 2's authentication, which its checksum leaves out. */
const AUTH_BYTES = 8;
/** A keyed digest (RFC 2328 §D.3) takes the place of the checksum. */
const KEYED_DIGEST = 2;
const NO_ADDRESS = '0.0.0.0';

const problems: readonly ProblemKind[] = [
  {
    code: 'OSPF_HEADER_CUT',
    message: 'the bytes end inside the OSPF header',
    rfc: 'RFC 2328 §A.3.1',
    measure: (_view, offset, end) => ({ need: OSPF_HEADER_BYTES, have: end - offset }),
  },
  {
    code: 'OSPF_LENGTH_UNDER_HEADER',
    message: 'the length is less than the header',
    field: 'length',
    rfc: 'RFC 2328 §A.3.1',
    measure: (view, offset) => ({
      need: OSPF_HEADER_BYTES,
      have: view.getUint16(offset + LENGTH),
    }),
    ofField: true,
  },
  {
    code: 'OSPF_LENGTH_PAST_END',
    message: 'the length says more bytes than the carrier holds',
    field: 'length',
    rfc: 'RFC 2328 §A.3.1',
    measure: (view, offset, end) => ({
      need: view.getUint16(offset + LENGTH),
      have: end - offset,
    }),
  },
];
const HEADER_CUT = 1;
const LENGTH_UNDER_HEADER = 2;
const LENGTH_PAST_END = 4;

/** Finds the end of the OSPF header at `offset`: 0 where there is none. */
export function checkOspf(view: DataView, offset: number, end: number, out: Extent): number {
  const headerEnd = offset + OSPF_HEADER_BYTES;
  out.bodyEnd = end;
  out.alternative = -1;
  if (headerEnd > end) {
    out.problems |= HEADER_CUT;
    return 0;
  }
  out.next = -1;
  const length = view.getUint16(offset + LENGTH);
  if (length < OSPF_HEADER_BYTES) out.problems |= LENGTH_UNDER_HEADER;
  else if (!endBody(out, offset + length, end)) out.problems |= LENGTH_PAST_END;
  return headerEnd;
}

/** An OSPF header in place. */
export class OspfView extends HeaderView {
  /** Throws `NOT_A_HEADER` where the bytes at `offset` are none. */
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(ospfProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return ospfProtocol;
  }

  /** 2 or 3. */
  get version(): number {
    return this.view.getUint8(this.offset + VERSION);
  }

  set version(value: number) {
    this.view.setUint8(this.offset + VERSION, uint(value, 0xff, 'ospf', 'version'));
  }

  /** 1: hello, 2: database description, 3: request, 4: update, 5: acknowledgement. */
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint8(this.offset + TYPE, uint(value, 0xff, 'ospf', 'type'));
  }

  /** Bytes of header and body. */
  get length(): number {
    return this.view.getUint16(this.offset + LENGTH);
  }

  set length(value: number) {
    this.view.setUint16(this.offset + LENGTH, uint(value, 0xffff, 'ospf', 'length'));
  }

  get routerId(): string {
    return formatIpv4(this.view.getUint32(this.offset + ROUTER_ID));
  }

  set routerId(value: string) {
    this.view.setUint32(this.offset + ROUTER_ID, ipv4Word(value, 'ospf', 'routerId'));
  }

  get areaId(): string {
    return formatIpv4(this.view.getUint32(this.offset + AREA_ID));
  }

  set areaId(value: string) {
    this.view.setUint32(this.offset + AREA_ID, ipv4Word(value, 'ospf', 'areaId'));
  }

  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }

  set checksum(value: number) {
    this.view.setUint16(this.offset + CHECKSUM, uint(value, 0xffff, 'ospf', 'checksum'));
  }

  /** Version 2: 0 none, 1 a password, 2 a keyed digest. Version 3: the instance, in the high byte. */
  get authType(): number {
    return this.view.getUint16(this.offset + AUTH_TYPE);
  }

  set authType(value: number) {
    this.view.setUint16(this.offset + AUTH_TYPE, uint(value, 0xffff, 'ospf', 'authType'));
  }
}

/** Every field of an OSPF header. */
export interface OspfFields {
  /** 2 or 3. */
  readonly version: number;
  /** 1: hello, 2: database description, 3: request, 4: update, 5: acknowledgement. */
  readonly type: number;
  /** Bytes of header and body. */
  readonly length: number;
  readonly routerId: string;
  readonly areaId: string;
  readonly checksum: number;
  /** Version 2: 0 none, 1 a password, 2 a keyed digest. Version 3: the instance, in the high byte. */
  readonly authType: number;
}

/** What may be given. Absent: lengths and checksum are computed; version 2, a hello, else 0. */
export interface OspfInput extends Partial<Omit<OspfFields, 'checksum'>> {
  readonly checksum?: number | 'computed';
}

export function decodeOspf(layer: OspfView): OspfFields {
  return {
    version: layer.version,
    type: layer.type,
    length: layer.length,
    routerId: layer.routerId,
    areaId: layer.areaId,
    checksum: layer.checksum,
    authType: layer.authType,
  };
}

/** Writes an OSPF header: all of it, or nothing where a field is wrong. */
export function encodeOspf(view: DataView, offset: number, fields: OspfInput, place: Place): void {
  const given = fields.checksum === 'computed' ? 0 : (fields.checksum ?? 0);
  const version = uint(fields.version ?? 2, 0xff, 'ospf', 'version');
  const type = uint(fields.type ?? 1, 0xff, 'ospf', 'type');
  const length = uint(fields.length ?? place.end - offset, 0xffff, 'ospf', 'length');
  const routerId = ipv4Word(fields.routerId ?? NO_ADDRESS, 'ospf', 'routerId');
  const areaId = ipv4Word(fields.areaId ?? NO_ADDRESS, 'ospf', 'areaId');
  const checksum = uint(given, 0xffff, 'ospf', 'checksum');
  const authType = uint(fields.authType ?? 0, 0xffff, 'ospf', 'authType');
  needRoom(view, offset, OSPF_HEADER_BYTES, 'ospf');
  view.setUint8(offset + VERSION, version);
  view.setUint8(offset + TYPE, type);
  view.setUint16(offset + LENGTH, length);
  view.setUint32(offset + ROUTER_ID, routerId);
  view.setUint32(offset + AREA_ID, areaId);
  view.setUint16(offset + CHECKSUM, checksum);
  view.setUint16(offset + AUTH_TYPE, authType);
}

/** Writes the checksum where it is to be computed: not in front of a keyed digest. */
export function sealOspf(view: DataView, offset: number, fields: OspfInput, place: Place): void {
  const { checksum } = fields;
  if (checksum !== undefined && checksum !== 'computed') return;
  if (!isSummed(view, offset)) return;
  view.setUint16(offset + CHECKSUM, 0);
  view.setUint16(offset + CHECKSUM, finishSum(ospfSum(view, offset, place)));
}

/** Whether the checksum is one: a keyed digest leaves it 0 (RFC 2328 §D.4.3). */
function isSummed(view: DataView, offset: number): boolean {
  return (
    view.getUint8(offset + VERSION) !== 2 || view.getUint16(offset + AUTH_TYPE) !== KEYED_DIGEST
  );
}

function ospfSum(view: DataView, offset: number, place: Place): number {
  const { end } = place;
  if (view.getUint8(offset + VERSION) !== 2) {
    const pseudo = Math.max(place.pseudo, 0) + IP_PROTOCOL.OSPF + (end - offset);
    return sumBytes(view, offset, end, pseudo);
  }
  const auth = offset + OSPF_HEADER_BYTES;
  const rest = Math.min(auth + AUTH_BYTES, end);
  return sumBytes(view, rest, end, sumBytes(view, offset, auth));
}

function checksumStatus(layer: OspfView, place: Place): ChecksumStatus | undefined {
  const { view, offset } = layer;
  if (!isSummed(view, offset)) return undefined;
  const cut = place.wireEnd > place.end || offset + layer.length > place.end;
  if (cut || (layer.version !== 2 && place.pseudo < 0)) return 2;
  return foldSum(ospfSum(view, offset, place)) === 0xffff ? 1 : 0;
}

/** A name that one version has. */
function inVersion(version: number, field: FieldName): FieldName<OspfView> {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (layer.version === version) field.each(layer, place, emit);
    },
  };
}

const names: readonly FieldName<OspfView>[] = [
  numberName(ospfLayout, 'version', 'ospf.version', 'Version'),
  numberName(ospfLayout, 'type', 'ospf.msg', 'Message Type'),
  numberName(ospfLayout, 'length', 'ospf.packet_length', 'Packet Length'),
  valueName(
    ospfLayout,
    'routerId',
    'ospf.srcrouter',
    'Source OSPF Router',
    'text',
    (l: OspfView) => l.routerId,
  ),
  valueName(ospfLayout, 'areaId', 'ospf.area_id', 'Area ID', 'text', (l: OspfView) => l.areaId),
  numberName(ospfLayout, 'checksum', 'ospf.checksum', 'Checksum', 'hex4'),
  inVersion(2, numberName(ospfLayout, 'authType', 'ospf.auth.type', 'Auth Type')),
  inVersion(2, {
    name: 'ospf.auth.none',
    label: 'Auth Data (none)',
    form: 'bytes',
    each: ({ view, headerEnd, end }, _place, emit) => {
      if (view.getUint16(headerEnd - 2) !== 0 || headerEnd + AUTH_BYTES > end) return;
      emit(bytesOf(view, headerEnd, headerEnd + AUTH_BYTES), headerEnd * 8, AUTH_BYTES * 8);
    },
  }),
  inVersion(3, {
    name: 'ospf.instance_id',
    label: 'Instance ID',
    form: 'dec',
    each: ({ view, offset }, _place, emit) =>
      emit(view.getUint8(offset + AUTH_TYPE), (offset + AUTH_TYPE) * 8, 8),
  }),
];

export const ospfProtocol: Protocol<'ospf', OspfFields, OspfView, OspfInput> = defineProtocol({
  name: 'ospf',
  title: 'Open Shortest Path First',
  ownBody: true,
  fields: ospfLayout.fields.map((field) => field.name),
  derived: ['length', 'checksum'],
  lengthField: 'length',
  declared: (layer) => layer.length,
  seal: sealOspf,
  checksumStatus,
  summary: (layer) => `Version ${layer.version}, type ${layer.type}, router ${layer.routerId}`,
  layout: ospfLayout,
  problems,
  names,
  check: checkOspf,
  layer: (view, offset, headerEnd, end) => new OspfView(view, offset, end, headerEnd),
  decode: decodeOspf,
  size: () => OSPF_HEADER_BYTES,
  encode: encodeOspf,
});

/** An OSPF header to build. */
export const ospf = layerMaker(ospfProtocol);
