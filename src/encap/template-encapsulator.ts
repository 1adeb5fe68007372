/**
 * Encapsulation in any stack of headers that `build` can make: its bytes are a template, whose
 * lengths and checksums are computed for each frame, and whose other fields can be changed from
 * frame to frame through views on it.
 */
import { PacketError } from '../bytes/error.js';
import { TEMPLATE, TOO_LONG } from '../bytes/kernel/plan.js';
import type { Wrapper } from '../bytes/kernel.js';
import type { LayerSpec } from '../headers/layer-spec.js';
import type { HeaderView } from '../headers/protocol.js';
import type { Bindings, OurProtocols, Protocols, ViewOf } from '../packet/bindings.js';
import type { FrameArena } from './arena.js';
import type { WrapBatch } from './batch.js';
import { layPlan } from './kernel-plan.js';
import { kernelNumbers, type Stack, stackOf, writeStack } from './stack.js';
import { isWithin, outside, WRAP } from './wrap.js';

/** What a template can be told. */
export interface TemplateEncapsulatorOptions {
  /** Bytes of the largest packet behind the first IP header, it included (absent: 65,535). */
  readonly mtu?: number;
  /** Where to wrap frames to; without it only `wrapInPlace` works. */
  readonly arena?: FrameArena;
  /** Protocols and their numbers, where they are not ours alone. */
  readonly bindings?: Bindings<Protocols>;
}

const MAX_PACKET = 65_535;

/** Wraps frames, packets or payload in headers that were built once. */
export class TemplateEncapsulator {
  /** Bytes of the headers. */
  readonly headerBytes: number;
  /** The most bytes that fit the length fields and the MTU. */
  readonly maxLength: number;
  readonly arena: FrameArena | undefined;
  /**
   * Views on the template, outermost first: what is set in them is in every frame from then on.
   * Lengths and checksums that `build` computed are computed for each frame: leave them alone.
   */
  readonly layers: readonly HeaderView[];
  private readonly stack: Stack;
  /** The template: its view, and where in it the first header begins. */
  private readonly view: DataView;
  private readonly at: number;
  private readonly plan: number;
  private readonly wrapper: Wrapper | undefined;

  /**
   * `layers`: as for `build`, outermost first, without a payload. Throws what `build` throws, and
   * `BAD_SPEC` for a stack whose bytes depend on what is inside in a way that is not its lengths and
   * checksums.
   */
  constructor(layers: readonly LayerSpec[], options: TemplateEncapsulatorOptions = {}) {
    const { mtu = MAX_PACKET, arena, bindings } = options;
    const stack = stackOf(layers, bindings === undefined ? {} : { bindings });
    const network = stack.steps.find(({ protocol }) => /^ipv[46]$/.test(protocol.name));
    const linkBytes = network?.at ?? 0;
    const numbers = arena === undefined ? undefined : kernelNumbers(stack);
    this.stack = stack;
    this.arena = arena;
    this.headerBytes = stack.bytes.length;
    this.maxLength = Math.min(stack.maxLength, mtu - (stack.bytes.length - linkBytes));
    if (!(Number.isInteger(mtu) && mtu <= MAX_PACKET && this.maxLength >= 0)) {
      throw new PacketError(
        'BAD_OPTION',
        `mtu is ${mtu}: expected a whole number up to ${MAX_PACKET} that has room for the headers`,
      );
    }
    this.wrapper = numbers === undefined ? undefined : arena?.kernel.wrapper;
    if (arena === undefined) {
      this.plan = 0;
      this.view = new DataView(stack.bytes.buffer);
      this.at = 0;
    } else {
      // The kernel adds to the sum of the template.
      for (const at of [numbers?.ipv4SumAt, numbers?.transportSumAt]) {
        if (at !== undefined) stack.bytes.fill(0, at, at + 2);
      }
      this.plan = layPlan(arena, stack.bytes, { ...numbers, maxLength: this.maxLength });
      this.view = arena.view;
      this.at = this.plan + TEMPLATE;
    }
    this.layers = stack.steps.map(({ protocol, at, end }) =>
      protocol.layer(this.view, this.at + at, this.at + end, this.at + this.headerBytes),
    );
  }

  /** The first layer of that protocol, from outside, as a view on the template; or undefined. */
  layer<N extends keyof OurProtocols & string>(name: N): ViewOf<OurProtocols[N]> | undefined {
    return this.layers.find((layer) => layer.layer === name) as ViewOf<OurProtocols[N]> | undefined;
  }

  /**
   * Writes the headers into the bytes in front of what lies in [offset, end). Answers where they
   * begin, or a code of `WRAP`, with nothing written.
   */
  wrapInPlace(view: DataView, offset: number, end: number): number {
    const length = end - offset;
    // As unsigned, so that a negative length is too long as well.
    if (length >>> 0 > this.maxLength) return TOO_LONG;
    const at = offset - this.headerBytes;
    if (at < 0) return WRAP.NO_HEADROOM;
    if (view === this.arena?.view && this.wrapper !== undefined && end <= view.byteLength) {
      this.wrapper.wrap(this.plan, at, offset, length, 0, 0);
    } else {
      writeStack(this.stack, this.view, this.at, view, at, end);
    }
    return at;
  }

  /**
   * Copies the `length` bytes at `source` to behind the headers, which begin at `target`; both are
   * offsets in the arena. What is there already is not copied; else the two do not overlap. Answers
   * the bytes of headers and body, or a code of `WRAP`, with nothing written. Throws `OUT_OF_RANGE`
   * for what does not lie in the arena's slots (the source: in its memory).
   */
  wrapInto(source: number, length: number, target: number): number {
    if (length >>> 0 > this.maxLength) return TOO_LONG;
    const { arena, headerBytes, wrapper } = this;
    if (arena === undefined || !isWithin(arena, source, length, target, headerBytes)) {
      throw outside(arena, source, length, target, headerBytes);
    }
    if (wrapper !== undefined) return wrapper.wrap(this.plan, target, source, length, 0, 0);
    const body = target + headerBytes;
    if (body !== source) arena.kernel.copy(body, source, length);
    this.wrapInPlace(arena.view, body, body + length);
    return headerBytes + length;
  }

  /**
   * Wraps the first `count` frames of a batch as `wrapInto` does; `results` has the answers. The
   * batch's VNIs and source ports stay -1: there is no place for them. Throws `BAD_VALUE` for a batch of another arena.
   */
  wrapBatch(batch: WrapBatch, count: number): void {
    const { arena, headerBytes, wrapper, plan } = this;
    if (arena === undefined) throw outside(arena, 0, 0, 0, headerBytes);
    batch.check(arena, 0, count);
    if (wrapper !== undefined) {
      const ceiling = arena.bytes.length;
      wrapper.wrapBatch(plan, batch.offset, batch.capacity, count, arena.slotsAt, ceiling);
      return;
    }
    for (let i = 0; i < count; i++) {
      const source = batch.sources[i] as number;
      const length = batch.lengths[i] as number;
      const target = batch.targets[i] as number;
      batch.results[i] = isWithin(arena, source, length, target, headerBytes)
        ? this.wrapInto(source, length, target)
        : WRAP.OUTSIDE;
    }
  }
}
