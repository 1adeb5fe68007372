/** What was said, as tshark's follow prints it, and as JSON objects. */

import { toHex } from '../bytes/hex.js';
import { timeText } from '../capture/frame.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import type { GapReason, TcpEnd } from '../reassembly/tcp-events.js';
import type { Said, Transcript } from './follow-flow.js';

/** The forms of `--as`. */
export const SAID_FORMS = ['ascii', 'hex', 'raw', 'jsonl'] as const;
export type SaidForm = (typeof SAID_FORMS)[number];

const LINE = `${'='.repeat(67)}\n`;

/** The head of what is printed: which flow, and its ends. */
export function transcriptStart({ flow, client, server }: Transcript, form: SaidForm): string {
  if (form === 'jsonl') return '';
  const name = flow.tuple.protocol === IP_PROTOCOL.TCP ? 'tcp' : 'udp';
  const head = `Follow: ${name},${form}\nFilter: flow ${flow.number}\n`;
  return `\n${LINE}${head}Node 0: ${endText(client)}\nNode 1: ${endText(server)}\n`;
}

export function transcriptEnd(form: SaidForm): string {
  return form === 'jsonl' ? '' : LINE;
}

function endText({ address, port }: TcpEnd): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Makes the text of one piece after another. What the server said is set in by a tab. */
export function sayer(form: SaidForm): (said: Said) => string {
  if (form === 'jsonl') return jsonLine;
  const offsets = { client: 0, server: 0 };
  let connection = 0;
  return (said) => {
    const tab = said.from === 'server' ? '\t' : '';
    const { bytes } = said;
    let text = '';
    if (said.connection > Math.max(connection, 1)) {
      text = '[another connection between the same ports]\n';
      offsets.client = 0;
      offsets.server = 0;
    }
    connection = said.connection;
    const offset = offsets[said.from];
    offsets[said.from] += said.length;
    if (bytes === undefined) return `${text}${tab}[${gapText(said)}]\n`;
    if (form === 'raw') return `${text}${tab}${toHex(bytes)}\n`;
    if (form === 'hex') return text + hexLines(bytes, offset, tab);
    return `${text}${tab}${bytes.length}\n${asciiText(bytes)}\n`;
  };
}

const REASONS: Readonly<Record<GapReason, string>> = {
  acknowledged: 'the other end has acknowledged them, but they were not captured',
  limit: 'too much came behind them to wait any longer',
  end: 'they were not captured',
  cut: 'the snap length cut them off',
};

/** A gap in words. */
export function gapText({ length, missing }: Said): string {
  const bytes = length === 1 ? '1 byte is' : `${length} bytes are`;
  return `${bytes} missing here: ${REASONS[missing ?? 'end']}`;
}

/** Line ends are kept, all else that can't be seen is a dot: as tshark has it. */
function asciiText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const kept = (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13;
    text += kept ? String.fromCharCode(byte) : '.';
  }
  return text;
}

/** As tshark has it: eight bytes, a gap, eight bytes, and the same as text. */
function hexLines(bytes: Uint8Array, offset: number, tab: string): string {
  let lines = '';
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte, i) => `${i === 8 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`);
    const text = row.map((byte, i) => {
      const seen = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
      return i === 8 ? ` ${seen}` : seen;
    });
    const place = (offset + at).toString(16).toUpperCase().padStart(8, '0');
    // tshark's lines have room for a sixteenth character only where it is no blank.
    if (text[15] === ' ') text.pop();
    lines += `${tab}${place}  ${hex.join(' ').padEnd(49)} ${text.join('')}\n`;
  }
  return lines;
}

function jsonLine({ from, frame, time, length, bytes, missing, connection }: Said): string {
  const line = {
    from,
    frame,
    time: time === undefined ? null : timeText(time),
    length,
    ...(connection > 0 ? { connection } : {}),
    ...(bytes === undefined ? { missing } : { bytes: toHex(bytes) }),
  };
  return `${JSON.stringify(line)}\n`;
}
