/** A routing table: the longest prefix wins, then the lowest metric. */
import { formatIpv4 } from '../../bytes/address.js';
import { type Ipv4Prefix, parseIpv4Prefix } from '../../bytes/ipv4-prefix.js';
import { hasCarrier } from '../net-device.js';
import type { IpInterface } from './interface.js';

/** A way to a network. */
export interface Route extends Ipv4Prefix {
  readonly out: IpInterface;
  /** The router to send to; 0: the destination itself is a neighbour. */
  readonly gateway: number;
  /** The address that packets sent this way come from. */
  readonly source: number;
  /** Whether it is the network of an address of the interface: `proto kernel`. */
  readonly kernel: boolean;
  /** Whether the source was said with the route: `src`. */
  readonly sourceSaid: boolean;
  /** The lower, the better. */
  readonly metric: number;
}

/** Reads `10.0.5.0/24`; an address alone is its /32, as for `ip route`. Throws as `parseIpv4Prefix`. */
export function parsePrefix(text: string): Ipv4Prefix {
  return parseIpv4Prefix(text.includes('/') ? text : `${text}/32`);
}

/** Longest prefix match (RFC 1812 §5.2.4.3). */
export class RouteTable {
  /**
   * Of each length that occurs, longest first: the routes by their networks, best first. Networks are
   * signed: a Map allocates for a key that is no small integer (Node 20).
   */
  private readonly levels: { mask: number; length: number; routes: Map<number, Route[]> }[];

  constructor() {
    this.levels = [];
  }

  add(route: Route): void {
    let level = this.levels.find(({ length }) => length === route.length);
    if (level === undefined) {
      level = { mask: route.mask, length: route.length, routes: new Map() };
      this.levels.push(level);
      this.levels.sort((one, other) => other.length - one.length);
    }
    const known = level.routes.get(route.network | 0) ?? [];
    level.routes.set(route.network | 0, known);
    known.push(route);
    known.sort((one, other) => one.metric - other.metric);
  }

  /** Takes a route out; false: it was not there. */
  remove(route: Route): boolean {
    const level = this.levels.find(({ length }) => length === route.length);
    const known = level?.routes.get(route.network | 0);
    const at = known?.indexOf(route) ?? -1;
    if (level === undefined || known === undefined || at < 0) return false;
    known.splice(at, 1);
    if (known.length === 0) level.routes.delete(route.network | 0);
    return true;
  }

  /** The best way to an address. */
  lookup(dst: number): Route | undefined {
    const { levels } = this;
    for (let i = 0; i < levels.length; i++) {
      const { mask, routes } = levels[i] as (typeof levels)[number];
      const found = routes.get(dst & mask);
      if (found !== undefined) {
        for (const route of found) if (route.out.port.up) return route;
      }
    }
    return undefined;
  }

  /** All routes by their networks, the longest of one network first, as `ip route` does. */
  get all(): Route[] {
    const routes = this.levels.flatMap((level) => [...level.routes.values()].flat());
    return routes.sort((one, other) => one.network - other.network);
  }

  /** As `ip route` prints it. */
  print(): string[] {
    const alive = this.all.filter(({ out }) => out.port.up);
    return alive.map((route) => {
      const { network, length, gateway, source, metric, out } = route;
      const bits = length === 32 ? '' : `/${length}`;
      const to = length === 0 ? 'default' : `${formatIpv4(network)}${bits}`;
      const via = gateway === 0 ? '' : ` via ${formatIpv4(gateway)}`;
      const scope = gateway === 0 ? ' scope link' : '';
      const proto = route.kernel ? ' proto kernel' : '';
      const src = route.sourceSaid ? ` src ${formatIpv4(source)}` : '';
      const cost = metric === 0 ? '' : ` metric ${metric}`;
      const dead = hasCarrier(out.port) ? '' : ' linkdown';
      return `${to}${via} dev ${out.port.name}${proto}${scope}${src}${cost}${dead}`;
    });
  }
}
