/** An Ethernet switch: a bridge and its ports in a box of its own. */
import { PacketError } from '../bytes/error.js';
import { Bridge } from './bridge/bridge.js';
import type { BridgePortOptions } from './bridge/port.js';
import { Device, type DeviceOptions, type PortSpec } from './device.js';
import type { Lab } from './lab.js';
import { checkNumber, numbers } from './range.js';

/** A port of a switch: an access port, a trunk, or one of a switch without VLANs. */
export interface SwitchPortSpec extends PortSpec {
  /** The one VLAN that the port is in, 1–4094: what is behind it sees no tags. */
  readonly access?: number;
  /** The VLANs whose frames come and leave with a tag, 1–4094 each, or `all`. */
  readonly trunk?: readonly number[] | 'all';
  /** Of a trunk: the VLAN of frames without a tag (absent: none, they are dropped). */
  readonly native?: number;
  /** Isolated ports exchange no frames with each other (absent: false). */
  readonly isolated?: boolean;
}

/** What a switch can be told. */
export interface SwitchOptions extends DeviceOptions {
  /** How many ports, named `1`, `2` …; or each by its name (absent: 8). */
  readonly ports?: number | Readonly<Record<string, SwitchPortSpec>>;
  /** Nanoseconds after which an address is forgotten (absent: 300 s); 0: never. */
  readonly ageing?: number;
  /** Addresses that are learned at most (absent: 16,384); 0: no limit. */
  readonly maxLearned?: number;
}

/** More are a mistake. */
const PORTS = numbers(1, 4096);

/**
 * A switch. It keeps VLANs apart where one of its ports has `access` or `trunk`; ports that have
 * neither are then in VLAN 1.
 */
export class Switch extends Device {
  readonly bridge: Bridge;

  /** Throws `PacketError` for an option that makes no sense, naming the switch and the port. */
  constructor(lab: Lab, name: string, options: SwitchOptions = {}) {
    super(lab, name, options);
    const specs = specsOf(name, options.ports ?? 8);
    const { ageing, maxLearned } = options;
    this.bridge = new Bridge(this, 'br0', {
      vlanFiltering: specs.some(
        ([, { access, trunk }]) => access !== undefined || trunk !== undefined,
      ),
      ...(ageing === undefined ? {} : { ageing }),
      ...(maxLearned === undefined ? {} : { maxLearned }),
    });
    for (const [port, spec] of specs) {
      this.bridge.addPort(this.addPort(port, spec), memberOptions(`${name}:${port}`, spec));
    }
  }
}

function specsOf(
  name: string,
  ports: number | Readonly<Record<string, SwitchPortSpec>>,
): [string, SwitchPortSpec][] {
  if (typeof ports !== 'number') return Object.entries(ports);
  checkNumber(name, 'the number of ports', ports, PORTS);
  return Array.from({ length: ports }, (_, i) => [`${i + 1}`, {}]);
}

/** What a bridge is told of such a port. Throws `BAD_OPTION` for what makes no sense. */
export function memberOptions(where: string, spec: SwitchPortSpec): BridgePortOptions {
  const { access, trunk, native, isolated = false } = spec;
  if (access !== undefined && (trunk !== undefined || native !== undefined)) {
    throw new PacketError('BAD_OPTION', `${where}: a port is an access port or a trunk, not both`);
  }
  if (native !== undefined && trunk === undefined) {
    throw new PacketError('BAD_OPTION', `${where}: only a trunk has a native VLAN`);
  }
  const pvid = access ?? native;
  return {
    isolated,
    ...(pvid === undefined ? {} : { pvid }),
    ...(trunk === undefined ? {} : { vlans: trunk }),
  };
}
