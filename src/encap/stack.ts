/** Any stack of headers as a template: where its lengths stand, and how its checksums are written. */
import { PacketError } from '../bytes/error.js';
import { offsetOf } from '../bytes/layout.js';
import { CHECKSUM as IPV4_CHECKSUM, SRC as IPV4_SRC } from '../headers/ipv4-wire.js';
import { SRC as IPV6_SRC } from '../headers/ipv6-wire.js';
import type { LayerSpec } from '../headers/layer-spec.js';
import { IP_PROTOCOL } from '../headers/numbers.js';
import { noSeal, type Place, type Protocol } from '../headers/protocol.js';
import { type BuildOptions, build, newPlace } from '../packet/build.js';
import type { PlanNumbers } from './kernel-plan.js';

/** One header. Offsets count from the first byte of the stack. */
export interface StackStep {
  readonly protocol: Protocol;
  readonly fields: object;
  readonly at: number;
  readonly end: number;
  readonly place: Place;
}

/** A 16-bit length, and what it is over an empty body. */
interface LengthPatch {
  readonly at: number;
  readonly extra: number;
}

/** Headers as bytes, and what in them depends on the body. */
export interface Stack {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly steps: readonly StackStep[];
  readonly lengths: readonly LengthPatch[];
  /** The longest body that the length fields can tell. */
  readonly maxLength: number;
}

const MAX_LENGTH = 0xffff;
/** A body to try a template with: of even length, and with every bit somewhere. */
const SAMPLE = Uint8Array.from({ length: 258 }, (_, i) => (i * 37 + 11) & 0xff);

/** The template of these layers. Throws what `build` throws, and `BAD_SPEC` where there is none. */
export function stackOf(layers: readonly LayerSpec[], options: BuildOptions): Stack {
  if (layers.length === 0) throw new PacketError('BAD_SPEC', 'a template needs a layer');
  const bytes = new Uint8Array(build([...layers], options));
  const sample = build([...layers, SAMPLE], options);
  const steps: StackStep[] = [];
  let at = 0;
  for (const { protocol, fields, trailer, bytes: raw } of layers) {
    if (trailer !== undefined) {
      throw new PacketError('BAD_SPEC', `${protocol.name}: a template has no trailer`);
    }
    const size = raw?.length ?? protocol.size(fields);
    // Raw bytes stay as they are: nothing of them is sealed.
    const spec = raw === undefined ? protocol : { ...protocol, seal: noSeal };
    steps.push({ protocol: spec, fields, at, end: at + size, place: newPlace() });
    at += size;
  }
  linkPlaces(steps);
  const lengths = lengthsOf(steps, bytes, sample);
  const maxLength = Math.min(...lengths.map(({ extra }) => MAX_LENGTH - extra), MAX_LENGTH);
  const stack = { bytes, steps, lengths, maxLength };
  requireSame(stack, sample);
  return stack;
}

/** What of a place is the same for every body. */
function linkPlaces(steps: readonly StackStep[]): void {
  let checksumRequired = false;
  let quoted = false;
  steps.forEach(({ protocol, place }, i) => {
    place.tunnelAbove = steps[i + 1]?.protocol.tunnel ?? false;
    place.checksumRequired = checksumRequired;
    place.quoted = quoted;
    if (protocol.quotes) quoted = true;
    if (!protocol.extension) checksumRequired = protocol.checksumRequired;
  });
}

/** The length fields that grow with the body, and 0 in their place. */
function lengthsOf(
  steps: readonly StackStep[],
  bytes: Uint8Array<ArrayBuffer>,
  sample: Uint8Array,
): LengthPatch[] {
  const view = new DataView(bytes.buffer);
  const longer = new DataView(sample.buffer, sample.byteOffset);
  const found: LengthPatch[] = [];
  for (const { protocol, at } of steps) {
    if (protocol.lengthField === undefined) continue;
    const place = at + offsetOf(protocol.layout, protocol.lengthField);
    const extra = view.getUint16(place);
    if (longer.getUint16(place) - extra !== SAMPLE.length) continue;
    found.push({ at: place, extra });
    view.setUint16(place, 0);
  }
  return found;
}

/** Tries the template: it must give what `build` gave. */
function requireSame(stack: Stack, sample: Uint8Array): void {
  const view = new DataView(new ArrayBuffer(sample.length));
  new Uint8Array(view.buffer).set(SAMPLE, stack.bytes.length);
  writeStack(stack, new DataView(stack.bytes.buffer), 0, view, 0, sample.length);
  for (let i = 0; i < sample.length; i++) {
    if (view.getUint8(i) === sample[i]) continue;
    const { name } = (stack.steps.findLast(({ at }) => at <= i) as StackStep).protocol;
    throw new PacketError(
      'BAD_SPEC',
      `${name}: byte ${i} depends on what is inside; only lengths and checksums can in a template`,
    );
  }
}

