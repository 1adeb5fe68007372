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

type Side = 'actor' | 'partner';

function stateNames(side: Side): readonly FieldName[] {
  const at = side === 'actor' ? ACTOR_STATE : PARTNER_STATE;
  return Object.entries(LACP_STATE).map(([name, mask], i) => ({
    name: `lacp.${side}.state.${name}`,
    label: STATE_LABELS[i] as string,
    form: 'bool',
    each: ({ view, offset }, _place, emit) =>
      emit(view.getUint8(offset + at) & mask ? 1 : 0, (offset + at) * 8 + 7 - i, 1),
  }));
}

/** The names of what is said of one side; Wireshark labels the systems of the two unlike. */
function sideNames(side: Side, label: string, systemLabel: string): readonly FieldName<LacpView>[] {
  const start = `lacp.${side}`;
  const system = `${side}System` as const;
  return [
    numberName(
      lacpLayout,
      `${side}SystemPriority`,
      `${start}.sys_priority`,
      `${label} System Priority`,
    ),
    valueName(
      lacpLayout,
      system,
      `${start}.sysid`,
      systemLabel,
      'text',
      (layer: LacpView) => layer[system],
    ),
    numberName(lacpLayout, `${side}Key`, `${start}.key`, `${label} Key`),
    numberName(
      lacpLayout,
      `${side}PortPriority`,
      `${start}.port_priority`,
      `${label} Port Priority`,
    ),
    numberName(lacpLayout, `${side}Port`, `${start}.port`, `${label} Port`),
    numberName(lacpLayout, `${side}State`, `${start}.state`, `${label} State`, 'hex2'),
    ...stateNames(side),
    bytesName(lacpLayout, `${side}Reserved`, `${start}.reserved`, 'Reserved'),
  ];
}

const PARTS = ['actor', 'partner', 'collector'] as const;
const TYPE_NAMES = PARTS.map((part) =>
  numberName(lacpLayout, `${part}Type`, 'lacp.tlv_type', 'TLV Type', 'hex2'),
);
const LENGTH_NAMES = PARTS.map((part) =>
  numberName(lacpLayout, `${part}Length`, 'lacp.tlv_length', 'TLV Length', 'hex2'),
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
  ...sideNames('actor', 'Actor', 'Actor System ID'),
  ...sideNames('partner', 'Partner', 'Partner System'),
  numberName(lacpLayout, 'maxDelay', 'lacp.collector.max_delay', 'Collector Max Delay'),
];
