/** A rule as it is written down, with iptables' meanings. */

/**
 * What a rule asks of a packet. A `!` in front of a text means: anything but that. Numbers may be
 * given as numbers or as iptables writes them.
 */
export interface Conditions {
  /** `-m tcp --sport`, `-m udp --sport`: `80`, `1024:65535`. */
  readonly sourcePort?: number | string;
  readonly destinationPort?: number | string;
  /** `-m multiport`: `80,443,8000:8080`, up to 15 (a range counts for two). */
  readonly sourcePorts?: string;
  readonly destinationPorts?: string;
  /** `--ports`: either end. */
  readonly ports?: string;
  /** `--tcp-flags`, those to look at and those that are set: `SYN,ACK SYN`. */
  readonly tcpFlags?: string;
  /** `--icmp-type`: `echo-request`, `8`, `3/4`. */
  readonly icmpType?: number | string;
  /** `-m conntrack --ctstate`: of NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, SNAT, DNAT. */
  readonly state?: string;
  /** `-m mark --mark`: `0x1`, `0x1/0xff`. */
  readonly mark?: number | string;
  /** `-m connmark --mark`. */
  readonly connectionMark?: number | string;
  /** `-m ttl --ttl-eq`, `--ttl-lt`, `--ttl-gt`. */
  readonly ttl?: number | string;
  readonly ttlBelow?: number | string;
  readonly ttlAbove?: number | string;
  /** `-m tos --tos`: `0x10`, `0x10/0x3f`. */
  readonly tos?: number | string;
  /** `-m dscp --dscp`, 0–63, or a class such as `EF`. */
  readonly dscp?: number | string;
  /** `-m physdev`: the bridge's ports by which a bridged packet came and will leave. */
  readonly physicalIn?: string;
  readonly physicalOut?: string;
  /** `--physdev-is-bridged`: whether it is bridged rather than routed. */
  readonly bridged?: boolean;
  /** `-m statistic --mode random --probability`, 0–1. */
  readonly probability?: number | string;
  /** `-m statistic --mode nth --every`, and which of them, from 0: `--packet`. */
  readonly every?: number | string;
  readonly packet?: number | string;
  /** `-m comment`, up to 255 characters. */
  readonly comment?: string;
}

/** A target with its options, by iptables' names: `{ name: 'DNAT', options: { 'to-destination': … } }`. */
export interface TargetSpec {
  readonly name: string;
  /** Options without their `--`; '' for those without a value. */
  readonly options: Readonly<Record<string, string>>;
}

/** A rule. */
export interface RuleSpec extends Conditions {
  /** `-p`: `tcp`, `!udp`, `47`. */
  readonly protocol?: number | string;
  /** `-s`, `-d`: `10.0.0.5`, `192.168.1.0/24`, `!10.0.0.0/255.0.0.0`. */
  readonly source?: string;
  readonly destination?: string;
  /** `-i`, `-o`: `eth0`, `veth+` for all whose names begin so, `!lo`. */
  readonly in?: string;
  readonly out?: string;
  /** A target, or the name of one without options, or a chain's; absent: it only counts. */
  readonly target?: TargetSpec | string;
  /** Whether a chain that is the target does not come back: `-g`. */
  readonly goto?: boolean;
}
