/** The network that a topology builds, and what its names lead to while it is built. */
import { formatIpv4, parseIpv4 } from '../../bytes/address.js';
import { nearest } from '../../bytes/nearest.js';
import type { Device } from '../device.js';
import { Host } from '../host.js';
import type { Lab } from '../lab.js';
import type { Link } from '../link.js';
import type { Outside } from '../outside.js';
import type { Port } from '../port.js';
import { Switch } from '../switch.js';
import type { Place } from './place.js';
import { type Shape, scalar } from './shape.js';

/** A name in a topology that leads to something else in it, and where it stands. */
export interface Reference {
  readonly text: string;
  readonly place: Place;
}

/** A text that leads to something: what to, `Network` finds out. */
export function reference(expected: string): Shape<Reference> {
  const name = scalar(expected, (value) => {
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  });
  return {
    ...name,
    read(value, place) {
      const text = name.read(value, place);
      return text === undefined ? undefined : { text, place };
    },
  };
}

/** An address and a port of a host. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
}

/** A network that is being built. What a name does not lead to is told where the name stands. */
export class Network {
  readonly lab: Lab;
  /** Undefined: the file names it, but it is wrong, and that was told. */
  readonly devices: Map<string, Device | undefined>;
  readonly links: Map<string, Link>;
  /** Whether some link is wrong, so that a name that leads to none may have meant it. */
  linksMissing: boolean;
  /** Links that leave the lab, by their names. */
  readonly outsides: Map<string, Outside>;
  /** How a device that makes ports when they are asked for does it. */
  readonly portMakers: Map<Device, (name: string) => Port>;
  /** What devices do first of all when the lab runs. */
  readonly starts: (() => void)[];

  constructor(lab: Lab) {
    this.lab = lab;
    this.devices = new Map();
    this.links = new Map();
    this.linksMissing = false;
    this.outsides = new Map();
    this.portMakers = new Map();
    this.starts = [];
  }

  /** The device of that name. */
  device({ text, place }: Reference): Device | undefined {
    if (this.devices.has(text)) return this.devices.get(text);
    return place.wrong(`there is no device ${text}${meant(text, this.devices)}`);
  }

  /** The host, router or the like of that name. */
  host(reference: Reference): Host | undefined {
    const device = this.device(reference);
    if (device === undefined || device instanceof Host) return device;
    const hosts = [...this.devices].filter(([, one]) => one instanceof Host);
    const names = hosts.map(([name]) => name).join(', ');
    return reference.place.wrong(`${device.name} has no IP stack; there are ${names || 'none'}`);
  }

  /** The port that `A:eth0` names; made where its device makes ports as they are wanted. */
  port({ text, place }: Reference): Port | undefined {
    const colon = text.indexOf(':');
    if (colon <= 0 || colon === text.length - 1) {
      return place.wrong(`${text}: expected a device and its port, such as A:eth0`);
    }
    const device = this.device({ text: text.slice(0, colon), place });
    if (device === undefined) return undefined;
    const name = text.slice(colon + 1);
    const port = device.ports.get(name);
    if (port !== undefined && name !== 'lo') return port;
    const make = this.portMakers.get(device);
    if (make !== undefined) return place.try(() => make(name));
    const others = new Map([...device.ports].filter(([one]) => one !== 'lo'));
    return place.wrong(`${device.name} has no port ${name}${meant(name, others)}`);
  }

  /** A port that nothing is plugged into, as a message's end. */
  freePort(): string {
    for (const device of this.devices.values()) {
      const ports = [...(device?.ports.values() ?? [])];
      const free = ports.find(({ name, wire }) => name !== 'lo' && wire === undefined);
      if (free !== undefined) return `; a free port such as ${free.title} will do`;
    }
    for (const [device] of this.portMakers) {
      if (!(device instanceof Switch)) continue;
      let number = 1;
      while (device.ports.has(String(number))) number++;
      return `; a new port of a switch such as ${device.name}:${number} will do`;
    }
    return '; no port is free: give a host one more interface, or the network a switch';
  }

  /** The link of that name, or the one at a port such as `A:eth0`. */
  link({ text, place }: Reference): Link | undefined {
    const named = this.links.get(text);
    if (named !== undefined) return named;
    for (const link of this.links.values()) {
      if (link.a.title === text || link.b.title === text) return link;
    }
    if (this.linksMissing) return undefined;
    return place.wrong(`there is no link ${text}${meant(text, this.links)}`);
  }

  /** An address such as `192.168.1.20`, or the first one of the host of that name. */
  address(reference: Reference): number | undefined {
    const { text, place } = reference;
    const address = parseIpv4(text);
    if (address >= 0) return address;
    if (!this.devices.has(text)) {
      const hint = meant(text, this.devices);
      return place.wrong(`${text} is neither an IPv4 address nor a device${hint}`);
    }
    const host = this.host(reference);
    if (host === undefined) return undefined;
    if (host.ip.anyAddress !== 0) return host.ip.anyAddress;
    return place.wrong(`${text} has no address`);
  }

  /** What `192.168.1.20:53` or `B:53` names. */
  endpoint({ text, place }: Reference): Endpoint | undefined {
    const [, host = '', digits = ''] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
    const port = Number(digits);
    if (host === '' || port < 1 || port > 65535) {
      return place.wrong(`${text}: expected an address and a port, such as 192.168.1.20:53`);
    }
    const address = this.address({ text: host, place });
    return address === undefined ? undefined : { address, port };
  }

  /** An address as people read it, with the host's name where it is one's. */
  nameOf(address: number): string {
    const text = formatIpv4(address);
    for (const [name, device] of this.devices) {
      if (device instanceof Host && device.ip.isLocal(address)) return `${name} (${text})`;
    }
    return text;
  }
}

/** What a name that leads to nothing may have meant, as a message's end. */
export function meant(name: string, known: ReadonlyMap<string, unknown>): string {
  return known.size === 0 ? '; there are none' : nearest(name, [...known.keys()]);
}
