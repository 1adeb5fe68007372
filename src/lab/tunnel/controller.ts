/** A central controller: it is told which VM is where, and end points ask it. */
import { formatIpv4, formatMac, parseIpv4, parseMac } from '../../bytes/address.js';
import type { Frame } from '../frame.js';
import type { Host } from '../host.js';
import { addressOf } from '../ip/stack.js';
import type { VtepControl } from './control.js';
import { CONTROLLER_PORT, ControlChannel, type ControlMessage } from './control-channel.js';
import type { TunnelEndPoint } from './end-point.js';
import type { Tunnel } from './tunnel.js';

/** A VM, and where it is: all as text. `ip` is empty where it is not known. */
interface Place {
  readonly vni: number;
  readonly mac: string;
  readonly ip: string;
  readonly vtep: string;
}

const OK: ControlMessage = { op: 'ok' };

/**
 * The controller's side. It answers on UDP port 49200:
 *
 *     register vni mac ip vtep → ok      a VM has come up at that end point
 *     withdraw vni mac vtep    → ok      it has gone from there
 *     query vni mac (or ip)    → answer vni mac ip vtep, or miss
 *
 * and tells the other end points of a VNI when a VM has moved or gone, by `answer` and `withdraw`.
 */
export class Controller {
  readonly host: Host;
  private readonly channel: ControlChannel;
  private readonly places: Map<string, Place>;

  /** Throws `BAD_VALUE` where the port is taken. */
  constructor(host: Host) {
    this.host = host;
    this.places = new Map();
    this.channel = new ControlChannel(host, CONTROLLER_PORT, (message) => this.answer(message));
    host.addTables(() => [{ title: 'controller', lines: this.print() }]);
  }

  /** One line a VM. */
  print(): string[] {
    return [...this.places.values()].map(
      ({ vni, mac, ip, vtep }) => `vni ${vni} mac ${mac} ip ${ip} vtep ${vtep}`,
    );
  }

  private answer(message: ControlMessage): ControlMessage | undefined {
    const { op, vni, mac = '', ip = '', vtep } = message;
    if (typeof vni !== 'number' || typeof mac !== 'string' || typeof ip !== 'string') {
      return undefined;
    }
    const key = `${vni} ${mac}`;
    if (op === 'register' && typeof vtep === 'string') {
      if (parseMac(mac) < 0 || parseIpv4(vtep) < 0) return undefined;
      this.register(key, { vni, mac, ip, vtep });
      return OK;
    }
    if (op === 'withdraw' && typeof vtep === 'string') {
      // It may have come up elsewhere before it went from there.
      if (this.places.get(key)?.vtep === vtep && this.places.delete(key)) {
        this.tell({ op, vni, mac }, vni, vtep);
      }
      return OK;
    }
    if (op !== 'query') return undefined;
    const found = mac === '' ? this.byAddress(vni, ip) : this.places.get(key);
    return found === undefined ? { op: 'miss', vni, mac, ip } : { op: 'answer', ...found };
  }

  private register(key: string, place: Place): void {
    const known = this.places.get(key);
    this.places.set(key, place);
    if (known === undefined || known.vtep === place.vtep) return;
    if (this.host.noting) this.host.note(`${place.mac} has moved to ${place.vtep}`);
    this.tell({ op: 'answer', ...place }, place.vni, place.vtep);
  }

  /** Tells every end point of a VNI but one. */
  private tell(message: ControlMessage, vni: number, except: string): void {
    const vteps = new Set(
      [...this.places.values()].filter((one) => one.vni === vni).map(({ vtep }) => vtep),
    );
    vteps.delete(except);
    for (const vtep of vteps) {
      this.channel.ask(parseIpv4(vtep), CONTROLLER_PORT, message, () => {});
    }
  }

  private byAddress(vni: number, ip: string): Place | undefined {
    return [...this.places.values()].find((one) => one.vni === vni && one.ip === ip);
  }
}

/** Frames that wait for one answer at most. */
const QUEUE = 16;

/** An end point's side of it: VMs are registered, unknown addresses are asked for. */
export class ControllerClient implements VtepControl {
  private readonly endPoint: TunnelEndPoint;
  private readonly controller: number;
  private readonly channel: ControlChannel;
  /** Frames that wait, by what was asked. */
  private readonly waiting: Map<string, Frame[]>;

