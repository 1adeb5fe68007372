// Compiles the kernel and writes it, as text, to binary.ts: npm run kernel
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const OPTIONS = [
  '-O3', // 0.9 KB more than --shrinkLevel=1, which leaves short functions as calls: a third slower
  '--noAssert',
  '--runtime=stub', // no garbage collector, for nothing is allocated
  '--importMemory',
  '--noExportMemory',
  '--enable=simd',
];

/** The WebAssembly module that the source gives. Throws with the compiler's words. */
export async function compileKernel() {
  let binary;
  const { error, stderr } = await main(
    ['kernel.as.ts', `--baseDir=${folder}`, '--outFile=kernel.wasm', ...OPTIONS],
    {
      writeFile: (_name, contents) => {
        binary = contents;
      },
    },
  );
  if (error || binary === undefined) throw new Error(`the kernel: ${error}\n${stderr.toString()}`);
  return Buffer.from(binary);
}

/** The TypeScript file that holds that module. */
export function binaryFile(binary) {
  const lines = binary.toString('base64').match(/.{1,92}/g);
  return `/** The kernel as WebAssembly, ${binary.length} bytes in base64: made by \`npm run kernel\` from kernel.as.ts. */
export const KERNEL_BINARY =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('binary.ts', import.meta.url), binaryFile(await compileKernel()));
}
