/** What every device of the lab has: a name, ports, tables, and a voice. */
import { parseMac } from '../bytes/address.js';
import { PacketError } from '../bytes/error.js';
import type { Frame } from './frame.js';
import type { Lab } from './lab.js';
import { Port } from './port.js';
import { checkNumber, MTU } from './range.js';

/** A table of a device, as Linux prints it. */
export interface Table {
  /** The command that prints it: `ip neigh`. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** How a port is asked for. */
export interface PortSpec {
  /** `aa:bb:cc:dd:ee:ff`, not a group (absent: the lab gives it one, 02:00:00:00:00:01 and up). */
  readonly mac?: string;
  /** Bytes of an IP packet that it sends at most, 68–65535 (absent: 1500, or what its link says). */
  readonly mtu?: number;
}

/** What a device can be told. */
export interface DeviceOptions {
  /** As people call it: `Host A` (absent: the name). */
  readonly title?: string;
}

/** A device of the lab. */
export class Device {
  readonly lab: Lab;
  readonly name: string;
  readonly title: string;
  readonly ports: Map<string, Port>;
  private readonly sources: (() => readonly Table[])[];

  /** Throws `BAD_VALUE` where the lab has a device of that name. */
  constructor(lab: Lab, name: string, options: DeviceOptions = {}) {
    this.lab = lab;
    this.name = name;
    this.title = options.title ?? name;
    this.ports = new Map();
    this.sources = [];
    lab.add(this);
  }

  /** The port of that name. Throws `BAD_VALUE` where there is none. */
  port(name: string): Port {
    const port = this.ports.get(name);
    if (port !== undefined) return port;
    const known = [...this.ports.keys()].join(', ') || 'none';
    throw new PacketError('BAD_VALUE', `${this.name} has no port ${name}; it has ${known}`);
  }

  /**
   * Adds a port. Throws `BAD_VALUE` for a name that is taken and for a MAC address that is none or
   * a group's, `OUT_OF_RANGE` for an MTU that no IPv4 link may have (RFC 791: 68).
   */
  addPort(name: string, spec: PortSpec = {}): Port {
    if (this.ports.has(name)) {
      throw new PacketError('BAD_VALUE', `${this.name} has a port ${name} already`);
    }
    const { mtu = 1500 } = spec;
    checkNumber(`${this.name}:${name}`, 'an MTU', mtu, MTU);
    const mac =
      spec.mac === undefined ? this.lab.newMac() : unicastMac(`${this.name}:${name}`, spec.mac);
    // Every device has a `lo`, whether it is used or not.
    const index = this.ports.size + (this.ports.has('lo') ? 1 : 2);
    const port = new Port(this, name, index, mac, mtu);
    this.ports.set(name, port);
    return port;
  }

  /** What stands above its line in a diagram: its title, and what it is known by. */
  get caption(): string {
    return this.title;
  }

  /** Has `tables` ask what was put into the device, such as a bridge, for its tables too. */
  addTables(source: () => readonly Table[]): void {
    this.sources.push(source);
  }

  /** Its tables, as Linux prints them. */
  tables(): Table[] {
    return this.sources.flatMap((source) => source());
  }

  /** Whether anybody listens: otherwise no note need be made. */
  get noting(): boolean {
    return this.lab.recorder.noting;
  }

  /** Says what happens here, about the frame that came in where it is about one. */
  note(text: string, frame?: Frame): void {
    this.lab.recorder.note([this], text, frame);
  }
}

/** Reads the MAC address of a station. Throws `BAD_VALUE` for what is none, or a group's. */
export function unicastMac(where: string, text: string): number {
  const mac = parseMac(text);
  if (mac < 0) {
    throw new PacketError(
      'BAD_VALUE',
      `${where}: ${text} is no MAC address such as 02:00:00:00:00:01`,
    );
  }
  if (Math.floor(mac / 0x10000000000) % 2 === 1) {
    throw new PacketError(
      'BAD_VALUE',
      `${where}: ${text} is a group address (its first byte is odd): no interface has one, and no switch learns it`,
    );
  }
  return mac;
}
