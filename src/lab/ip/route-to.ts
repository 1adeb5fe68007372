/** A route as `ip route add` is told of it: by the addresses and names of its way. */
import { PacketError } from '../../bytes/error.js';
import { checkNumber, numbers } from '../range.js';
import type { IpInterface } from './interface.js';
import { parsePrefix, type Route } from './routes.js';
import type { IpStack } from './stack.js';

const METRIC = numbers(0, 0xffff_ffff);

/** Which way a route leads. */
export interface RouteOptions {
  /** The next router's address; absent: who is meant is a neighbour. */
  readonly via?: string;
  /** The interface's name; absent: the one on whose link `via` is. */
  readonly dev?: string;
  /** The address that packets sent this way come from; absent: the interface's. */
  readonly src?: string;
  /** A word of 32 bits: the lower, the better (absent: 0). */
  readonly metric?: number;
}

/**
 * The route of a stack to a network such as `10.0.5.0/24`; `gateway` and `source` are `via` and `src`
 * as words, 0 where they are absent. Throws as `IpStack.addRoute`.
 */
export function routeTo(
  stack: IpStack,
  to: string,
  { via, dev, src, metric = 0 }: RouteOptions,
  gateway: number,
  source: number,
): Route {
  const prefix = parsePrefix(to === 'default' ? '0.0.0.0/0' : to);
  const out =
    dev === undefined ? neighbourhoodOf(stack, gateway) : stack.interfaceOf(stack.device.port(dev));
  const { name } = stack.device;
  checkNumber(name, 'a metric', metric, METRIC);
  if (stack.isLocal(gateway)) {
    throw new PacketError('BAD_VALUE', `${name}: ${via} is its own address, not a neighbour's`);
  }
  if (out === undefined) {
    throw new PacketError(
      'BAD_VALUE',
      `${name}: no interface leads to ${via ?? to}: give \`via\`, a neighbour's address, or \`dev\``,
    );
  }
  const sourceSaid = src !== undefined;
  const way = { ...prefix, out, gateway, metric, kernel: false, sourceSaid };
  if (!sourceSaid) return { ...way, source: out.sourceFor(gateway) };
  if (stack.isLocal(source)) return { ...way, source };
  throw new PacketError('BAD_VALUE', `${name} does not have the address ${src}`);
}

/** The interface on whose link an address is; undefined: it is none's neighbour. */
function neighbourhoodOf({ routes }: IpStack, address: number): IpInterface | undefined {
  const found = address === 0 ? undefined : routes.lookup(address);
  return found?.gateway === 0 ? found.out : undefined;
}
