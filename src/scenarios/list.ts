/** The scenarios, in the order of the guide. */

import { arpScenario } from './arp.js';
import { bridgeNetfilter } from './bridge-netfilter.js';
import { crossNodePods } from './cross-node-pods.js';
import { fiveTuple } from './five-tuple.js';
import { geneveScenario } from './geneve.js';
import { geneveMtu } from './geneve-mtu.js';
import { genevePolicy } from './geneve-policy.js';
import { iptablesPath } from './iptables-path.js';
import { ipvs } from './ipvs.js';
import { localOrRemote } from './local-or-remote.js';
import { macLearning } from './mac-learning.js';
import { nat } from './nat.js';
import { osiLayers } from './osi-layers.js';
import { routing } from './routing.js';
import { sameNodePods } from './same-node-pods.js';
import type { Scenario } from './scenario.js';
import { subnet } from './subnet.js';
import { tcpClose } from './tcp-close.js';
import { tcpHandshake } from './tcp-handshake.js';
import { tcpVsUdp } from './tcp-vs-udp.js';
import { tcpWindow } from './tcp-window.js';
import { tcpWindowScaling } from './tcp-window-scaling.js';
import { ttlExpiry } from './ttl-expiry.js';
import { vlan } from './vlan.js';
import { vlanLimit } from './vlan-limit.js';
import { vxlanScenario } from './vxlan.js';
import { vxlanController } from './vxlan-controller.js';
import { vxlanDatabase } from './vxlan-database.js';
import { vxlanFloodAndLearn } from './vxlan-flood-and-learn.js';
import { vxlanMtu } from './vxlan-mtu.js';
import { vxlanMultiTenant } from './vxlan-multi-tenant.js';

/** Every scenario, in the order of the guide. */
export const scenarios: readonly Scenario[] = [
  osiLayers,
  arpScenario,
  macLearning,
  subnet,
  localOrRemote,
  routing,
  ttlExpiry,
  nat,
  iptablesPath,
  bridgeNetfilter,
  ipvs,
  fiveTuple,
  tcpVsUdp,
  tcpHandshake,
  tcpClose,
  tcpWindow,
  tcpWindowScaling,
  vlan,
  vlanLimit,
  vxlanScenario,
  vxlanMultiTenant,
  vxlanFloodAndLearn,
  vxlanController,
  vxlanDatabase,
  vxlanMtu,
  geneveScenario,
  genevePolicy,
  geneveMtu,
  sameNodePods,
  crossNodePods,
];
