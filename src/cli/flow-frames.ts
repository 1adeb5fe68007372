/** The flows of an input: one numbering for every command that names a flow by its number. */
import type { Bindings, Protocols } from '../packet/bindings.js';
import type { Flow, FlowTable } from '../packet/flow-table.js';
import type { Packet } from '../packet/packet.js';
import { parse } from '../packet/parse.js';
import type { Input, InputFrame } from './input.js';

/** A frame with the flows that it belongs to. */
export interface FlowFrame {
  /** From 1. */
  readonly number: number;
  readonly frame: InputFrame;
  readonly packet: Packet<Protocols>;
  /** Outermost first; none where the frame is no IP, or where the table is full. */
  readonly flows: readonly Flow[];
}

/**
 * Adds every frame of an input to a table, and hands it on. Flows are numbered from 1 as they
 * appear, so that with the same options the same file has the same numbers. Throws, after the last
 * whole frame, where the input is damaged.
 */
export async function eachFlowFrame(
  input: Input,
  bindings: Bindings<Protocols>,
  table: FlowTable,
  take: (frame: FlowFrame) => void = () => {},
): Promise<void> {
  let number = 0;
  for await (const batch of input.batches) {
    for (const frame of batch) {
      number += 1;
      const { data, linkType, wireLength, time } = frame;
      const packet = parse(data, { linkType, wireLength, bindings });
      take({ number, frame, packet, flows: table.add(packet, time, wireLength) });
    }
  }
}
