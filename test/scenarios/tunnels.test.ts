/** What is true of every packet in a tunnel, in every scenario that has one. */
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../src/scenarios/list.js';
import { type FrameStep, frames, playSteps } from '../support/steps.js';

/** UDP ports of VXLAN and Geneve. */
const PORTS = { vxlan: 4789, geneve: 6081 } as const;

/** Who speaks with whom inside, whatever the direction: addresses, protocol and ports, or of ARP the MACs. */
function flowOf({ packet }: FrameStep): string {
  const ip = packet.all('ipv4').at(-1);
  const ethernet = packet.all('ethernet').at(-1);
  const ports = packet.all('udp')[1];
  const ends = packet.all('arp').length > 0 ? ethernet : ip;
  const one = `${ends?.src}:${ports?.srcPort}`;
  const other = `${ends?.dst}:${ports?.dstPort}`;
  return `${ip?.protocol} ${[one, other].sort().join(' ')}`;
}

const tunnelled = scenarios.flatMap((scenario) => {
  const kept = frames(playSteps(scenario).steps).filter(
    ({ packet }) => packet.layer('vxlan') !== undefined || packet.layer('geneve') !== undefined,
  );
  return kept.length === 0 ? [] : [{ name: scenario.name, kept }];
});

describe('packets of tunnels', () => {
  it('are in ten scenarios', () => {
    expect(tunnelled.map(({ name }) => name).sort()).toEqual([
      'cross-node-pods',
      'geneve',
      'geneve-mtu',
      'geneve-policy',
      'vxlan',
      'vxlan-controller',
      'vxlan-database',
      'vxlan-flood-and-learn',
      'vxlan-mtu',
      'vxlan-multi-tenant',
    ]);
  });

  for (const { name, kept } of tunnelled) {
    it(`${name}: go to the tunnel's port, without a checksum, in packets that may be cut`, () => {
      for (const { packet } of kept) {
        const kind = packet.layer('vxlan') === undefined ? 'geneve' : 'vxlan';
        expect(packet.layer('udp')).toMatchObject({ dstPort: PORTS[kind], checksum: 0 });
        expect(packet.layer('ipv4')).toMatchObject({ dontFragment: false, protocol: 17 });
        expect(packet.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      }
    });

    it(`${name}: come from a port that is the hash of the flow inside, the same at every hop`, () => {
      const ports = new Map<string, Set<number>>();
      for (const step of kept) {
        const port = step.packet.layer('udp')?.srcPort ?? 0;
        // RFC 7348 §5: the dynamic range.
        expect(port).toBeGreaterThanOrEqual(49_152);
        const flow = flowOf(step);
        ports.set(flow, (ports.get(flow) ?? new Set()).add(port));
      }
      for (const [flow, of] of ports) expect([...of], flow).toHaveLength(1);
    });

    it(`${name}: lose one TTL at each router, and the packet inside none`, () => {
      for (const { way, packet } of kept) {
        const [outer, inner] = packet.all('ipv4');
        const isGroup = outer?.dst.startsWith('239.') === true;
        const hops = way.startsWith('R') ? (/^R(\d)/.exec(way)?.[1] ?? '') : '';
        const back = outer?.src === '10.0.0.2';
        const routers = hops === '' ? 0 : (hops === '1') === back ? 2 : 1;
        expect(outer?.ttl, way).toBe((isGroup ? 1 : 64) - routers);
        // The nodes of cross-node-pods are routers for their pods.
        if (inner !== undefined) expect(inner.ttl).toBe(name === 'cross-node-pods' ? 63 : 64);
      }
    });
  }

  it('of different flows come from different ports', () => {
    const flows = new Map<string, number>();
    for (const { kept } of tunnelled) {
      for (const step of kept) flows.set(flowOf(step), step.packet.layer('udp')?.srcPort ?? 0);
    }
    expect(flows.size).toBeGreaterThan(10);
    expect(new Set(flows.values()).size).toBeGreaterThan(flows.size * 0.9);
  });
});
