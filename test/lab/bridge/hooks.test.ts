import { describe, expect, it } from 'vitest';
import { formatIpv4, parseMac } from '../../../src/bytes/address.js';
import { Bridge } from '../../../src/lab/bridge/bridge.js';
import type { BridgeHooks } from '../../../src/lab/bridge/hooks.js';
import { Host } from '../../../src/lab/host.js';
import { dstOf, srcOf } from '../../../src/lab/ip/packet.js';
import { Lab } from '../../../src/lab/lab.js';
import { Namespace } from '../../../src/lab/namespace.js';
import { parse } from '../../../src/packet/parse.js';

function node(hooks: Partial<BridgeHooks>) {
  const lab = new Lab();
  const host = new Host(lab, 'node', { forwarding: true });
  const bridge = new Bridge(host, 'br0', { self: { mac: '02:00:00:00:0b:00' } });
  host.addAddresses(bridge.self, '10.244.1.1/24');
  const pods = [5, 6].map((i) => {
    const pod = new Namespace(host, `pod${i}`);
    pod.plugInto(bridge, { address: `10.244.1.${i}/24`, mac: `02:00:00:00:00:1${i}` });
    return pod;
  }) as [Namespace, Namespace];
  const seen: string[] = [];
  const path = (frame: Parameters<typeof srcOf>[0]): string =>
    `${formatIpv4(srcOf(frame))} → ${formatIpv4(dstOf(frame))}`;
  bridge.hooks = {
    enter: (_bridge, frame, input) => {
      seen.push(`in ${input.name}: ${path(frame)}`);
      return hooks.enter?.(bridge, frame, input) ?? true;
    },
    leave: (_bridge, frame, input, output) => {
      seen.push(`${input.name} to ${output.name}: ${path(frame)}`);
      return hooks.leave?.(bridge, frame, input, output) ?? true;
    },
  };
  return { lab, host, pods, bridge, seen };
}

describe('the hooks of a bridge', () => {
  it('see IPv4 packets that are bridged, coming in and leaving, and no ARP', () => {
    const { lab, pods, seen } = node({});
    const ping = pods[0].ping('10.244.1.6');
    lab.run();
    expect(ping.ok).toBe(true);
    expect(seen).toEqual([
      'in veth-pod5: 10.244.1.5 → 10.244.1.6',
      'veth-pod5 to veth-pod6: 10.244.1.5 → 10.244.1.6',
      'in veth-pod6: 10.244.1.6 → 10.244.1.5',
      'veth-pod6 to veth-pod5: 10.244.1.6 → 10.244.1.5',
    ]);
  });

  it('see what goes up to the node coming in alone, and what the node sends not at all', () => {
    const { lab, host, seen } = node({});
    const ping = host.ping('10.244.1.6');
    lab.run();
    expect(ping.ok).toBe(true);
    expect(seen).toEqual(['in veth-pod6: 10.244.1.6 → 10.244.1.1']);
  });

  it.each(['enter', 'leave'] as const)('may take a packet where it would %s', (where) => {
    const { lab, pods } = node({
      [where]: (...args: Parameters<BridgeHooks['leave']>) => {
        args[1].release();
        return false;
      },
    });
    const ping = pods[0].ping('10.244.1.6');
    lab.run();
    expect(ping.answers).toEqual([{ kind: 'timeout' }]);
  });

  it('may send a packet elsewhere: by another MAC address, to the bridge itself to be routed', () => {
    const { lab, host, pods } = node({
      enter: (bridge, frame) => {
        if (dstOf(frame) === 0x0af40106) {
          frame.view.setUint16(frame.start, 0x0200);
          frame.view.setUint32(frame.start + 2, bridge.self.mac % 2 ** 32);
        }
        return true;
      },
    });
    const ttls: (number | undefined)[] = [];
    lab.watch({
      crossed: ({ to, bytes }) => {
        if (to.device === pods[1]) ttls.push(parse(bytes).layer('ipv4')?.ttl);
      },
    });
    const ping = pods[0].ping('10.244.1.6');
    lab.run();
    expect(ping.ok).toBe(true);
    expect(ttls).toContain(63);
    expect(host.ip.counters.forwDatagrams).toBe(1);
    expect(parseMac('02:00:00:00:0b:00')).toBe(host.port('br0').mac);
  });

  it('get no packet whose header is wrong', () => {
    const { lab, host, seen } = node({});
    const bad = new Uint8Array(60);
    bad.set([2, 0, 0, 0, 0, 0x16, 2, 0, 0, 0, 0, 0x15, 8, 0, 0x45]);
    host.port('veth-pod5').receive(lab.frames.of(bad));
    lab.run();
    expect(seen).toEqual([]);
    expect(host.port('veth-pod5').rxDropped).toBe(1);
  });
});
