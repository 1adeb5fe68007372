/** Colours, where there is a terminal that takes them. */
import { styleText } from 'node:util';
import type { Severity } from '../headers/protocol.js';

/** Puts text in a colour, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colours on a terminal, none elsewhere or where `NO_COLOR` is set. */
export function terminalPaint(): Paint {
  const coloured = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  // Whether there are colours is decided here: Node itself would leave them out where CI is set.
  return coloured
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}

/** The colour of each severity. */
export const SEVERITY_COLOUR = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
} as const satisfies Record<Severity, string>;