  /** `controller`: its address. Throws `BAD_VALUE` for what is none. */
  constructor(endPoint: TunnelEndPoint, controller: string) {
    this.endPoint = endPoint;
    this.controller = addressOf(controller);
    this.waiting = new Map();
    this.channel = new ControlChannel(endPoint.host, CONTROLLER_PORT, (told) => this.told(told));
  }

  added(): void {
    // Nothing is known of a VNI until it is asked for.
  }

  announce(tunnel: Tunnel, mac: number, address: number): void {
    const ip = address === 0 ? '' : formatIpv4(address);
    const vtep = formatIpv4(this.endPoint.local);
    this.ask({ op: 'register', vni: tunnel.vni, mac: formatMac(mac), ip, vtep }, () => {});
  }

  withdraw(tunnel: Tunnel, mac: number): void {
    const vtep = formatIpv4(this.endPoint.local);
    this.ask({ op: 'withdraw', vni: tunnel.vni, mac: formatMac(mac), vtep }, () => {});
  }

  unknown(tunnel: Tunnel, mac: number, frame: Frame): boolean {
    this.query(tunnel, { op: 'query', vni: tunnel.vni, mac: formatMac(mac) }, frame);
    return true;
  }

  asked(tunnel: Tunnel, address: number, frame: Frame): boolean {
    this.query(tunnel, { op: 'query', vni: tunnel.vni, ip: formatIpv4(address) }, frame);
    return true;
  }

  /** Keeps a frame until the controller has answered. One question at a time for one address. */
  private query(tunnel: Tunnel, question: ControlMessage, frame: Frame): void {
    const key = `${question['vni']} ${question['mac'] ?? question['ip']}`;
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) {
      if (waiting.length < QUEUE) waiting.push(frame);
      else tunnel.giveUp(frame, 'Too many wait for the controller: drop');
      return;
    }
    const { host } = this.endPoint;
    if (host.noting) {
      const what =
        question['mac'] === undefined ? `Who has ${question['ip']}?` : 'Unknown destination';
      host.note(`${what} → ask the controller`, frame);
    }
    this.waiting.set(key, [frame]);
    this.ask(question, (answer) => {
      const frames = this.waiting.get(key) ?? [];
      this.waiting.delete(key);
      if (answer?.op === 'answer') this.learn(answer);
      const why = this.whyNot(tunnel, question, answer);
      for (const one of frames) {
        if (why === '') tunnel.retry(one);
        else tunnel.giveUp(one, why);
      }
    });
  }

  /** Why what was asked for can't be sent to; empty: it can. */
  private whyNot(tunnel: Tunnel, question: ControlMessage, answer?: ControlMessage): string {
    if (answer === undefined) return 'The controller does not answer: drop';
    if (answer.op !== 'answer') return 'The controller does not know it: drop';
    // What is here the bridge has delivered already.
    if (answer['vtep'] === formatIpv4(this.endPoint.local)) return 'It is here: nothing to send';
    const { mac, ip } = question;
    const known =
      mac === undefined
        ? tunnel.neighbours.has(parseIpv4(String(ip)))
        : tunnel.table.entry(parseMac(String(mac))) !== undefined;
    return known ? '' : 'The controller answered something else: drop';
  }

  private told(message: ControlMessage): ControlMessage | undefined {
    if (message.op === 'answer') this.learn(message);
    else if (message.op === 'withdraw') {
      const tunnel = this.endPoint.tunnels.get(Number(message['vni']));
      tunnel?.forget(parseMac(String(message['mac'])));
    }
    return OK;
  }

  private learn({ vni, mac, ip, vtep }: ControlMessage): void {
    const tunnel = this.endPoint.tunnels.get(Number(vni));
    tunnel?.place(parseMac(String(mac)), parseIpv4(String(ip)), parseIpv4(String(vtep)));
  }

  private ask(message: ControlMessage, done: (answer: ControlMessage | undefined) => void): void {
    this.channel.ask(this.controller, CONTROLLER_PORT, message, done);
  }
}
