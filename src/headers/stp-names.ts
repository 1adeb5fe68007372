/** Wireshark's names of the spanning tree's fields. */
import { numberName, valueName } from './names.js';
import type { FieldName, Form } from './protocol.js';
import type { StpView } from './stp.js';
import { FLAGS, PRIORITY_STEP, RAPID, stpLayout } from './stp-wire.js';

/** The version of MSTP, and where its part (802.1Q §14.4) is behind the configuration. */
const MSTP = 3;
/** Its length, 16 bits, which counts what is behind it. */
const MSTP_LENGTH = 1;
/** The trees' messages, so many bytes each, which begin with their flags. */
const MSTP_TREES = 67;
const TREE_BYTES = 16;

/** A name that only configuration BPDUs have. */
function long(field: FieldName): FieldName<StpView> {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (layer.isConfiguration) field.each(layer, place, emit);
    },
  };
}

type NumberKey = (typeof stpLayout.fields)[number]['name'];

function longNumber(
  field: NumberKey,
  name: string,
  label: string,
  form: Form = 'dec',
): FieldName<StpView> {
  return long(numberName(stpLayout, field, name, label, form));
}

/** A value that Wireshark shows in another unit, or as text. */
function longValue(
  field: NumberKey,
  name: string,
  label: string,
  form: Form,
  read: (layer: StpView) => number | string,
): FieldName<StpView> {
  return long(
    valueName<StpView, NumberKey>(stpLayout, field, name, label, form, read) as FieldName,
  );
}

/** Some bits, the lowest the number `bit`, of the flags and of those of each tree of MSTP. */
function flagBits(name: string, label: string, bit: number, bits = 1): FieldName<StpView> {
  return {
    name: `stp.flags.${name}`,
    label,
    form: bits === 1 ? 'bool' : 'dec',
    each: (layer, _place, emit) => {
      if (!layer.isConfiguration) return;
      const { view, end } = layer;
      const tell = (at: number): void =>
        emit((view.getUint8(at) >>> bit) & ((1 << bits) - 1), at * 8 + 8 - bit - bits, bits);
      tell(layer.offset + FLAGS);
      const trees = layer.headerEnd + MSTP_TREES;
      if (layer.version !== MSTP || trees > end) return;
      const length = view.getUint16(layer.headerEnd + MSTP_LENGTH);
      const stop = Math.min(layer.headerEnd + MSTP_LENGTH + 2 + length, end);
      for (let at = trees; at + TREE_BYTES <= stop; at += TREE_BYTES) tell(at);
    },
  };
}

/** A name that GARP has not, which has the same LLC number. */
function whereStp(field: FieldName): FieldName<StpView> {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (layer.protocol === 0) field.each(layer, place, emit);
    },
  };
}

/** A bit that only the rapid BPDU has a meaning for (802.1D-2004 §9.3.3). */
function rapid(field: FieldName<StpView>): FieldName<StpView> {
  return {
    ...field,
    each: (layer, place, emit) => {
      if (layer.isConfiguration && layer.type === RAPID) field.each(layer, place, emit);
    },
  };
}

/** Wireshark's names. */
export const stpNames: readonly FieldName<StpView>[] = [
  whereStp(numberName(stpLayout, 'protocol', 'stp.protocol', 'Protocol Identifier', 'hex4')),
  whereStp(numberName(stpLayout, 'version', 'stp.version', 'Protocol Version Identifier')),
  whereStp(numberName(stpLayout, 'type', 'stp.type', 'BPDU Type', 'hex2')),
  longNumber('flags', 'stp.flags', 'BPDU flags', 'hex2'),
  flagBits('tcack', 'Topology Change Acknowledgment', 7),
  rapid(flagBits('agreement', 'Agreement', 6)),
  rapid(flagBits('forwarding', 'Forwarding', 5)),
  rapid(flagBits('learning', 'Learning', 4)),
  rapid(flagBits('port_role', 'Port Role', 2, 2)),
  rapid(flagBits('proposal', 'Proposal', 1)),
  flagBits('tc', 'Topology Change', 0),
  longValue(
    'rootPriority',
    'stp.root.prio',
    'Root Bridge Priority',
    'dec',
    (l) => l.rootPriority * PRIORITY_STEP,
  ),
  longNumber('rootExtension', 'stp.root.ext', 'Root Bridge System ID Extension'),
  longValue('rootMac', 'stp.root.hw', 'Root Bridge System ID', 'text', (l) => l.rootMac),
  longNumber('rootCost', 'stp.root.cost', 'Root Path Cost'),
  longValue(
    'bridgePriority',
    'stp.bridge.prio',
    'Bridge Priority',
    'dec',
    (l) => l.bridgePriority * PRIORITY_STEP,
  ),
  longNumber('bridgeExtension', 'stp.bridge.ext', 'Bridge System ID Extension'),
  longValue('bridgeMac', 'stp.bridge.hw', 'Bridge System ID', 'text', (l) => l.bridgeMac),
  longNumber('port', 'stp.port', 'Port identifier', 'hex4'),
  longValue('messageAge', 'stp.msg_age', 'Message Age', 'dec', (l) => l.messageAge / 256),
  longValue('maxAge', 'stp.max_age', 'Max Age', 'dec', (l) => l.maxAge / 256),
  longValue('helloTime', 'stp.hello', 'Hello Time', 'dec', (l) => l.helloTime / 256),
  longValue('forwardDelay', 'stp.forward', 'Forward Delay', 'dec', (l) => l.forwardDelay / 256),
  rapid({
    name: 'stp.version_1_length',
    label: 'Version 1 Length',
    form: 'dec',
    each: ({ view, headerEnd, end }, _place, emit) => {
      if (headerEnd < end) emit(view.getUint8(headerEnd), headerEnd * 8, 8);
    },
  }),
];
