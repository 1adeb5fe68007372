/** A port of a bridge: which VLANs it belongs to, and how frames pass. */
import { PacketError } from '../../bytes/error.js';
import type { Frame } from '../frame.js';
import type { Port, PortHandler } from '../port.js';
import { checkVid, MAX_VID } from '../vlan-tag.js';
import type { Bridge } from './bridge.js';

/** What a port of a bridge can be told. Its VLANs count where the bridge filters by them. */
export interface BridgePortOptions {
  /**
   * The VLAN of frames without a tag, 1–4094; its frames leave without one. An access port has
   * nothing else; of a trunk it is the native VLAN. Absent: 1, or with `vlans`: frames without a tag
   * are dropped.
   */
  readonly pvid?: number;
  /** VLANs whose frames come and leave with a tag, 1–4094 each, or `all` of them. */
  readonly vlans?: readonly number[] | 'all';
  /** Whether a frame may leave by the port that it came in by (absent: false). */
  readonly hairpin?: boolean;
  /** Isolated ports exchange no frames with each other (absent: false). */
  readonly isolated?: boolean;
  /** Whether addresses are learned here (absent: true). */
  readonly learning?: boolean;
}

/** What a port is to a VLAN. */
export const MEMBERSHIP = { NONE: 0, TAGGED: 1, UNTAGGED: 2 } as const;

/** The VLAN that ports are in where nothing is said: Linux's `vlan_default_pvid`. */
const DEFAULT_PVID = 1;

/** A port of a bridge. */
export class BridgePort implements PortHandler {
  readonly bridge: Bridge;
  readonly port: Port;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  readonly learning: boolean;
  /** 0: none. */
  readonly pvid: number;
  /** What it is to each VLAN; empty where the bridge does not filter. */
  readonly membership: Uint8Array;

  /** `Bridge.addPort` makes them. */
  constructor(bridge: Bridge, port: Port, options: BridgePortOptions) {
    this.bridge = bridge;
    this.port = port;
    this.hairpin = options.hairpin ?? false;
    this.isolated = options.isolated ?? false;
    this.learning = options.learning ?? true;
    const { vlanFiltering } = bridge;
    const { pvid, vlans } = options;
    if (!vlanFiltering && (pvid !== undefined || vlans !== undefined)) {
      throw new PacketError(
        'BAD_OPTION',
        `${port.title}: ${bridge.name} was not told to filter by VLANs, so its ports have none: set \`vlanFiltering\``,
      );
    }
    this.pvid = vlanFiltering ? (pvid ?? (vlans === undefined ? DEFAULT_PVID : 0)) : 0;
    this.membership = new Uint8Array(vlanFiltering ? MAX_VID + 2 : 0);
    if (vlans === 'all') this.membership.fill(MEMBERSHIP.TAGGED, 1, MAX_VID + 1);
    else this.addVlans(vlans ?? []);
    if (pvid !== undefined) checkVid(port.title, pvid);
    if (this.pvid !== 0) this.membership[this.pvid] = MEMBERSHIP.UNTAGGED;
  }

  receive(_port: Port, frame: Frame): void {
    this.bridge.receiveFrom(this, frame);
  }

  /** As notes name it: `Port 1`, `eth1`. */
  get label(): string {
    const { name } = this.port;
    return /^\d+$/.test(name) ? `Port ${name}` : name;
  }

  private addVlans(vlans: readonly number[]): void {
    for (const vid of vlans) {
      checkVid(this.port.title, vid);
      this.membership[vid] = MEMBERSHIP.TAGGED;
    }
  }
}
