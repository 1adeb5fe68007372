/** Random frames through random trees of switches, beside a model of twenty lines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMac } from '../../../src/bytes/address.js';
import { macTextOf, vlanOf } from '../../../src/lab/bridge/fdb.js';
import { SECOND } from '../../../src/lab/clock.js';
import { Lab } from '../../../src/lab/lab.js';
import { Switch, type SwitchPortSpec } from '../../../src/lab/switch.js';
import { Station } from '../../support/station.js';

const VIDS = [1, 10, 20, 4094];
const AGEING = 300 * SECOND;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

interface End {
  readonly spec: SwitchPortSpec;
  /** The other end: a port of another switch, or a station's number. */
  peer: { readonly sw: number; readonly port: number } | { readonly station: number };
}

const pvidOf = ({ access, native }: SwitchPortSpec): number | undefined => access ?? native;
const isIn = (spec: SwitchPortSpec, vid: number): boolean =>
  pvidOf(spec) === vid || (spec.trunk?.includes(vid as never) ?? false);

/** What each switch is expected to know and each station to get. */
class Model {
  readonly tables: Map<string, { vid: number; mac: string; port: number; time: number }>[];
  readonly got: string[][];
  private readonly switches: readonly (readonly End[])[];

  constructor(switches: readonly (readonly End[])[], stations: number) {
    this.switches = switches;
    this.tables = switches.map(() => new Map());
    this.got = Array.from({ length: stations }, () => []);
  }

  arrive(sw: number, port: number, tag: number | undefined, frame: Sent, now: number): void {
    const ends = this.switches[sw] as readonly End[];
    const table = this.tables[sw] as (typeof this.tables)[number];
    const { spec } = ends[port] as End;
    const vid = tag || pvidOf(spec);
    if (vid === undefined || !isIn(spec, vid)) return;
    table.set(`${vid} ${frame.src}`, { vid, mac: frame.src, port, time: now });
    const known = table.get(`${vid} ${frame.dst}`);
    const fresh = known !== undefined && now - known.time <= AGEING;
    for (const [out, end] of ends.entries()) {
      if (out === port || !isIn(end.spec, vid) || (fresh && known.port !== out)) continue;
      const leaves = pvidOf(end.spec) === vid ? undefined : vid;
      if ('sw' in end.peer) this.arrive(end.peer.sw, end.peer.port, leaves, frame, now);
      else
        this.got[end.peer.station]?.push(
          leaves === undefined ? frame.text : `${leaves} ${frame.text}`,
        );
    }
  }

  /** VLAN, address and port of all that a switch has not forgotten. */
  known(sw: number, now: number): string[] {
    return [...(this.tables[sw] as (typeof this.tables)[number]).values()]
      .filter(({ time }) => now - time <= AGEING)
      .map(({ vid, mac, port }) => `${vid} ${mac} ${port + 1}`)
      .sort();
  }
}

interface Sent {
  readonly src: string;
  readonly dst: string;
  readonly text: string;
}

const vids = fc.uniqueArray(fc.constantFrom(...VIDS), { minLength: 1 });
const access = fc.constantFrom(...VIDS).map((vid): SwitchPortSpec => ({ access: vid }));
const trunk = fc
  .record({ trunk: vids, native: fc.option(fc.constantFrom(...VIDS), { nil: undefined }) })
  .map(
    ({ trunk, native }): SwitchPortSpec => (native === undefined ? { trunk } : { trunk, native }),
  );
const network = fc.record({
  /** Of each switch but the first: which of those before it it hangs on, and both ends of the trunk. */
  trunks: fc.array(fc.tuple(fc.nat(), trunk, trunk), { maxLength: 4 }),
  stations: fc.array(fc.tuple(fc.nat(), fc.oneof({ weight: 3, arbitrary: access }, trunk)), {
    minLength: 2,
    maxLength: 8,
  }),
  frames: fc.array(
    fc.record({
      from: fc.nat(),
      to: fc.oneof(fc.nat(20), fc.constant(-1)),
      vid: fc.option(fc.constantFrom(0, ...VIDS, 30, 4095), { nil: undefined }),
      // Sometimes somebody uses another's address: it has moved.
      as: fc.option(fc.nat(), { nil: undefined, freq: 8 }),
      pause: fc.constantFrom(0, 0, 0, 100, 299, 301),
    }),
    { maxLength: 40 },
  ),
});

