/** Wireshark's names of DNS messages. */
import { formatIpv4, readIpv6 } from '../bytes/address.js';
import type { HeaderLayout } from '../bytes/layout.js';
import { classOf, DNS_TYPE, TOP_BIT, ttlOf, typeOf } from './dns-records.js';
import { type DnsEntry, readName, textOf, walkDns } from './dns-walk.js';
import { dnsLayout, dnsTcpLayout } from './dns-wire.js';
import { numberName, rangeName } from './names.js';
import { UDP_PORT } from './numbers.js';
import type { FieldName, Form, HeaderView } from './protocol.js';

/** The members of a `DnsView` that its names ask for (the view itself imports this file). */
interface DnsLayer extends HeaderView {
  readonly start: number;
  readonly response: boolean;
}

type Name = FieldName<DnsLayer>;
/** Takes a value, and the bytes that it stands for (none: it is computed). */
type Tell = (value: number | string | Uint8Array, at: number, bytes: number) => void;

const isMdns = (layer: DnsLayer): boolean => layer.via === UDP_PORT.MDNS;

/** A name for something of each question (`section` 0) or each record (1). */
function entryName(
  kind: 'question' | 'record',
  name: string,
  label: string,
  form: Form,
  read: (layer: DnsLayer, entry: DnsEntry, tell: Tell) => void,
): Name {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      const { view, start, headerEnd } = layer;
      for (const entry of walkDns(view, start, headerEnd).entries) {
        if ((entry.section === 0) !== (kind === 'question')) continue;
        read(layer, entry, (value, at, bytes) => emit(value, at * 8, bytes * 8));
      }
    },
  };
}

const nameAt = ({ view, start, headerEnd }: DnsLayer, at: number) =>
  readName(view, start, at, headerEnd);
const UTF8 = new TextEncoder();

/** Wireshark's way to write the root. */
const shown = (text: string): string => (text === '.' ? '<Root>' : text);

function tellName(layer: DnsLayer, at: number, tell: Tell): void {
  const name = nameAt(layer, at);
  if (name !== undefined) tell(shown(name.text), at, name.end - at);
}

/** Something in the data of records of one type, which has at least `least` bytes. */
function dataName(
  type: number,
  name: string,
  label: string,
  form: Form,
  least: number,
  read: (layer: DnsLayer, entry: DnsEntry, tell: Tell) => void,
): Name {
  return entryName('record', name, label, form, (layer, entry, tell) => {
    if (typeOf(layer.view, entry) !== type || entry.end - entry.dataAt < least) return;
    read(layer, entry, tell);
  });
}

const u16Name = (type: number, name: string, label: string, at: number): Name =>
  dataName(type, name, label, 'dec', at + 2, ({ view }, { dataAt }, tell) =>
    tell(view.getUint16(dataAt + at), dataAt + at, 2),
  );

const inData = (type: number, name: string, label: string, at = 0): Name =>
  dataName(type, name, label, 'text', at + 1, (layer, { dataAt }, tell) =>
    tellName(layer, dataAt + at, tell),
  );

/** A number of a SOA record, `at` bytes behind its two names. */
const soaName = (name: string, label: string, at: number): Name =>
  dataName(DNS_TYPE.SOA, name, label, 'dec', 22, (layer, entry, tell) => {
    const mname = nameAt(layer, entry.dataAt);
    const rname = mname === undefined ? undefined : nameAt(layer, mname.end);
    if (rname === undefined || rname.end + at + 4 > entry.end) return;
    tell(layer.view.getUint32(rname.end + at), rname.end + at, 4);
  });

/** One of the three parts into which Wireshark takes the name of an SRV record. */
const srvName = (name: string, label: string, part: (labels: string[]) => string): Name =>
  dataName(DNS_TYPE.SRV, name, label, 'text', 0, (layer, { at, nameEnd }, tell) => {
    const whole = nameAt(layer, at);
    if (whole === undefined) return;
    const text = part(whole.text.split('.'));
    if (text !== '') tell(text, at, nameEnd - at);
  });

function textNames(what: 'length' | 'text'): Name {
  const form = what === 'length' ? 'dec' : 'text';
  const name = what === 'length' ? 'dns.txt.length' : 'dns.txt';
  const label = what === 'length' ? 'TXT Length' : 'TXT';
  return dataName(DNS_TYPE.TXT, name, label, form, 1, ({ view }, { dataAt, end }, tell) => {
    for (let at = dataAt; at < end; ) {
      const next = Math.min(at + 1 + view.getUint8(at), end);
      if (what === 'length') tell(view.getUint8(at), at, 1);
      else tell(textOf(view, at + 1, next) ?? '', at + 1, next - at - 1);
      at = next;
    }
  });
}

