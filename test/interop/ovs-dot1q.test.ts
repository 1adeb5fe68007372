/**
 * VLAN tags of ours through the ports of Open vSwitch: what its ports do by IEEE 802.1Q and 802.1ad
 * is what `Dot1qTagger` and `untagInPlace` make of the same frame, to the byte.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import {
  Dot1qTagger,
  type Dot1qTaggerOptions,
  untagInPlace,
} from '../../src/encap/dot1q-tagger.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { build } from '../../src/packet/build.js';
import { viewOf } from '../support/reference.js';
import { describeInNamespace, Namespace } from './support/namespace.js';
import { OpenVswitch, OVS_NEEDS } from './support/open-vswitch.js';
import { arpRequest, datagramOf, filling, VM1, VM2 } from './support/vms.js';
import { send, Tap, wire } from './support/wire.js';

/** The ports, and what Open vSwitch is told of them. */
const PORTS = {
  access10: 'tag=10',
  access20: 'tag=20',
  trunk: 'trunks=10,20',
  native10: 'vlan_mode=native-untagged tag=10 trunks=10,20',
  tagged10: 'vlan_mode=native-tagged tag=10 trunks=10,20',
  provider: 'trunks=100',
  customer: 'vlan_mode=dot1q-tunnel tag=100 cvlans=10,20',
} as const;
type Port = keyof typeof PORTS;
const NAMES = Object.keys(PORTS) as Port[];

/** Two tags of a frame are looked at: the provider's and the customer's. */
const BRIDGE =
  'set Open_vSwitch . other_config:vlan-limit=2 -- add-br lan -- set bridge lan datapath_type=netdev';

/** A frame with one more tag. */
function tagged(frame: Uint8Array, options: Dot1qTaggerOptions): Uint8Array {
  const bytes = new Uint8Array(4 + frame.length);
  bytes.set(frame, 4);
  new Dot1qTagger(options).wrapInPlace(viewOf(bytes), 4, bytes.length);
  return bytes;
}

/** A frame without its outermost tag. */
function untagged(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  return bytes.subarray(untagInPlace(viewOf(bytes), 0, bytes.length));
}

const ARP = arpRequest(VM1, VM2);
const IN10 = tagged(ARP, { vid: 10 });
const IN20 = tagged(ARP, { vid: 20 });
const IN30 = tagged(ARP, { vid: 30 });
const DROPPABLE10 = tagged(ARP, { vid: 10, priority: 5, dei: true });
/** With the priority of voice, and of no VLAN (IEEE 802.1Q §9.6: a priority tag). */
const VOICE10 = tagged(ARP, { vid: 10, priority: 5 });
const VOICE20 = tagged(ARP, { vid: 20, priority: 5 });
const VOICE = tagged(ARP, { vid: 0, priority: 5 });
/** The provider's tag of IEEE 802.1ad. */
const SERVICE = { vid: 100, tpid: 0x88a8 };
const ONE_MORE = tagged(IN10, SERVICE);

/** From a machine that is not one of the two: nobody learns from it what matters here. */
const MARKER = build([ethernet({ src: '02:00:00:00:00:99', type: 0x88b5 }), filling(46)]);

