/** Two hosts with two routers between them, whose own link may carry little. */
import { MILLISECOND } from '../../src/lab/clock.js';
import { Host, Router } from '../../src/lab/host.js';
import { Lab } from '../../src/lab/lab.js';
import type { Crossing, Note } from '../../src/lab/recorder.js';

export const CLIENT = '192.168.1.50';
export const SERVER = '10.0.5.100';

/** What is seen and said in a lab, from now on. */
export function watch(lab: Lab): { frames: Crossing[]; notes: Note[] } {
  const frames: Crossing[] = [];
  const notes: Note[] = [];
  lab.watch({ settled: (one) => frames.push(one), noted: (one) => notes.push(one) });
  return { frames, notes };
}

/** Client, router, router, server, watched; `mtu`: bytes that the routers' link carries. */
export function routed(mtu: number) {
  const lab = new Lab();
  const client = new Host(lab, 'C', {
    interfaces: { eth0: { address: `${CLIENT}/24` } },
    gateway: '192.168.1.1',
  });
  const router = (name: string, left: string, right: string): Router =>
    new Router(lab, name, { interfaces: { eth0: { address: left }, eth1: { address: right } } });
  const r1 = router('R1', '192.168.1.1/24', '10.0.2.1/24');
  const r2 = router('R2', '10.0.2.254/24', '10.0.5.1/24');
  const server = new Host(lab, 'S', {
    interfaces: { eth0: { address: `${SERVER}/24` } },
    gateway: '10.0.5.1',
  });
  r1.ip.addRoute('10.0.5.0/24', { via: '10.0.2.254' });
  r2.ip.addRoute('192.168.1.0/24', { via: '10.0.2.1' });
  const link = { latency: MILLISECOND };
  lab.connect(client.port('eth0'), r1.port('eth0'), link);
  lab.connect(r1.port('eth1'), r2.port('eth0'), { ...link, mtu });
  lab.connect(r2.port('eth1'), server.port('eth0'), link);
  return { lab, client, server, ...watch(lab) };
}