const isOpt = ({ view }: DnsLayer, entry: DnsEntry): boolean =>
  typeOf(view, entry) === DNS_TYPE.OPT;
const isSrv = ({ view }: DnsLayer, entry: DnsEntry): boolean =>
  typeOf(view, entry) === DNS_TYPE.SRV;

/** A part of the time to live, which OPT records have for something else (RFC 6891 §6.1.3). */
const optName = (
  name: string,
  label: string,
  form: Form,
  at: number,
  bytes: number,
  read: (ttl: number) => number,
): Name =>
  entryName('record', name, label, form, (layer, entry, tell) => {
    if (isOpt(layer, entry)) tell(read(ttlOf(layer.view, entry)), entry.nameEnd + at, bytes);
  });

const questionNames: readonly Name[] = [
  entryName('question', 'dns.qry.name', 'Name', 'text', (layer, entry, tell) =>
    tellName(layer, entry.at, tell),
  ),
  entryName('question', 'dns.qry.name.len', 'Name Length', 'dec', (layer, entry, tell) => {
    const name = nameAt(layer, entry.at);
    if (name !== undefined) tell(UTF8.encode(shown(name.text)).length, entry.at, 0);
  }),
  entryName('question', 'dns.count.labels', 'Label Count', 'dec', (layer, entry, tell) => {
    const name = nameAt(layer, entry.at);
    if (name !== undefined) tell(shown(name.text).split('.').length, entry.at, 0);
  }),
  entryName('question', 'dns.qry.type', 'Type', 'dec', ({ view }, entry, tell) =>
    tell(typeOf(view, entry), entry.nameEnd, 2),
  ),
  entryName('question', 'dns.qry.class', 'Class', 'hex4', (layer, entry, tell) => {
    const value = classOf(layer.view, entry);
    tell(isMdns(layer) ? value & ~TOP_BIT : value, entry.nameEnd + 2, isMdns(layer) ? 0 : 2);
  }),
  entryName('question', 'dns.qry.qu', '"QU" question', 'bool', (layer, entry, tell) => {
    if (isMdns(layer)) tell(classOf(layer.view, entry) & TOP_BIT, entry.nameEnd + 2, 0);
  }),
];

const recordNames: readonly Name[] = [
  entryName('record', 'dns.resp.name', 'Name', 'text', (layer, entry, tell) => {
    if (!isSrv(layer, entry)) tellName(layer, entry.at, tell);
  }),
  srvName('dns.srv.service', 'Service', ([service = '']) => service),
  srvName('dns.srv.proto', 'Protocol', ([, proto = '']) => proto),
  srvName('dns.srv.name', 'Name', (labels) => labels.slice(2).join('.')),
  entryName('record', 'dns.resp.type', 'Type', 'dec', ({ view }, entry, tell) =>
    tell(typeOf(view, entry), entry.nameEnd, 2),
  ),
  entryName('record', 'dns.resp.class', 'Class', 'hex4', (layer, entry, tell) => {
    if (isOpt(layer, entry)) return;
    const value = classOf(layer.view, entry);
    tell(isMdns(layer) ? value & ~TOP_BIT : value, entry.nameEnd + 2, isMdns(layer) ? 0 : 2);
  }),
  entryName('record', 'dns.resp.cache_flush', 'Cache flush', 'bool', (layer, entry, tell) => {
    if (!isMdns(layer)) return;
    tell(classOf(layer.view, entry) & TOP_BIT, entry.nameEnd + 2, 0);
  }),
  entryName('record', 'dns.rr.udp_payload_size', 'UDP payload size', 'dec', (l, entry, tell) => {
    if (isOpt(l, entry)) tell(classOf(l.view, entry), entry.nameEnd + 2, 2);
  }),
  entryName('record', 'dns.resp.ttl', 'Time to live', 'dec', (layer, entry, tell) => {
    if (!isOpt(layer, entry)) tell(ttlOf(layer.view, entry), entry.nameEnd + 4, 4);
  }),
  optName('dns.resp.ext_rcode', 'Higher bits in extended RCODE', 'hex2', 4, 1, (ttl) => ttl >>> 24),
  optName('dns.resp.edns0_version', 'EDNS0 version', 'dec', 5, 1, (ttl) => (ttl >>> 16) & 0xff),
  optName('dns.resp.z', 'Z', 'hex4', 6, 2, (ttl) => ttl & 0xffff),
  optName('dns.resp.z.do', 'DO bit', 'bool', 6, 0, (ttl) => ttl & 0x8000),
  entryName('record', 'dns.resp.len', 'Data length', 'dec', (_layer, entry, tell) =>
    tell(entry.end - entry.dataAt, entry.dataAt - 2, 2),
  ),
];

