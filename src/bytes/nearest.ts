/** Hints for names that are misspelt. */

/** A hint for a name that is not there: the one that is spelled most alike, or all. */
export function nearest(name: string, known: readonly string[]): string {
  // Nothing is the beginning of everything.
  if (name === '') return `; there are ${known.join(', ')}`;
  const lower = name.toLowerCase();
  const alike =
    known.find((k) => k.toLowerCase() === lower) ??
    known.find((k) => distance(k.toLowerCase(), lower) === 1) ??
    known.find((k) => k.toLowerCase().startsWith(lower) || lower.startsWith(k.toLowerCase())) ??
    known.find((k) => distance(k.toLowerCase(), lower) === 2);
  return alike === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${alike}?`;
}

/** How many letters to add, drop or change to get from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
