/** A shared database: every end point writes where its VMs are, and is told what the others wrote. */
import { formatIpv4, formatMac, parseIpv4, parseMac } from '../../bytes/address.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import { addressOf } from '../ip/stack.js';
import type { VtepControl } from './control.js';
import { ControlChannel, type ControlMessage, STORE_PORT } from './control-channel.js';
import type { TunnelEndPoint } from './end-point.js';
import type { Tunnel } from './tunnel.js';

interface Watch {
  readonly prefix: string;
  readonly address: number;
  readonly port: number;
}

const OK: ControlMessage = { op: 'ok' };

/**
 * A key–value store as etcd is one, on UDP port 49201:
 *
 *     put key value    → ok revision
 *     delete key value → ok revision   where it has that value still
 *     watch prefix     → ok revision
 *
 * Who watches is sent `put` and `delete` of every key that begins so, first of those that are there:
 * each with its revision, the count of changes, by which an older one is known that comes late.
 */
export class KeyValueStore {
  readonly host: Host;
  private readonly channel: ControlChannel;
  private readonly entries: Map<string, { value: string; revision: number }>;
  private readonly watches: Watch[];
  private revision: number;

  /** Throws `BAD_VALUE` where the port is taken. */
  constructor(host: Host) {
    this.host = host;
    this.entries = new Map();
    this.watches = [];
    this.revision = 0;
    this.channel = new ControlChannel(host, STORE_PORT, (message, from, port) =>
      this.answer(message, from, port),
    );
    host.addTables(() => [{ title: 'get / --prefix', lines: this.print() }]);
  }

  /** A line a key. */
  print(): string[] {
    return [...this.entries].map(([key, { value }]) => `${key} ${value}`);
  }

  private answer(message: ControlMessage, from: number, port: number): ControlMessage | undefined {
    const { op, key, value, prefix } = message;
    if (op === 'watch' && typeof prefix === 'string') {
      this.watch({ prefix, address: from, port });
    } else if (op === 'put' && typeof key === 'string' && typeof value === 'string') {
      this.put(key, value);
    } else if (op === 'delete' && typeof key === 'string' && typeof value === 'string') {
      if (this.entries.get(key)?.value === value) {
        this.entries.delete(key);
        this.changed(key, { op, key, revision: ++this.revision });
      }
    } else return undefined;
    return { op: 'ok', revision: this.revision };
  }

  private put(key: string, value: string): void {
    if (this.entries.get(key)?.value === value) return;
    const revision = ++this.revision;
    this.entries.set(key, { value, revision });
    this.changed(key, { op: 'put', key, value, revision });
  }

  private watch(watch: Watch): void {
    const same = (one: Watch): boolean =>
      one.prefix === watch.prefix && one.address === watch.address && one.port === watch.port;
    if (!this.watches.some(same)) this.watches.push(watch);
    for (const [key, { value, revision }] of this.entries) {
      if (key.startsWith(watch.prefix)) this.send(watch, { op: 'put', key, value, revision });
    }
  }

  private changed(key: string, message: ControlMessage): void {
    for (const watch of this.watches) if (key.startsWith(watch.prefix)) this.send(watch, message);
  }

  private send({ address, port }: Watch, message: ControlMessage): void {
    this.channel.ask(address, port, message, () => {});
  }
}

/**
 * An end point's side of it. A VM is the key `/vxlan/VNI/MAC`, with the end point's address and the
 * VM's as the value. What the database does not have is not flooded.
 */
export class StoreClient implements VtepControl {
  private readonly endPoint: TunnelEndPoint;
  private readonly store: number;
  private readonly channel: ControlChannel;
  /** The last revision of each key. */
  private readonly revisions: Map<string, number>;
  /** What was put for the VMs that are here. */
  private readonly announced: Map<string, string>;

  /** `store`: its address. Throws `BAD_VALUE` for what is none. */
  constructor(endPoint: TunnelEndPoint, store: string) {
    this.endPoint = endPoint;
    this.store = addressOf(store);
    this.revisions = new Map();
    this.announced = new Map();
    this.channel = new ControlChannel(endPoint.host, STORE_PORT, (told) => this.told(told));
  }

  added(tunnel: Tunnel): void {
    this.ask({ op: 'watch', prefix: `/vxlan/${tunnel.vni}/` });
  }

  announce(tunnel: Tunnel, mac: number, address: number): void {
    const ip = address === 0 ? '' : ` ${formatIpv4(address)}`;
    const value = `${formatIpv4(this.endPoint.local)}${ip}`;
    this.announced.set(keyOf(tunnel, mac), value);
    this.ask({ op: 'put', key: keyOf(tunnel, mac), value });
  }

  withdraw(tunnel: Tunnel, mac: number): void {
    const key = keyOf(tunnel, mac);
    const value = this.announced.get(key);
    // It may have come up elsewhere already: the key then has another value, which stays.
    if (value !== undefined && this.announced.delete(key)) this.ask({ op: 'delete', key, value });
  }

  unknown(tunnel: Tunnel, mac: number, frame: Frame): boolean {
    tunnel.giveUp(frame, whyNot(formatMac(mac), this.announced.has(keyOf(tunnel, mac))));
    return true;
  }

  asked(tunnel: Tunnel, address: number, frame: Frame): boolean {
    const text = formatIpv4(address);
    const here = [...this.announced].some(
      ([key, value]) => key.startsWith(`/vxlan/${tunnel.vni}/`) && value.endsWith(` ${text}`),
    );
    tunnel.giveUp(frame, whyNot(text, here));
    return true;
  }

  private told({ op, key, value = '', revision }: ControlMessage): ControlMessage | undefined {
    if (typeof key !== 'string' || typeof revision !== 'number') return undefined;
    if (revision <= (this.revisions.get(key) ?? 0)) return OK;
    this.revisions.set(key, revision);
    const [, , vni, macText = ''] = key.split('/');
    const tunnel = this.endPoint.tunnels.get(Number(vni));
    const mac = parseMac(macText);
    if (op === 'delete') tunnel?.forget(mac);
    else {
      const [vtep = '', ip = ''] = String(value).split(' ');
      tunnel?.place(mac, parseIpv4(ip), parseIpv4(vtep));
    }
    return OK;
  }

  private ask(message: ControlMessage): void {
    this.channel.ask(this.store, STORE_PORT, message, () => {});
  }
}

/** Why a frame to a VM is not sent through the tunnel. What is here the bridge has delivered already. */
function whyNot(who: string, here: boolean): string {
  return here ? `${who} is here: nothing to send` : `${who} is not in the database: drop`;
}

function keyOf({ vni }: Tunnel, mac: number): string {
  return `/vxlan/${vni}/${formatMac(mac)}`;
}
