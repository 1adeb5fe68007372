/** What TCP counts, by the names that `nstat -az` prints (Linux's /proc/net/snmp and netstat). */

const NAMES = [
  /** Connections that this end has opened. */
  'TcpActiveOpens',
  /** Connections that the other end has opened. */
  'TcpPassiveOpens',
  /** Connections that were never established. */
  'TcpAttemptFails',
  /** Established connections that ended by a reset. */
  'TcpEstabResets',
  'TcpInSegs',
  /** Segments sent, those sent again not counted. */
  'TcpOutSegs',
  /** Segments sent again. */
  'TcpRetransSegs',
  /** Segments with a wrong checksum or header. */
  'TcpInErrs',
  /** Resets sent. */
  'TcpOutRsts',
  /** Connections that left TIME-WAIT. */
  'TcpExtTW',
  /** Acknowledgments sent because their 40 ms were over. */
  'TcpExtDelayedACKs',
  /** Fast recoveries without SACK, and with it. */
  'TcpExtTCPRenoRecovery',
  'TcpExtTCPSackRecovery',
  /** Segments sent again in fast recovery. */
  'TcpExtTCPFastRetrans',
  /** Segments sent again after the timer has run out. */
  'TcpExtTCPSlowStartRetrans',
  /** Times that the retransmission timer has run out. */
  'TcpExtTCPTimeouts',
  /** SYNs sent again. */
  'TcpExtTCPSynRetrans',
  /** Segments that were put into the out-of-order queue. */
  'TcpExtTCPOFOQueue',
  /** Segments of which nothing was new. */
  'TcpExtTCPDSACKOldSent',
  /** Segments that the out-of-order queue had already. */
  'TcpExtTCPDSACKOfoSent',
  'TcpExtTCPDSACKRecv',
  /** Acknowledgments that answer what might be forged (RFC 5961). */
  'TcpExtTCPChallengeACK',
  'TcpExtTCPSYNChallenge',
  /** Segments with an old timestamp (RFC 7323 §5). */
  'TcpExtPAWSEstab',
  /** And acknowledgments of that kind, which a newer one has overtaken. */
  'TcpExtPAWSOldAck',
  /** The window that is announced became zero, and opened again. */
  'TcpExtTCPToZeroWindowAdv',
  'TcpExtTCPFromZeroWindowAdv',
  /** Segments dropped because the window was zero. */
  'TcpExtTCPZeroWindowDrop',
  /** Probes sent into a window that is too small. */
  'TcpExtTCPWinProbe',
  /** Keep-alive probes sent. */
  'TcpExtTCPKeepAlive',
  'TcpExtTCPAbortOnTimeout',
  'TcpExtListenDrops',
] as const;

/** The name of a counter. */
export type TcpCounterName = (typeof NAMES)[number];

/** What TCP counts. */
export type TcpCounters = Record<TcpCounterName, number>;

/** Counters that are all 0. */
export function tcpCounters(): TcpCounters {
  return Object.fromEntries(NAMES.map((name) => [name, 0])) as TcpCounters;
}

/** Adds what one connection has counted to a host's counters. */
export function addCounters(sum: TcpCounters, more: TcpCounters): void {
  for (const name of NAMES) sum[name] += more[name];
}
