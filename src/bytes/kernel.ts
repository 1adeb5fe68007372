/**
 * The kernel: copying and summing bytes, and writing headers in front of them, at the speed of
 * memory. It is WebAssembly (`kernel/kernel.as.ts`) on a memory of its own; where an engine has no
 * WebAssembly with SIMD, or forbids it, plain JavaScript does the same.
 */
import { PacketError } from './error.js';
import { KERNEL_BINARY } from './kernel/binary.js';
import { sumWords } from './sum.js';

/** What does the work: `webassembly`, or `javascript` where that is missing. */
export type KernelKind = 'webassembly' | 'javascript';

/** Bytes that `sum` and `copySum` take in one call at most: 256 KiB. */
export const MAX_SUM_BYTES = 262_144;

/** Writes headers from plans (`kernel/plan.ts`); every number is an address in the memory. */
export interface Wrapper {
  wrap(
    plan: number,
    target: number,
    source: number,
    length: number,
    vni: number,
    sourcePort: number,
  ): number;
  wrapBatch(
    plan: number,
    batch: number,
    capacity: number,
    count: number,
    floor: number,
    ceiling: number,
  ): void;
}

/** A kernel and its memory, which never grows. Offsets are not checked: a caller must have. */
export interface Kernel {
  readonly kind: KernelKind;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** Copies bytes within the memory; the two ranges do not overlap. */
  copy(target: number, source: number, length: number): void;
  /** The folded sum of big-endian 16-bit words, 0–65535; up to `MAX_SUM_BYTES`. */
  sum(offset: number, length: number): number;
  /** `copy`, and the `sum` of what was copied. */
  copySum(target: number, source: number, length: number): number;
  /** Undefined in plain JavaScript: whoever has a header to write has the code for it. */
  readonly wrapper: Wrapper | undefined;
}

/** What the module exports. */
type Exports = Pick<Kernel, 'copy' | 'sum' | 'copySum'> & Wrapper;

const PAGE_BYTES = 65_536;
/** Addresses are signed 32-bit numbers to JavaScript. */
const MAX_PAGES = 32_767;

// Compiled when first asked for; null: it can't be.
let compiled: WebAssembly.Module | null | undefined;

function kernelModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      const text = atob(KERNEL_BINARY);
      compiled = new WebAssembly.Module(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    } catch {
      // No WebAssembly, none with SIMD, or a page whose policy forbids it.
      compiled = null;
    }
  }
  return compiled;
}

/** What does the work on this engine. */
export function kernelKind(): KernelKind {
  return kernelModule() === null ? 'javascript' : 'webassembly';
}

/**
 * A kernel on a new memory of at least so many bytes. `kind`: to have plain JavaScript where
 * WebAssembly is there too.
 *
 * @throws PacketError `BAD_OPTION` for a kind that is none, a size that is no number of bytes,
 * 1–2,147,418,112, for WebAssembly where there is none, and where the memory can't be had.
 */
export function newKernel(size: number, kind: KernelKind = kernelKind()): Kernel {
  if (kind !== 'webassembly' && kind !== 'javascript') {
    throw new PacketError(
      'BAD_OPTION',
      `kernel is ${JSON.stringify(kind)}: expected webassembly or javascript`,
    );
  }
  const pages = Math.ceil(size / PAGE_BYTES);
  if (!(pages >= 1 && pages <= MAX_PAGES)) {
    throw new PacketError(
      'BAD_OPTION',
      `a memory of ${size} bytes: expected 1–${MAX_PAGES * PAGE_BYTES}`,
    );
  }
  const kernel = kind === 'javascript' ? plainKernel(pages) : wasmKernel(pages);
  kernels.set(kernel.bytes.buffer, kernel);
  return kernel;
}

/** By memory, so that a sum over it can be made in place. */
const kernels = new WeakMap<ArrayBufferLike, Kernel>();

/** The kernel whose memory this is; undefined: it is none's. */
export function kernelOf(buffer: ArrayBufferLike): Kernel | undefined {
  return kernels.get(buffer);
}

function wasmKernel(pages: number): Kernel {
  const module = kernelModule();
  if (module === null) {
    throw new PacketError('BAD_OPTION', 'this engine has no WebAssembly with SIMD');
  }
  // A memory that can't grow never detaches its views.
  const memory = memoryOf(pages, () => new WebAssembly.Memory({ initial: pages, maximum: pages }));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  // What a module exports is known to its source alone.
  const { copy, sum, copySum, wrap, wrapBatch } = instance.exports as unknown as Exports;
  return {
    kind: 'webassembly',
    bytes: new Uint8Array(memory.buffer),
    view: new DataView(memory.buffer),
    copy,
    sum,
    copySum,
    wrapper: { wrap, wrapBatch },
  };
}

/** What `make` allocates: so many pages. */
function memoryOf<T>(pages: number, make: () => T): T {
  try {
    return make();
  } catch {
    throw new PacketError('BAD_OPTION', `no memory of ${pages * PAGE_BYTES} bytes is to be had`);
  }
}

function plainKernel(pages: number): Kernel {
  const bytes = memoryOf(pages, () => new Uint8Array(pages * PAGE_BYTES));
  const view = new DataView(bytes.buffer);
  const sum = (offset: number, length: number): number => {
    const partial = sumWords(view, offset, offset + length, 0);
    const once = (partial & 0xffff) + (partial >>> 16);
    return (once & 0xffff) + (once >>> 16);
  };
  const copy = (target: number, source: number, length: number): void => {
    bytes.copyWithin(target, source, source + length);
  };
  return {
    kind: 'javascript',
    bytes,
    view,
    copy,
    sum,
    copySum: (target, source, length) => {
      copy(target, source, length);
      return sum(source, length);
    },
    wrapper: undefined,
  };
}
