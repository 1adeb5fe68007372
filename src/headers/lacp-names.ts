/** Wireshark's names of LACP's fields. */
import type { LacpView } from './lacp.js';
import { ACTOR_STATE, LACP_STATE, lacpLayout, PARTNER_STATE } from './lacp-wire.js';
import { bytesName, eitherName, numberName, valueName } from './names.js';
import type { FieldName } from './protocol.js';

/** Wireshark's labels of the state's bits, from the least significant. */
const STATE_LABELS: readonly string[] = [
  'LACP Activity',
  'LACP Timeout',
  'Aggregation',
  'Synchronization',
  'Collecting',
  'Distributing',
  'Defaulted',
  'Expired',
];

function stateNames(side: 'actor' | 'partner'): readonly FieldName[] {
  const at = side === 'actor' ? ACTOR_STATE : PARTNER_STATE;
  return Object.entries(LACP_STATE).map(([name, mask], i) => ({
    name: `lacp.${side}.state.${name}`,
    label: STATE_LABELS[i] as string,
    form: 'bool',
    each: ({ view, offset }, _place, emit) =>
      emit(view.getUint8(offset + at) & mask ? 1 : 0, (offset + at) * 8 + 7 - i, 1),
  }));
}

const SIDES = ['actor', 'partner', 'collector'] as const;
const TYPE_NAMES = SIDES.map((side) =>
  numberName(lacpLayout, `${side}Type`, 'lacp.tlv_type', 'TLV Type', 'hex2'),
);
const LENGTH_NAMES = SIDES.map((side) =>
  numberName(lacpLayout, `${side}Length`, 'lacp.tlv_length', 'TLV Length', 'hex2'),
);

/** Reserved bytes behind the collector's delay; the terminator follows them. */
const COLLECTOR_RESERVED = 12;

/** The terminator's byte `at` too, which is behind what has a meaning. */
function withTerminator(field: FieldName, at: number): FieldName {
  return {
    ...field,
    each: (layer, place, emit) => {
      field.each(layer, place, emit);
      const byte = layer.headerEnd + COLLECTOR_RESERVED + at;
      if (byte < layer.end) emit(layer.view.getUint8(byte), byte * 8, 8);
    },
  };
}

/** Wireshark's names. */
export const lacpNames: readonly FieldName<LacpView>[] = [
  numberName(lacpLayout, 'version', 'lacp.version', 'LACP Version', 'hex2'),
  withTerminator(eitherName('lacp.tlv_type', 'TLV Type', TYPE_NAMES), 0),
  withTerminator(eitherName('lacp.tlv_length', 'TLV Length', LENGTH_NAMES), 1),
  numberName(lacpLayout, 'actorSystemPriority', 'lacp.actor.sys_priority', 'Actor System Priority'),
  valueName(
    lacpLayout,
    'actorSystem',
    'lacp.actor.sysid',
    'Actor System ID',
    'text',
    (layer: LacpView) => layer.actorSystem,
  ),
  numberName(lacpLayout, 'actorKey', 'lacp.actor.key', 'Actor Key'),
  numberName(lacpLayout, 'actorPortPriority', 'lacp.actor.port_priority', 'Actor Port Priority'),
  numberName(lacpLayout, 'actorPort', 'lacp.actor.port', 'Actor Port'),
  numberName(lacpLayout, 'actorState', 'lacp.actor.state', 'Actor State', 'hex2'),
  ...stateNames('actor'),
  bytesName(lacpLayout, 'actorReserved', 'lacp.actor.reserved', 'Reserved'),
  numberName(
    lacpLayout,
    'partnerSystemPriority',
    'lacp.partner.sys_priority',
    'Partner System Priority',
  ),
  valueName(
    lacpLayout,
    'partnerSystem',
    'lacp.partner.sysid',
    'Partner System',
    'text',
    (layer: LacpView) => layer.partnerSystem,
  ),
  numberName(lacpLayout, 'partnerKey', 'lacp.partner.key', 'Partner Key'),
  numberName(
    lacpLayout,
    'partnerPortPriority',
    'lacp.partner.port_priority',
    'Partner Port Priority',
  ),
  numberName(lacpLayout, 'partnerPort', 'lacp.partner.port', 'Partner Port'),
  numberName(lacpLayout, 'partnerState', 'lacp.partner.state', 'Partner State', 'hex2'),
  ...stateNames('partner'),
  bytesName(lacpLayout, 'partnerReserved', 'lacp.partner.reserved', 'Reserved'),
  numberName(lacpLayout, 'maxDelay', 'lacp.collector.max_delay', 'Collector Max Delay'),
];
