/** A DNS message in one line, roughly as Wireshark's Info column has it. */
import type { DnsQuestion, DnsRecord } from './dns-records.js';
import type { DnsLists } from './dns-write.js';

const OPCODES: readonly string[] = [
  'Standard query',
  'Inverse query',
  'Server status request',
  'Opcode 3',
  'Zone change notification',
  'Dynamic update',
];
const RCODES: readonly string[] = [
  '',
  'Format error',
  'Server failure',
  'No such name',
  'Not implemented',
  'Refused',
];

const shown = (name: string): string => (name === '.' ? '<Root>' : name);

function recordText({ type, data }: DnsRecord): string {
  const held = typeof data === 'string' ? ` ${shown(data)}` : '';
  return `${type}${held}`;
}

/** One line about a message. */
export function dnsSummary(layer: {
  readonly id: number;
  readonly opcode: number;
  readonly rcode: number;
  readonly response: boolean;
  readonly lists: DnsLists;
}): string {
  const { opcode, rcode, lists } = layer;
  const response = layer.response ? ' response' : '';
  const error = rcode === 0 ? '' : ` ${RCODES[rcode] ?? `Reply code ${rcode}`}`;
  const questions = lists.questions.map(({ type, name }: DnsQuestion) => ` ${type} ${shown(name)}`);
  const answers = lists.answers.map((record) => ` ${recordText(record)}`);
  const id = `0x${layer.id.toString(16).padStart(4, '0')}`;
  const kind = OPCODES[opcode] ?? `Opcode ${opcode}`;
  return `${kind}${response} ${id}${error}${questions.join('')}${answers.join('')}`;
}