type Row = [what: string, from: Port, frame: Uint8Array, to: Partial<Record<Port, Uint8Array>>];
const NOWHERE = {};
const ROWS: Row[] = [
  ['a frame', 'access10', ARP, { trunk: IN10, native10: ARP, tagged10: IN10 }],
  ['a frame', 'access20', ARP, { trunk: IN20, native10: IN20, tagged10: IN20 }],
  ['a frame', 'native10', ARP, { access10: ARP, trunk: IN10, tagged10: IN10 }],
  ['a frame', 'tagged10', ARP, { access10: ARP, trunk: IN10, native10: ARP }],
  ['a frame', 'trunk', ARP, NOWHERE],
  ['a frame', 'provider', ARP, NOWHERE],
  ['a frame', 'customer', ARP, NOWHERE],
  ['a frame of VLAN 10', 'access10', IN10, NOWHERE],
  ['a frame of VLAN 10', 'access20', IN10, NOWHERE],
  ['a frame of VLAN 10', 'trunk', IN10, { access10: ARP, native10: ARP, tagged10: IN10 }],
  ['a frame of VLAN 20', 'trunk', IN20, { access20: ARP, native10: IN20, tagged10: IN20 }],
  ['a frame of VLAN 10', 'native10', IN10, { access10: ARP, trunk: IN10, tagged10: IN10 }],
  ['a frame of VLAN 20', 'native10', IN20, { access20: ARP, trunk: IN20, tagged10: IN20 }],
  ['a frame of VLAN 30', 'trunk', IN30, NOWHERE],
  ['a frame of VLAN 30', 'native10', IN30, NOWHERE],
  [
    'a frame with a priority',
    'trunk',
    VOICE10,
    { access10: ARP, native10: ARP, tagged10: VOICE10 },
  ],
  // IEEE 802.1Q §6.9.1 keeps the drop eligible indicator. Open vSwitch has another use for that bit,
  // "there is a tag", and always sends it as 0.
  [
    'a frame to drop first',
    'trunk',
    DROPPABLE10,
    { access10: ARP, native10: ARP, tagged10: VOICE10 },
  ],
  ['a priority tag', 'access20', VOICE, { trunk: VOICE20, native10: VOICE20, tagged10: VOICE20 }],
  ['a priority tag', 'native10', VOICE, { access10: ARP, trunk: VOICE10, tagged10: VOICE10 }],
  ['a priority tag', 'trunk', VOICE, NOWHERE],
  ['a frame of VLAN 10', 'customer', IN10, { provider: ONE_MORE }],
  ['a frame of VLAN 30', 'customer', IN30, NOWHERE],
  ['a frame with two tags', 'provider', ONE_MORE, { customer: untagged(ONE_MORE) }],
  ['another provider', 'provider', tagged(IN10, { ...SERVICE, vid: 200 }), NOWHERE],
];

describeInNamespace(OVS_NEEDS)('Open vSwitch', () => {
  let namespace: Namespace;
  let ovs: OpenVswitch;
  const taps = new Map<Port, Tap>();

  beforeAll(async () => {
    namespace = await Namespace.open();
    await namespace.script(NAMES.map((port) => wire(port, `${port}-1`)).join(''));
    ovs = await OpenVswitch.start(namespace);
    const ports = NAMES.map((port) => `-- add-port lan ${port} ${PORTS[port]}`);
    await ovs.configure(...[BRIDGE, ...ports].join(' ').split(' '));
    for (const port of NAMES) taps.set(port, await Tap.on(namespace, `${port}-1`));
  });
  afterAll(() => namespace?.close());

  /** Sends a frame into a port, and checks what comes out of all. */
  async function expectOut(
    from: Port,
    frame: Uint8Array,
    to: Partial<Record<Port, Uint8Array>>,
  ): Promise<void> {
    for (const tap of taps.values()) tap.skip();
    const next = async (port: Port) => toHex(((await taps.get(port)?.take(1)) ?? [])[0] ?? ARP);
    await send(namespace, `${from}-1`, [frame]);
    for (const [port, wanted] of Object.entries(to) as [Port, Uint8Array][]) {
      expect([port, await next(port)]).toEqual([port, toHex(wanted)]);
    }
    const marker = toHex(MARKER);
    // Out of every port, whatever its VLANs are: what is in front of it is one too many.

    await ovs.flows('packet-out', 'lan', `in_port=local,packet=${marker},actions=all`);
    for (const port of NAMES) expect([port, await next(port)]).toEqual([port, marker]);
  }

  it.each(ROWS)('brings %s from %s', async (_what, from, frame, to) => {
    await expectOut(from, frame, to);
  });

  it('learns where a machine is, in each VLAN', async () => {
    await ovs.tell('fdb/flush', 'lan');
    const [there, back] = [datagramOf(1500, VM1, VM2), datagramOf(1500, VM2, VM1)];
    const flooded = { trunk: tagged(there, { vid: 10 }), native10: there };
    await expectOut('access10', there, { ...flooded, tagged10: flooded.trunk });
    await expectOut('trunk', tagged(back, { vid: 10 }), { access10: back });
    await expectOut('access10', there, { trunk: flooded.trunk });
    // In VLAN 20 neither is known.
    const in20 = tagged(there, { vid: 20 });
    await expectOut('access20', there, { trunk: in20, native10: in20, tagged10: in20 });
  });
});
