/** Texts of people, whatever is in them, for files and terminals. */

/** A text whose lines end by `\n`, and that has no other control character: one would command a terminal. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, (found) => (found === '\t' ? ' ' : '\ufffd'));
}