const macOf = (station: number): string => `02:00:00:00:aa:${String(station).padStart(2, '0')}`;

describe('a tree of switches', () => {
  it('brings each frame to whom it should, keeps VLANs apart, and learns what is so', () => {
    fc.assert(
      fc.property(network, ({ trunks, stations, frames }) => {
        const ends: End[][] = [[], ...trunks.map((): End[] => [])];
        for (const [i, [to, near, far]] of trunks.entries()) {
          const sw = i + 1;
          const up = to % sw;
          const [mine, theirs] = [ends[sw], ends[up]] as [End[], End[]];
          mine.push({ spec: near, peer: { sw: up, port: theirs.length } });
          theirs.push({ spec: far, peer: { sw, port: mine.length - 1 } });
        }
        const at = stations.map(([to, spec], station) => {
          const sw = to % ends.length;
          const own = ends[sw] as End[];
          own.push({ spec, peer: { station } });
          return { sw, port: own.length - 1 };
        });
        const lab = new Lab();
        const switches = ends.map(
          (own, i) =>
            new Switch(lab, `SW${i}`, {
              ports: Object.fromEntries(own.map(({ spec }, port) => [`${port + 1}`, spec])),
            }),
        );
        const devices = stations.map((_, i) => new Station(lab, `S${i}`));
        for (const [sw, own] of ends.entries()) {
          for (const [port, { peer }] of own.entries()) {
            const mine = switches[sw]?.port(`${port + 1}`);
            const other =
              'station' in peer
                ? devices[peer.station]?.port('eth0')
                : peer.sw > sw
                  ? switches[peer.sw]?.port(`${peer.port + 1}`)
                  : undefined;
            if (mine !== undefined && other !== undefined) lab.connect(mine, other);
          }
        }

        const model = new Model(ends, stations.length);
        for (const [i, { from, to, vid, as, pause }] of frames.entries()) {
          lab.runFor(pause * SECOND);
          const sender = from % stations.length;
          const dst = to < 0 ? BROADCAST : macOf(to % (stations.length + 2));
          const src = macOf((as ?? sender) % stations.length);
          const text = `frame ${i}`;
          devices[sender]?.send(dst, src, vid === undefined ? { text } : { vid, text });
          lab.run();
          const { sw, port } = at[sender] as { sw: number; port: number };
          model.arrive(sw, port, vid, { src, dst, text }, lab.clock.now);
        }

        expect(devices.map(({ seen }) => seen)).toEqual(model.got);
        for (const [i, { bridge }] of switches.entries()) {
          if (!bridge.vlanFiltering) continue;
          const known = bridge.fdb.all
            .filter(({ kind }) => kind === 'dynamic')
            .map((entry) => `${vlanOf(entry)} ${macTextOf(entry)} ${entry.port.port.name}`);
          expect(known.sort()).toEqual(model.known(i, lab.clock.now));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds tens of thousands of addresses, and finds each', () => {
    const lab = new Lab();
    const sw = new Switch(lab, 'SW', { ports: 2, maxLearned: 0 });
    const [one, two] = sw.bridge.members;
    if (one === undefined || two === undefined) throw new Error('no ports');
    const { fdb } = sw.bridge;
    const count = 30_000;
    for (let i = 1; i <= count; i++) fdb.learn(i % 5, 0x0200, i * 7919, i % 2 === 0 ? one : two);
    expect(fdb.learned).toBe(count);
    for (let i = 1; i <= count; i++) {
      const found = fdb.find(i % 5, 0x0200, i * 7919);
      expect(found?.port === (i % 2 === 0 ? one : two)).toBe(true);
    }
    expect(fdb.find(5, 0x0200, 7919)).toBeUndefined();
    expect(fdb.remove(1, parseMac('02:00:00:00:1e:ef'))).toBe(true);
    expect(fdb.find(1, 0x0200, 7919)).toBeUndefined();
    fdb.flush(two);
    expect(fdb.learned).toBe(count / 2);
    fdb.flush();
    expect(fdb.learned).toBe(0);
    expect(fdb.all.every(({ kind }) => kind === 'local')).toBe(true);
  });
});
