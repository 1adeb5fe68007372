import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layoutDiagram } from '../../src/bytes/diagram.js';
import { bindings } from '../../src/index.js';

describe('the diagram at the top of a header file', () => {
  for (const { name, layout } of Object.values(bindings.protocols)) {
    // A mere list has no layout.
    if (layout.fields.length === 0) continue;
    it(`${name}.ts shows its layout`, () => {
      // A header of more than a screen has its layout in a file of its own.
      const base = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const [file] = [`${base}-wire.ts`, `${base}.ts`]
        .map((path) => new URL(`../../src/headers/${path}`, import.meta.url))
        .filter(existsSync);
      const source = readFileSync(file as URL, 'utf8');
      const comment = source.slice(0, source.indexOf('*/')).replace(/^ \* {0,4}/gm, '');
      expect(comment).toContain(layoutDiagram(layout).replace(/ +$/gm, ''));
    });
  }
});
