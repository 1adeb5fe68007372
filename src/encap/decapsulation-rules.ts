/** What a tunnel's receiver accepts. */
import { PacketError } from '../bytes/error.js';
import { UDP_PORT } from '../headers/numbers.js';
import { uint } from '../headers/values.js';

/** What a receiver is told. */
export interface DecapsulationOptions {
  /** UDP ports of VXLAN, 1–65535 (absent: 4789; Linux's old default is 8472). */
  readonly vxlanPorts?: readonly number[];
  /** UDP ports of Geneve, 1–65535 (absent: 6081). */
  readonly genevePorts?: readonly number[];
  /**
   * Whether the outer checksums are verified, IPv4's and UDP's (absent: no; network cards do it,
   * and RFC 7348 §5 leaves it open). Those of cut frames never are.
   */
  readonly verifyChecksums?: boolean;
  /**
   * Whether Geneve over IPv6 may come without a UDP checksum (RFC 6935 §5, RFC 6936 §4; absent: no).
   * VXLAN always may (RFC 7348 §5).
   */
  readonly zeroChecksumIpv6?: boolean;
  /** Whether a frame in VXLAN may have a VLAN tag (absent: no, RFC 7348 §6.1). */
  readonly innerVlan?: boolean;
  /** The critical Geneve options that the receiver understands; `type` with its high bit. */
  readonly knownOptions?: readonly { readonly class: number; readonly type: number }[];
}

/** What a port leads to. */
export const VXLAN_PORT = 1;
export const GENEVE_PORT = 2;

/** What a receiver accepts, checked once for any number of frames. */
export class DecapsulationRules {
  /** By UDP port: what it leads to. */
  readonly ports: Uint8Array;
  readonly verifyChecksums: boolean;
  readonly zeroChecksumIpv6: boolean;
  readonly innerVlan: boolean;
  private readonly known: ReadonlySet<number>;

  /** Throws `OUT_OF_RANGE` for what is no port, class or type, `BAD_OPTION` for a port of both. */
  constructor(options: DecapsulationOptions = {}) {
    this.ports = new Uint8Array(0x10000);
    for (const port of options.vxlanPorts ?? [UDP_PORT.VXLAN]) {
      this.ports[portNumber(port, 'vxlanPorts')] = VXLAN_PORT;
    }
    for (const port of options.genevePorts ?? [UDP_PORT.GENEVE]) {
      if (this.ports[portNumber(port, 'genevePorts')] === VXLAN_PORT) {
        throw new PacketError('BAD_OPTION', `port ${port} can't be of both VXLAN and Geneve`);
      }
      this.ports[port] = GENEVE_PORT;
    }
    this.verifyChecksums = options.verifyChecksums ?? false;
    this.zeroChecksumIpv6 = options.zeroChecksumIpv6 ?? false;
    this.innerVlan = options.innerVlan ?? false;
    const known = new Set<number>();
    for (const option of options.knownOptions ?? []) {
      const optionClass = uint(option.class, 0xffff, 'geneve', 'class');
      known.add((optionClass << 8) | uint(option.type, 0xff, 'geneve', 'type'));
    }
    this.known = known;
  }

  /** Whether the Geneve option of that class and type, as one number of 24 bits, is understood. */
  knows(classAndType: number): boolean {
    return this.known.has(classAndType);
  }
}

function portNumber(port: number, option: string): number {
  if (port === 0) {
    throw new PacketError('OUT_OF_RANGE', `${option}: port 0 is reserved, expected 1–65535`);
  }
  return uint(port, 0xffff, 'udp', option);
}
