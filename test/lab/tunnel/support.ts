/** Two or three hosts whose tunnels the tests hold in their hands. */
import type { Frame } from '../../../src/lab/frame.js';
import { Host, Router } from '../../../src/lab/host.js';
import { Lab } from '../../../src/lab/lab.js';
import type { Crossing, Note } from '../../../src/lab/recorder.js';
import { type EndPointOptions, TunnelEndPoint } from '../../../src/lab/tunnel/end-point.js';
import type { Tunnel } from '../../../src/lab/tunnel/tunnel.js';
import type { TunnelOptions } from '../../../src/lab/tunnel/tunnel-options.js';

export const VM1 = '52:54:00:00:00:01';
export const VM2 = '52:54:00:00:00:02';

/** Frames and notes of a lab's run, as they come. */
export function watched(lab: Lab): { frames: Crossing[]; notes: string[] } {
  const frames: Crossing[] = [];
  const notes: string[] = [];
  const said = ({ devices, text }: Note): string => `${devices.map(({ name }) => name)}: ${text}`;
  lab.watch({ crossed: (one) => frames.push(one), noted: (one) => notes.push(said(one)) });
  return { frames, notes };
}

/** What came out of a tunnel, whose port has nobody above it but the test. */
export function outOf(tunnel: Tunnel): Uint8Array[] {
  const out: Uint8Array[] = [];
  tunnel.port.handler = {
    receive: (_port, frame: Frame) => {
      out.push(frame.data.slice());
      frame.release();
    },
  };
  return out;
}

/** One of a list, which must have it. */
export function nth<T>(list: readonly T[], i: number): T {
  const one = list[i];
  if (one === undefined)
    throw new Error(`there are ${list.length}, and number ${i} is none of them`);
  return one;
}

/** Gives a frame to a tunnel. */
export function into(tunnel: Tunnel, bytes: Uint8Array): void {
  tunnel.port.send(tunnel.device.lab.frames.of(bytes));
}

/** The third is there only where it was asked for. */
type Three<T> = readonly [T, T, T];

export interface Pair {
  readonly lab: Lab;
  readonly hosts: Three<Host>;
  readonly ends: Three<TunnelEndPoint>;
  readonly router: Router;
}

/** Hosts 10.0.1.1, 10.0.2.1 … with an end point each, around a router. */
export function around(count: number, options: Omit<EndPointOptions, 'local'>, mtu = 1500): Pair {
  const lab = new Lab();
  const router = new Router(lab, 'R');
  const hosts: Host[] = [];
  const ends: TunnelEndPoint[] = [];
  for (let i = 1; i <= count; i++) {
    const host = new Host(lab, `V${i}`, {
      title: `VTEP${i}`,
      interfaces: { eth0: { address: `10.0.${i}.1/24`, mtu } },
      gateway: `10.0.${i}.254`,
    });
    router.addInterface(`eth${i}`, { address: `10.0.${i}.254/24`, mtu });
    lab.connect(host.port('eth0'), router.port(`eth${i}`));
    hosts.push(host);
    ends.push(new TunnelEndPoint(host, { ...options, local: `10.0.${i}.1` }));
  }
  return {
    lab,
    hosts: hosts as unknown as Three<Host>,
    ends: ends as unknown as Three<TunnelEndPoint>,
    router,
  };
}

/** A tunnel of VNI 5000 at each end, without anybody to flood to. */
export function tunnels({ ends }: Pair, options: Partial<TunnelOptions> = {}): Three<Tunnel> {
  const made = ends.map((end) => end.addTunnel(`${end.kind}5000`, { vni: 5000, ...options }));
  return made as unknown as Three<Tunnel>;
}
