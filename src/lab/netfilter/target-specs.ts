/**
 * Targets as a program writes them: `{ target: masquerade() }`. Those without options are names:
 * `{ target: 'ACCEPT' }`, DROP, RETURN, NOTRACK, or a chain's.
 */
import type { TargetSpec } from './rule-spec.js';

const simple = (options: Readonly<Record<string, string | number | boolean | undefined>>) => {
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  return Object.fromEntries(
    given.map(([key, value]) => [key, value === true ? '' : String(value)]),
  );
};

/** How translations choose. */
export interface NatOptions {
  /** Ports are drawn by chance rather than in order. */
  readonly random?: boolean;
  /** A client gets the same address for whatever it talks to. */
  readonly persistent?: boolean;
}

/** Refuses the packet (absent: `icmp-port-unreachable`). */
export function reject(how = 'icmp-port-unreachable'): TargetSpec {
  return { name: 'REJECT', options: { 'reject-with': how } };
}

/** Sends the connection elsewhere: `10.244.1.5`, `10.244.1.5:8080`, `10.0.0.1-10.0.0.9:80-90`. */
export function dnat(to: string, options: NatOptions = {}): TargetSpec {
  return { name: 'DNAT', options: simple({ 'to-destination': to, ...options }) };
}

/** Gives the connection another source. */
export function snat(to: string, options: NatOptions = {}): TargetSpec {
  return { name: 'SNAT', options: simple({ 'to-source': to, ...options }) };
}

/** Gives the connection the address of the interface by which it leaves; `ports`: `40001-40999`. */
export function masquerade(options: { ports?: string; random?: boolean } = {}): TargetSpec {
  const { ports, random } = options;
  return { name: 'MASQUERADE', options: simple({ 'to-ports': ports, random }) };
}

/** Sends the connection to this host itself; `ports`: `8080`. */
export function redirect(options: { ports?: string | number; random?: boolean } = {}): TargetSpec {
  const { ports, random } = options;
  return { name: 'REDIRECT', options: simple({ 'to-ports': ports, random }) };
}

/** Sets the packet's mark: `0x1`, or of the bits in a mask `0x1/0xff`. */
export function setMark(value: string | number): TargetSpec {
  return { name: 'MARK', options: { 'set-mark': String(value) } };
}

/** Sets the TTL, or changes it by `inc` or `dec`. */
export function setTtl(change: { set?: number; inc?: number; dec?: number }): TargetSpec {
  const { set, inc, dec } = change;
  return { name: 'TTL', options: simple({ 'ttl-set': set, 'ttl-inc': inc, 'ttl-dec': dec }) };
}

/** Sets the type of service: `0x10`, or of the bits in a mask `0x10/0x3f`. */
export function setTos(value: string | number): TargetSpec {
  return { name: 'TOS', options: { 'set-tos': String(value) } };
}

/** Has the lab say `prefix` of the packet. */
export function logPacket(prefix: string): TargetSpec {
  return { name: 'LOG', options: { 'log-prefix': prefix } };
}
