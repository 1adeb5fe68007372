/** The place of a control plane: who tells a tunnel end point what it has not seen for itself. */
import type { Frame } from '../frame.js';
import type { Tunnel } from './tunnel.js';

/**
 * What a control plane does for the tunnels of one host: a central controller, a shared database, or
 * routes of BGP-EVPN (RFC 8365), for which this is the place. What it learns of others it writes into
 * `Tunnel.table` and `Tunnel.neighbours`.
 */
export interface VtepControl {
  /** A tunnel has been added: this host wants to know of its VNI. */
  added(tunnel: Tunnel): void;
  /** A VM has come up here: its addresses are reached at this end point from now on. `address`: 0: none. */
  announce(tunnel: Tunnel, mac: number, address: number): void;
  /** It has gone. */
  withdraw(tunnel: Tunnel, mac: number): void;
  /**
   * Takes over a frame to an address that the table does not know, to give it to the tunnel again
   * later (`Tunnel.retry`) or to let go of it (`Tunnel.giveUp`); false: the frame stays the caller's, who floods it.
   */
  unknown(tunnel: Tunnel, mac: number, frame: Frame): boolean;
  /** The same of a request for the MAC address of `address`. */
  asked(tunnel: Tunnel, address: number, frame: Frame): boolean;
}