const heldNames: readonly Name[] = [
  dataName(DNS_TYPE.A, 'dns.a', 'Address', 'text', 4, ({ view }, { dataAt }, tell) =>
    tell(formatIpv4(view.getUint32(dataAt)), dataAt, 4),
  ),
  dataName(DNS_TYPE.AAAA, 'dns.aaaa', 'AAAA Address', 'text', 16, ({ view }, { dataAt }, tell) =>
    tell(readIpv6(view, dataAt), dataAt, 16),
  ),
  inData(DNS_TYPE.NS, 'dns.ns', 'Name Server'),
  inData(DNS_TYPE.CNAME, 'dns.cname', 'CNAME'),
  inData(DNS_TYPE.PTR, 'dns.ptr.domain_name', 'Domain Name'),
  inData(DNS_TYPE.DNAME, 'dns.dname', 'Dname'),
  u16Name(DNS_TYPE.MX, 'dns.mx.preference', 'Preference', 0),
  inData(DNS_TYPE.MX, 'dns.mx.mail_exchange', 'Mail Exchange', 2),
  u16Name(DNS_TYPE.SRV, 'dns.srv.priority', 'Priority', 0),
  u16Name(DNS_TYPE.SRV, 'dns.srv.weight', 'Weight', 2),
  u16Name(DNS_TYPE.SRV, 'dns.srv.port', 'Port', 4),
  inData(DNS_TYPE.SRV, 'dns.srv.target', 'Target', 6),
  inData(DNS_TYPE.SOA, 'dns.soa.mname', 'Primary name server'),
  dataName(DNS_TYPE.SOA, 'dns.soa.rname', 'Responsible authority', 'text', 22, (l, entry, tell) => {
    const mname = nameAt(l, entry.dataAt);
    if (mname !== undefined) tellName(l, mname.end, tell);
  }),
  soaName('dns.soa.serial_number', 'Serial Number', 0),
  soaName('dns.soa.refresh_interval', 'Refresh Interval', 4),
  soaName('dns.soa.retry_interval', 'Retry Interval', 8),
  soaName('dns.soa.expire_limit', 'Expire limit', 12),
  soaName('dns.soa.minimum_ttl', 'Minimum TTL', 16),
  textNames('length'),
  textNames('text'),
];

type Layout = HeaderLayout<(typeof dnsLayout.fields)[number]['name']>;

/** A name that only queries or only responses have. */
function only(response: boolean, field: FieldName): Name {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (layer.response === response) field.each(layer, place, emit);
    },
  };
}

/** The names of the header, from the layout that it has in its carrier. */
function headerNames(layout: Layout): readonly Name[] {
  const flagOf = (field: Parameters<typeof numberName<string>>[1], name: string, label: string) =>
    numberName(layout as HeaderLayout<string>, field, `dns.flags.${name}`, label, 'bool');
  return [
    numberName(layout, 'id', 'dns.id', 'Transaction ID', 'hex4'),
    rangeName(layout, 'response', 'rcode', 'dns.flags', 'Flags', 'hex4'),
    flagOf('response', 'response', 'Response'),
    numberName(layout, 'opcode', 'dns.flags.opcode', 'Opcode'),
    only(true, flagOf('authoritative', 'authoritative', 'Authoritative')),
    flagOf('truncated', 'truncated', 'Truncated'),
    flagOf('recursionDesired', 'recdesired', 'Recursion desired'),
    only(true, flagOf('recursionAvailable', 'recavail', 'Recursion available')),
    flagOf('z', 'z', 'Z'),
    only(true, flagOf('authenticData', 'authenticated', 'Answer authenticated')),
    flagOf('checkingDisabled', 'checkdisable', 'Non-authenticated data'),
    only(true, numberName(layout, 'rcode', 'dns.flags.rcode', 'Reply code')),
    numberName(layout, 'questionCount', 'dns.count.queries', 'Questions'),
    numberName(layout, 'answerCount', 'dns.count.answers', 'Answer RRs'),
    numberName(layout, 'authorityCount', 'dns.count.auth_rr', 'Authority RRs'),
    numberName(layout, 'additionalCount', 'dns.count.add_rr', 'Additional RRs'),
  ];
}

const bodyNames = [...questionNames, ...recordNames, ...heldNames];

export const dnsNames: readonly Name[] = [...headerNames(dnsLayout), ...bodyNames];
export const dnsTcpNames: readonly Name[] = [
  numberName(dnsTcpLayout, 'length', 'dns.length', 'Length'),
  ...headerNames(dnsTcpLayout as Layout),
  ...bodyNames,
];
