import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/bytes/address.js';
import { TextBuffer } from '../../src/cli/text-buffer.js';
import { randomFrom } from '../support/reference.js';

/** What it holds after `write`, from a buffer that has to grow. */
function written(write: (out: TextBuffer) => void): string {
  const out = new TextBuffer(1);
  write(out);
  return new TextDecoder().decode(out.filled());
}

describe('a buffer of text', () => {
  it('writes numbers as String does', () => {
    const random = randomFrom(1);
    const numbers = [0, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, 1.5, Number.NaN, 1e21];
    for (let digits = 1; digits <= 10; digits++) numbers.push(10 ** digits - 1, 10 ** digits);
    for (let i = 0; i < 1000; i++) numbers.push(random(2 ** 31), random(100_000));
    for (const n of numbers) expect(written((out) => out.number(n))).toBe(String(n));
  });

  it('writes IPv4 addresses as they are written everywhere', () => {
    for (const word of [0, 0xffffffff, 0x0a000001, 0xc0a80164]) {
      expect(written((out) => out.ipv4(word))).toBe(formatIpv4(word));
    }
  });

  it('writes text in UTF-8, short and long, behind what is there', () => {
    const texts = ['', 'a', 'tab\t', 'ä → €', '😀', 'x'.repeat(200), 'é'.repeat(300)];
    expect(written((out) => texts.forEach((text) => void out.text(text)))).toBe(texts.join(''));
  });

  it('begins anew once it is cleared', () => {
    const text = written((out) => {
      out.text('gone');
      out.clear();
      out.text('is');
    });
    expect(text).toBe('is');
  });
});
