/** Where the IP stack asks others about a packet: netfilter's five hooks (Linux `nf_inet_hooks`). */
import type { Frame } from '../frame.js';
import type { Port } from '../port.js';

/** The hooks, in Linux's numbers. */
export const HOOK = {
  PREROUTING: 0,
  INPUT: 1,
  FORWARD: 2,
  OUTPUT: 3,
  POSTROUTING: 4,
} as const;

/** A hook's number, 0–4. */
export type Hook = (typeof HOOK)[keyof typeof HOOK];

/** What looks at every packet at the five hooks: netfilter, IPVS. */
export interface PacketHooks {
  /**
   * Looks at the IPv4 packet at `frame.network`, and may change it. True: it goes on. False: it has
   * been taken (dropped, answered, sent elsewhere) and is no longer the caller's.
   *
   * `input`, `output`: the ports by which it came and will leave, where they are known.
   */
  run(hook: Hook, frame: Frame, input: Port | undefined, output: Port | undefined): boolean;
}

/** Several that look at every packet, one after the other. */
export class HookList implements PacketHooks {
  private readonly entries: { readonly hooks: PacketHooks; readonly priority: number }[];

  constructor() {
    this.entries = [];
  }

  /** Adds one behind all of a lower or the same `priority`. */
  add(hooks: PacketHooks, priority: number): void {
    this.entries.push({ hooks, priority });
    this.entries.sort((one, other) => one.priority - other.priority);
  }

  /** Asks one after the other, until one takes the packet. */
  run(hook: Hook, frame: Frame, input: Port | undefined, output: Port | undefined): boolean {
    const { entries } = this;
    for (let i = 0; i < entries.length; i++) {
      const { hooks } = entries[i] as (typeof entries)[number];
      if (!hooks.run(hook, frame, input, output)) return false;
    }
    return true;
  }
}
