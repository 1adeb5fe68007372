/** TCP connections in frames, for tests of following them. */
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import type { LayerSpec } from '../../src/headers/layer-spec.js';
import { type TcpFlag, tcp } from '../../src/headers/tcp.js';
import { build } from '../../src/packet/build.js';
import type { TcpEvent } from '../../src/reassembly/tcp-events.js';
import {
  TcpReassembler,
  type TcpReassemblerOptions,
} from '../../src/reassembly/tcp-reassembler.js';
import { parsed } from './fragments.js';

export interface Sent {
  readonly from?: 'client' | 'server';
  readonly seq: number;
  readonly ack?: number;
  readonly flags?: readonly TcpFlag[];
  readonly data?: string | Uint8Array;
  readonly time?: number;
  /** Bytes that the snap length cuts off. */
  readonly cut?: number;
  readonly clientPort?: number;
  readonly front?: readonly LayerSpec[];
}

const FRONT: readonly LayerSpec[] = [ethernet({ src: '02:00:00:00:00:01' })];
const ENDS = ['10.0.0.1', '10.0.0.2'] as const;

/** The frame of a segment; an ACK unless flags are given. */
export function segment({ from = 'client', clientPort = 50_000, ...sent }: Sent): Uint8Array {
  const { seq, ack = 0, flags = ['ACK'], data = '', front = FRONT } = sent;
  const [src, dst] = from === 'client' ? ENDS : [ENDS[1], ENDS[0]];
  const ports = from === 'client' ? [clientPort, 80] : [80, clientPort];
  const [srcPort, dstPort] = ports as [number, number];
  return build([
    ...front,
    ipv4({ src, dst }),
    tcp({ srcPort, dstPort, seq: seq % 2 ** 32, ack: ack % 2 ** 32, flags }),
    data,
  ]);
}

export interface Followed {
  readonly events: TcpEvent[];
  /** What each end said, gaps as `<3>`. */
  readonly client: string;
  readonly server: string;
  /** The events in short, but data. */
  readonly story: string[];
}

/** Follows segments to the end of the capture. */
export function followed(sent: readonly Sent[], options: TcpReassemblerOptions = {}): Followed {
  const reassembler = new TcpReassembler(options);
  const events = sent.flatMap((one, i) => {
    const frame = segment(one);
    const kept = frame.slice(0, frame.length - (one.cut ?? 0));
    return reassembler.add(parsed(kept, frame.length), one.time ?? 0, i + 1);
  });
  events.push(...reassembler.end());
  const said = { client: '', server: '' };
  for (const event of events) {
    if (event.kind === 'data') said[event.from] += new TextDecoder().decode(event.bytes);
    if (event.kind === 'gap') said[event.from] += `<${event.length}>`;
  }
  const story = events.filter(({ kind }) => kind !== 'data' && kind !== 'start').map(inShort);
  return { events, ...said, story };
}

function inShort(event: TcpEvent): string {
  const { kind, from, frame } = event;
  const more = [
    'position' in event ? `${event.position}+${event.length}` : '',
    'reason' in event ? event.reason : '',
    'differs' in event && event.differs ? 'differs' : '',
  ].filter((one) => one !== '');
  return [kind, from, `#${frame}`, ...more].join(' ');
}
