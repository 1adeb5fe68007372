/** What is for this host: put together, through INPUT, up to its transport (Linux `ip_local_deliver`). */
import { ICMP_TYPE } from '../../headers/numbers.js';
import type { Frame } from '../frame.js';
import { Defragmenter } from './defragmenter.js';
import { HOOK } from './hooks.js';
import type { IpInterface } from './interface.js';
import { isFragment, protocolOf, transportOf } from './packet.js';
import { reassemblyTimedOut } from './reassembly-timeout.js';
import type { IpStack } from './stack.js';
import type { IcmpError, Transport } from './transport.js';

const PROTOCOLS = 256;
const PROTOCOL_UNREACHABLE = 2;

/** The transports of an IP stack, and what stands between it and them. */
export class LocalDelivery {
  private readonly stack: IpStack;
  /** By protocol number. */
  private readonly transports: (Transport | undefined)[];
  private readonly defragmenter: Defragmenter;

  constructor(stack: IpStack) {
    this.stack = stack;
    this.transports = new Array<Transport | undefined>(PROTOCOLS).fill(undefined);
    this.defragmenter = new Defragmenter(stack.lab, (first) => reassemblyTimedOut(stack, first));
  }

  /** Has packets of a protocol, 0–255, handed to `transport`. */
  setTransport(protocol: number, transport: Transport): void {
    this.transports[protocol] = transport;
  }

  /** Takes a packet over that is for this host. */
  deliver(frame: Frame, input: IpInterface): void {
    const { stack } = this;
    if (isFragment(frame)) {
      const whole = this.defragmenter.add(frame);
      if (whole === undefined) return;
      stack.counters.reasmOks++;
      this.deliver(whole, input);
      return;
    }
    if (!stack.passes(HOOK.INPUT, frame, input.port, undefined)) return;
    const transport = this.transports[protocolOf(frame)];
    if (transport === undefined) {
      stack.icmp.error(frame, ICMP_TYPE.destinationUnreachable, PROTOCOL_UNREACHABLE);
      return;
    }
    stack.counters.inDelivers++;
    transport.receive(frame, transportOf(frame), input.port);
  }

  /** Hands an ICMP error to the transport whose packet it quotes. */
  report(
    frame: Frame,
    quoted: number,
    transport: number,
    protocol: number,
    error: IcmpError,
  ): void {
    this.transports[protocol]?.failed(frame, quoted, transport, error);
  }
}
