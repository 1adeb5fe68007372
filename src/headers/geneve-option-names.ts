/** Wireshark's names of Geneve options. */
import { readBits } from '../bytes/bits.js';
import {
  CLASS,
  eachGeneveOption,
  GENEVE_OPTION_HEADER_BYTES,
  LENGTH,
  TYPE,
} from './geneve-option-wire.js';
import { allOptionsName } from './names.js';
import { bytesOf, type FieldName, type HeaderView } from './protocol.js';

/** A field of every option: `bit` and `bits` within the option's header. */
function headerName(
  name: string,
  label: string,
  form: FieldName['form'],
  bit: number,
  width: number,
): FieldName {
  return {
    name,
    label,
    form,
    each: ({ view, fixedEnd, headerEnd }: HeaderView, _place, emit) => {
      eachGeneveOption(view, fixedEnd, headerEnd, (start) => {
        const at = start * 8 + bit;
        emit(readBits(view, at, width), at, width);
      });
    },
  };
}

/** Wireshark's names of the options. */
export const geneveOptionNames: readonly FieldName[] = [
  allOptionsName('geneve.options', 'Geneve Options'),
  {
    name: 'geneve.option',
    label: 'Option',
    form: 'bytes',
    hidden: true,
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      eachGeneveOption(view, fixedEnd, headerEnd, (start, end) =>
        emit(bytesOf(view, start, end), start * 8, (end - start) * 8),
      );
    },
  },
  headerName('geneve.option.class', 'Class', 'hex4', CLASS * 8, 16),
  headerName('geneve.option.type', 'Type', 'hex2', TYPE * 8, 8),
  headerName('geneve.option.type.critical', 'Critical Option', 'bool', TYPE * 8, 1),
  headerName('geneve.option.flags', 'Flags', 'hex2', LENGTH.offset * 8, 3),
  headerName('geneve.option.flags.reserved', 'Reserved', 'bool', LENGTH.offset * 8, 3),
  {
    name: 'geneve.option.unknown.data',
    label: 'Unknown Option Data',
    form: 'bytes',
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      eachGeneveOption(view, fixedEnd, headerEnd, (start, end) => {
        const data = start + GENEVE_OPTION_HEADER_BYTES;
        emit(bytesOf(view, data, end), data * 8, (end - data) * 8);
      });
    },
  },
];
