/** The scenarios, in the order of the guide. */

import { arpScenario } from './arp.js';
import { bridgeNetfilter } from './bridge-netfilter.js';
import { iptablesPath } from './iptables-path.js';
import { localOrRemote } from './local-or-remote.js';
import { nat } from './nat.js';
import { osiLayers } from './osi-layers.js';
import { routing } from './routing.js';
import type { Scenario } from './scenario.js';
import { subnet } from './subnet.js';
import { ttlExpiry } from './ttl-expiry.js';

/** Every scenario, in the order of the guide. */
export const scenarios: readonly Scenario[] = [
  osiLayers,
  arpScenario,
  subnet,
  localOrRemote,
  routing,
  ttlExpiry,
  nat,
  iptablesPath,
  bridgeNetfilter,
];