/**
 * Writes a stack whose template lies at byte `from` of `template` to byte `at` of `view`, in front
 * of the body that ends at `end`. Allocates nothing.
 */
export function writeStack(
  { bytes, steps, lengths }: Stack,
  template: DataView,
  from: number,
  view: DataView,
  at: number,
  end: number,
): void {
  const headerBytes = bytes.length;
  let i = 0;
  for (; i + 3 < headerBytes; i += 4) view.setInt32(at + i, template.getInt32(from + i));
  for (; i < headerBytes; i++) view.setUint8(at + i, template.getUint8(from + i));
  const length = end - at - headerBytes;
  for (let k = 0; k < lengths.length; k++) {
    const patch = lengths[k] as LengthPatch;
    view.setUint16(at + patch.at, patch.extra + length);
  }
  let pseudo = -1;
  let network = 0;
  for (let k = 0; k < steps.length; k++) {
    const { protocol, place, at: step, end: stepEnd } = steps[k] as StackStep;
    place.headerEnd = at + stepEnd;
    place.end = end;
    place.wireEnd = end;
    place.carrierEnd = end;
    place.carrierWireEnd = end;
    place.pseudo = pseudo;
    if (!protocol.extension) network = at + step;
    pseudo = protocol.pseudo(view, at + step, pseudo, network);
  }
  // From inside: an outer checksum covers the inner ones.
  for (let k = steps.length - 1; k >= 0; k--) {
    const { protocol, fields, place, at: step } = steps[k] as StackStep;
    protocol.seal(view, at + step, fields, place);
  }
}

/**
 * The numbers of the kernel's plan for this stack; undefined where the kernel can't write it. It
 * writes one IP header, behind it UDP or TCP where there is one, and around them whatever does not
 * depend on the body.
 */
export function kernelNumbers({ steps, lengths, bytes }: Stack): PlanNumbers | undefined {
  const i = steps.findIndex(({ protocol }) => protocol.name === 'ipv4' || protocol.name === 'ipv6');
  const ip = steps[i];
  if (ip === undefined) return undefined;
  const next = steps[i + 1];
  const transport = next !== undefined && isTransport(next) ? next : undefined;
  const [lengthAt, udpLength] = lengths;
  const isUdp = transport?.protocol.name === 'udp';
  // Lengths and checksums elsewhere, and those that were given, are for `writeStack`.
  const ours = [ip, transport];
  if (lengthAt === undefined || lengths.length !== (isUdp ? 2 : 1)) return undefined;
  if (steps.some((step) => step.protocol.seal !== noSeal && !ours.includes(step))) return undefined;
  if (!lengths.every(({ at }) => ours.some((s) => s !== undefined && at >= s.at && at < s.end))) {
    return undefined;
  }
  const isIpv6 = ip.protocol.name === 'ipv6';
  if (!isIpv6 && isGiven(ip)) return undefined;
  if (transport !== undefined && (isGiven(transport) || (bytes.length - transport.at) % 2 !== 0)) {
    return undefined;
  }
  return {
    lengthAt: lengthAt.at,
    lengthExtra: lengthAt.extra,
    networkAt: ip.at,
    ...(isIpv6 ? { isIpv6: 1 } : { ipv4SumAt: ip.at + IPV4_CHECKSUM, ipv4Bytes: ip.end - ip.at }),
    ...(udpLength === undefined
      ? {}
      : { udpLengthAt: udpLength.at, udpLengthExtra: udpLength.extra }),
    ...(transport === undefined || !hasChecksum(transport) ? {} : transportNumbers(ip, transport)),
  };
}

function isTransport({ protocol }: StackStep): boolean {
  return protocol.name === 'udp' || protocol.name === 'tcp';
}

/** The checksum that was asked for, if any was. */
function checksumOf({ fields }: StackStep): unknown {
  return 'checksum' in fields ? fields.checksum : undefined;
}

function isGiven(step: StackStep): boolean {
  return typeof checksumOf(step) === 'number';
}

/** Whether a transport's checksum is computed: as `sealUdp` decides it. */
function hasChecksum(step: StackStep): boolean {
  const { protocol, place } = step;
  const asked = checksumOf(step);
  if (protocol.name !== 'udp') return true;
  return asked !== 'zero' && (asked !== undefined || !place.tunnelAbove || place.checksumRequired);
}

function transportNumbers(ip: StackStep, transport: StackStep): PlanNumbers {
  const { name, layout } = transport.protocol;
  const isIpv6 = ip.protocol.name === 'ipv6';
  return {
    transportAt: transport.at,
    transportProtocol: name === 'udp' ? IP_PROTOCOL.UDP : IP_PROTOCOL.TCP,
    transportSumAt: transport.at + offsetOf(layout, 'checksum'),
    zeroIsOnes: name === 'udp' ? 1 : 0,
    addressesAt: ip.at + (isIpv6 ? IPV6_SRC : IPV4_SRC),
    addressBytes: isIpv6 ? 32 : 8,
  };
}
