/** The scenarios, in the order of the guide. */

import { osiLayers } from './osi-layers.js';
import { routing } from './routing.js';
import type { Scenario } from './scenario.js';
import { ttlExpiry } from './ttl-expiry.js';

/** Every scenario, in the order of the guide. */
export const scenarios: readonly Scenario[] = [osiLayers, routing, ttlExpiry];
