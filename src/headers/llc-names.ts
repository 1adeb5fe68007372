/** Wireshark's names of LLC's fields. */
import type { LlcView } from './llc.js';
import type { FieldName, Form } from './protocol.js';

/** What a control field is of (IEEE 802.2 §5.2): Wireshark's numbers of the frame types. */
const INFORMATION = 0;
const SUPERVISORY = 1;
const UNNUMBERED = 3;

/** Offsets in the header. */
const DSAP = 0;
const SSAP = 1;
const CONTROL = 2;

function frameType({ control }: LlcView): number {
  return (control & 1) === 0 ? INFORMATION : control & 3;
}

/** Some bits of the header's byte `at`, the number `first` (0: the highest) and the next ones. */
function bitsName(
  name: string,
  label: string,
  form: Form,
  at: number,
  first: number,
  bits: number,
  has: (layer: LlcView) => boolean = () => true,
): FieldName<LlcView> {
  return {
    name,
    label,
    form,
    each: (layer, _place, emit) => {
      if (!has(layer)) return;
      const start = layer.offset + at;
      const value = (layer.view.getUint8(start) >>> (8 - first - bits)) & ((1 << bits) - 1);
      emit(value, start * 8 + first, bits);
    },
  };
}

/** The poll or final bit, which Wireshark shows where it is set. */
function pollName(
  name: string,
  label: string,
  has: (layer: LlcView) => boolean,
): FieldName<LlcView> {
  return {
    name,
    label,
    form: 'bool',
    each: (layer, _place, emit) => {
      if (!has(layer)) return;
      const at = layer.offset + CONTROL;
      const short = frameType(layer) === UNNUMBERED;
      const bit = short ? at * 8 + 3 : (at + 1) * 8 + 7;
      if (layer.control & (short ? 0x10 : 0x100)) emit(1, bit, 1);
    },
  };
}

/** The kind of an unnumbered frame: the bits beside the poll bit. */
function modifierName(name: string, label: string, response: boolean): FieldName<LlcView> {
  return {
    name,
    label,
    form: 'hex2',
    each: (layer, _place, emit) => {
      if (frameType(layer) !== UNNUMBERED || isResponse(layer) !== response) return;
      emit((layer.control & 0xec) >>> 2, (layer.offset + CONTROL) * 8, 8);
    },
  };
}

const isResponse = ({ ssap }: LlcView): boolean => (ssap & 1) === 1;
/** Whether the poll bit is the final one: in responses, but those with information. */
const isFinal = (layer: LlcView): boolean => isResponse(layer) && frameType(layer) !== INFORMATION;

export const llcNames: readonly FieldName<LlcView>[] = [
  bitsName('llc.dsap', 'DSAP', 'hex2', DSAP, 0, 8),
  bitsName('llc.dsap.sap', 'SAP', 'dec', DSAP, 0, 7),
  bitsName('llc.dsap.ig', 'IG Bit', 'bool', DSAP, 7, 1),
  bitsName('llc.ssap', 'SSAP', 'hex2', SSAP, 0, 8),
  bitsName('llc.ssap.sap', 'SAP', 'dec', SSAP, 0, 7),
  bitsName('llc.ssap.cr', 'CR Bit', 'bool', SSAP, 7, 1),
  {
    name: 'llc.control',
    label: 'Control',
    form: 'hex4',
    each: (layer, _place, emit) => {
      const at = layer.offset + CONTROL;
      emit(layer.control, at * 8, (layer.headerEnd - at) * 8);
    },
  },
  bitsName('llc.control.n_r', 'N(R)', 'dec', CONTROL + 1, 0, 7, (l) => frameType(l) !== UNNUMBERED),
  bitsName('llc.control.n_s', 'N(S)', 'dec', CONTROL, 0, 7, (l) => frameType(l) === INFORMATION),
  pollName('llc.control.p', 'Poll', (layer) => !isFinal(layer)),
  pollName('llc.control.f', 'Final', isFinal),
  bitsName(
    'llc.control.s_ftype',
    'Supervisory frame type',
    'hex4',
    CONTROL,
    4,
    2,
    (l) => frameType(l) === SUPERVISORY,
  ),
  modifierName('llc.control.u_modifier_cmd', 'Command', false),
  modifierName('llc.control.u_modifier_resp', 'Response', true),
  {
    name: 'llc.control.ftype',
    label: 'Frame type',
    form: 'hex4',
    each: (layer, _place, emit) => {
      const type = frameType(layer);
      const bits = type === INFORMATION ? 1 : 2;
      emit(type, (layer.offset + CONTROL) * 8 + 8 - bits, bits);
    },
  },
];
