import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layoutDiagram } from '../../src/bytes/diagram.js';
import { bindings } from '../../src/index.js';

describe('the diagram at the top of a header file', () => {
  for (const { name, layout } of Object.values(bindings.protocols)) {
    it(`${name}.ts shows its layout`, () => {
      const source = readFileSync(new URL(`../../src/headers/${name}.ts`, import.meta.url), 'utf8');
      const comment = source.slice(0, source.indexOf('*/')).replace(/^ \* {0,4}/gm, '');
      expect(comment).toContain(layoutDiagram(layout).replace(/ +$/gm, ''));
    });
  }
});
