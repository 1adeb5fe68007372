import { describe, expect, it } from 'vitest';
import { ethernet } from '../../../src/headers/ethernet.js';
import { geneve } from '../../../src/headers/geneve.js';
import { guideOptions, securityPolicyId } from '../../../src/headers/geneve-options.js';
import { ipv4 } from '../../../src/headers/ipv4.js';
import { udp } from '../../../src/headers/udp.js';
import { type PolicyVerdict, WorkloadPolicy } from '../../../src/lab/tunnel/policy.js';
import { build } from '../../../src/packet/build.js';
import { parse } from '../../../src/packet/parse.js';
import { around, into, nth, outOf, tunnels, VM1, VM2, watched } from './support.js';

const frontend = {
  policy: 'policy-xyz-123',
  telemetry: 'latency=5ms, hop=3',
  identity: 'workload=frontend-abc',
};
const frame = (src = VM1): Uint8Array =>
  build([ethernet({ src, dst: VM2, type: 0x88b5 }), 'to the backend']);

/** A tunnel from VM1's host to VM2's, with that verdict on the guide's policy. */
function between(verdict: 'allow' | 'deny') {
  const pair = around(2, { kind: 'geneve' });
  const policy = new WorkloadPolicy({
    workloads: { [VM1]: frontend },
    verdicts: { 'policy-xyz-123': verdict },
  });
  const [one, two] = tunnels(pair, { policy });
  one.addEntry(VM2, '10.0.2.1');
  return { pair, one, two, out: outOf(two), ...watched(pair.lab), counters: pair.ends[1].counters };
}

describe("the guide's policy", () => {
  it('puts its three options on what a workload sends, and lets it out where it is allowed', () => {
    const { pair, one, out, frames, notes } = between('allow');
    into(one, frame());
    pair.lab.run();
    expect(out).toEqual([frame()]);
    const outer = frames.map(({ bytes }) => parse(bytes)).find((packet) => packet.layer('geneve'));
    expect(outer?.problems).toEqual([]);
    expect(outer?.layer('geneve')?.options).toEqual([
      { kind: 'securityPolicyId', value: 'policy-xyz-123' },
      { kind: 'telemetry', value: 'latency=5ms, hop=3' },
      { kind: 'sourceIdentity', value: 'workload=frontend-abc' },
    ]);
    expect(notes).toContain('V1: SDN: Lookup policy\nAdd identity to Geneve');
    expect(notes).toContain('V1,V2: GENEVE ENCAPSULATION');
    expect(notes).toContain('V2: SDN: Read TLV\nVerify policy ✅\nDecapsulate');
    expect(frames.map(({ label }) => label)).toContain(
      'Geneve packet\nOuter: 10.0.1.1 → 10.0.2.1\nVNI: 5000\nTLV: policy, telemetry, identity\nInner: packet',
    );
  });

  it('does not open what is denied', () => {
    const { pair, one, two, out, notes, counters } = between('deny');
    into(one, frame());
    pair.lab.run();
    expect(out).toEqual([]);
    expect(counters.denied).toBe(1);
    expect(notes.at(-1)).toBe('V2: SDN: Read TLV\nVerify policy ❌\nDrop, not opened');
    // Not even the sender's address was read.
    expect(two.table.print('eth0')).toEqual([]);
  });

  it('denies who names no policy, or one that it does not know, unless it is told otherwise', () => {
    const { pair, one, out, counters } = between('allow');
    into(one, frame('52:54:00:00:00:77'));
    pair.lab.run();
    expect([out.length, counters.denied]).toEqual([0, 1]);
    const open = around(2, { kind: 'geneve' });
    const [from, to] = tunnels(open, { policy: new WorkloadPolicy({ otherwise: 'allow' }) });
    const opened = outOf(to);
    from.addEntry(VM2, '10.0.2.1');
    into(from, frame());
    open.lab.run();
    expect(opened.length).toBe(1);
  });

  it('refuses a text that no option holds', () => {
    const identity = 'x'.repeat(125);
    expect(() => new WorkloadPolicy({ workloads: { [VM1]: { identity } } })).toThrow(/124/);
    expect(() => new WorkloadPolicy({ workloads: { VM1: frontend } })).toThrow(/no MAC address/);
    for (const identity of ['', 'x\0']) {
      expect(() => new WorkloadPolicy({ workloads: { [VM1]: { identity } } })).toThrow(/empty/);
    }
    expect(() => new WorkloadPolicy({ verdicts: { '': 'deny' } })).toThrow(/empty/);
  });

  it('refuses two workloads of one address, and a verdict that is none', () => {
    const workloads = { 'aa:aa:aa:aa:aa:aa': {}, 'AA:AA:AA:AA:AA:AA': {} };
    expect(() => new WorkloadPolicy({ workloads })).toThrow(/there twice/);
    const verdict = 'Allow' as PolicyVerdict;
    expect(() => new WorkloadPolicy({ verdicts: { web: verdict } })).toThrow(
      'the verdict on web is "Allow": expected allow or deny',
    );
    expect(() => new WorkloadPolicy({ otherwise: verdict })).toThrow(/others is "Allow"/);
  });

  it('makes room for its options in what it tells of the MTU', () => {
    const { pair, one } = between('allow');
    const back = outOf(one);
    const large = (bytes: number) =>
      build([
        ethernet({ src: VM1, dst: VM2 }),
        ipv4({ src: '192.168.10.5', dst: '192.168.10.6', dontFragment: true }),
        udp({ dstPort: 7000 }),
        new Uint8Array(bytes - 28),
      ]);
    // 4 bytes of header each, and 16, 20 and 24 of data.
    const options = guideOptions.size(one.policy?.options(pair.lab.frames.of(frame())) ?? []);
    expect(options).toBe(72);
    into(one, large(1500 - 50 - options));
    pair.lab.run();
    expect(back.length).toBe(0);
    into(one, large(1500 - 50 - options + 1));
    pair.lab.run();
    expect(parse(nth(back, 0)).layer('icmp')?.message.mtu).toBe(1378);
  });
});

describe('critical options', () => {
  const arriving = (knownOptions: { class: number; type: number }[]) => {
    const pair = around(2, { kind: 'geneve', knownOptions });
    const [, two] = tunnels(pair);
    const out = outOf(two);
    const { notes } = watched(pair.lab);
    const port = pair.hosts[1].port('eth0');
    const options = [
      securityPolicyId('policy-xyz-123'),
      { class: 0x0107, type: 0x81, data: new Uint8Array(4) },
    ];
    const bytes = build([
      ethernet({ src: VM1, dst: port.macText }),
      ipv4({ src: '10.0.1.1', dst: '10.0.2.1' }),
      udp({ srcPort: 50000 }),
      geneve({ vni: 5000, options }),
      ...[ethernet({ src: VM1, dst: VM2, type: 0x88b5 }), 'x'],
    ]);
    port.receive(pair.lab.frames.of(bytes));
    return { out, notes, counters: pair.ends[1].counters };
  };

  it('that the receiver does not know lead to a drop (RFC 8926 §3.5), others do not', () => {
    const unknown = arriving([]);
    expect(unknown.out).toEqual([]);
    expect(unknown.counters.badHeader).toBe(1);
    expect(unknown.notes).toEqual(['V2: Drop: a critical Geneve option is not known']);
    const known = arriving([{ class: 0x0107, type: 0x81 }]);
    expect(known.out.length).toBe(1);
    expect(known.counters.badHeader).toBe(0);
  });
});
