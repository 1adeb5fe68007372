/** Switches of a topology. */
import { Switch } from '../switch.js';
import { type Kind, kindOf } from './kind.js';
import { FLAG, list, object, optional, record, type Shape, whole } from './shape.js';
import { DURATION, isName, MAC, MTU, NAMES, VLAN } from './values.js';

const MANY: Shape<number[]> = list(VLAN);
const TRUNK: Shape<number[] | 'all'> = {
  expected: 'all, or a list of VLANs from 1 to 4094',
  parts: [],
  read: (value, place) => (value === 'all' ? value : MANY.read(value, place)),
};

/** A port of a switch or of a bridge. */
export const SWITCH_PORT = object('a port', {
  access: optional(VLAN, 'the one VLAN that it is in; frames have no tag'),
  trunk: optional(TRUNK, 'the VLANs whose frames have a tag'),
  native: optional(VLAN, 'of a trunk: the VLAN of frames without one (absent: they are dropped)'),
  isolated: optional(FLAG, 'whether it exchanges no frames with other isolated ports'),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, "bytes of an IP packet (absent: 1500, or its link's)"),
});

const MAX_LEARNED = 16_777_216;

/** A switch. */
export const SWITCH: Kind = kindOf(
  'switch',
  'a switch that learns MAC addresses; with `access` or `trunk` ports it keeps VLANs apart',
  {
    ports: optional(
      record('NAME', SWITCH_PORT, isName, NAMES),
      'its ports; those that links name need not be here',
    ),
    ageing: optional(DURATION, 'after which an address is forgotten (absent: 5min)'),
    maxLearned: optional(whole(0, MAX_LEARNED), 'addresses that it learns (absent: 16384)'),
  },
  (network, name, said, place) => {
    const { ports = new Map(), ...options } = said;
    const record = Object.fromEntries([...ports].map(([port, spec]) => [port, spec ?? {}]));
    const device = place.try(() => new Switch(network.lab, name, { ...options, ports: record }));
    if (device === undefined) return undefined;
    network.portMakers.set(device, (port) => {
      const made = device.addPort(port);
      device.bridge.addPort(made);
      return made;
    });
    return device;
  },
);
