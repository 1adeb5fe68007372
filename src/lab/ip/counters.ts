/** What an IP stack counts, by the names of `nstat`. */

/** Counters of an IP stack (RFC 4293, Linux `/proc/net/snmp`). */
export interface IpCounters {
  inReceives: number;
  inHdrErrors: number;
  inAddrErrors: number;
  /** Of packets to forward; `outNoRoutes` counts its own. */
  inNoRoutes: number;
  inDelivers: number;
  forwDatagrams: number;
  outRequests: number;
  outNoRoutes: number;
  outDiscards: number;
  fragOks: number;
  fragFails: number;
  fragCreates: number;
  reasmOks: number;
  reasmTimeout: number;
  /** `IcmpOutRateLimitHost`. */
  icmpLimited: number;
}

export function newIpCounters(): IpCounters {
  return {
    inReceives: 0,
    inHdrErrors: 0,
    inAddrErrors: 0,
    inNoRoutes: 0,
    inDelivers: 0,
    forwDatagrams: 0,
    outRequests: 0,
    outNoRoutes: 0,
    outDiscards: 0,
    fragOks: 0,
    fragFails: 0,
    fragCreates: 0,
    reasmOks: 0,
    reasmTimeout: 0,
    icmpLimited: 0,
  };
}
