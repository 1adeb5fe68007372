/** Bad frames never throw, and no frame is lost from the books or used twice: seeded, so it repeats. */
import { expect, it } from 'vitest';
import { arp } from '../../../src/headers/arp.js';
import { ethernet } from '../../../src/headers/ethernet.js';
import { geneve } from '../../../src/headers/geneve.js';
import { securityPolicyId } from '../../../src/headers/geneve-options.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { vxlan } from '../../../src/headers/vxlan.js';
import { Random } from '../../../src/lab/random.js';
import { WorkloadPolicy } from '../../../src/lab/tunnel/policy.js';
import { build } from '../../../src/packet/build.js';
import { around, outOf, tunnels, VM1, VM2, watched } from './support.js';

const inner = [ethernet({ src: VM1, dst: VM2 }), ipv4({ dontFragment: true }), udp(), 'hello'];
const asks = [
  ethernet({ src: VM1, dst: 'ff:ff:ff:ff:ff:ff' }),
  arp({ senderHardware: VM1, senderProtocol: '192.168.10.5', targetProtocol: '192.168.10.6' }),
];

/** Some bytes changed, and some ends cut off. */
function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice(0, random.below(4) === 0 ? random.below(bytes.length) : undefined);
  for (let i = random.below(5); i > 0 && changed.length > 0; i--) {
    // Not the outer MAC addresses: else nobody looks at it.
    const at = Math.min(6 + random.below(bytes.length), changed.length - 1);
    changed[at] = random.below(256);
  }
  return changed;
}

for (const kind of ['vxlan', 'geneve'] as const) {
  it(`${kind}: whatever comes in, or is to go in`, () => {
    const random = new Random(3, kind);
    const pair = around(2, { kind });
    const policy = new WorkloadPolicy({ verdicts: { 'policy-xyz-123': 'allow' } });
    const [one, two] = tunnels(pair, kind === 'geneve' ? { policy } : {});
    const out = outOf(two);
    outOf(one);
    for (const tunnel of [one, two]) {
      tunnel.addFlood(tunnel === one ? '10.0.2.1' : '10.0.1.1');
      tunnel.addNeighbour('192.168.10.6', VM2);
    }
    watched(pair.lab);
    const port = pair.hosts[1].port('eth0');
    const header =
      kind === 'vxlan'
        ? vxlan({ vni: 5000 })
        : geneve({ vni: 5000, options: [securityPolicyId('policy-xyz-123')] });
    const good = build([
      ethernet({ src: VM1, dst: port.macText }),
      ipv4({ src: '10.0.1.1', dst: '10.0.2.1' }),
      udp({ srcPort: 50000 }),
      header,
      ...inner,
    ]);
    const plain = [build(inner), build(asks)];
    for (let i = 0; i < 3000; i++) {
      port.receive(pair.lab.frames.of(mutate(good, random)));
      const sent = plain[random.below(2)] as Uint8Array;
      one.port.send(pair.lab.frames.of(mutate(sent, random)));
      if (i % 50 === 0) pair.lab.run();
    }
    pair.lab.run();
    const { counters } = pair.ends[1];
    const dropped =
      counters.badHeader +
      counters.unknownVni +
      counters.badEcn +
      counters.denied +
      counters.badSource;
    // Each datagram either came out or was counted, and some of each did.
    expect(out.length + dropped).toBe(counters.received);
    expect(out.length).toBeGreaterThan(500);
    expect(counters.badHeader).toBeGreaterThan(10);
    expect(counters.unknownVni).toBeGreaterThan(20);
  });
}
