/** Network namespaces of a topology. */
import { Bridge } from '../bridge/bridge.js';
import { Namespace } from '../namespace.js';
import { furnish, hostOptions } from './furnish.js';
import { type Kind, kindOf } from './kind.js';
import { type Network, type Reference, reference } from './network.js';
import { object, oneOrMore, optional, required, text } from './shape.js';
import { STACK_FIELDS } from './stack-fields.js';
import { ADDRESS, MAC, MTU } from './values.js';

const PLUG = object('a plug', {
  bridge: required(reference('the name of a bridge'), 'the bridge of the host that it is on'),
  address: optional(oneOrMore(ADDRESS), 'its addresses'),
  name: optional(text(), 'its interface (absent: eth0)'),
  peer: optional(text(), "the other end on the host (absent: veth- and the namespace's name)"),
  mac: optional(MAC, 'absent: 02:00:00:00:00:01 and up'),
  mtu: optional(MTU, 'bytes of an IP packet (absent: 1500)'),
});

/** A namespace. */
export const NAMESPACE: Kind = kindOf(
  'namespace',
  'a network namespace on a host, such as a pod: a stack of its own',
  {
    on: required(reference('the name of a host'), 'the host that it is on'),
    plug: optional(PLUG, 'a veth pair into a bridge of that host'),
    ...STACK_FIELDS,
  },
  (network, name, said, place) => {
    const owner = network.host(said.on);
    if (owner === undefined) return undefined;
    const made = place.try(() => new Namespace(owner, name, hostOptions(said)));
    if (made === undefined) return undefined;
    const { plug } = said;
    if (plug !== undefined) {
      const bridge = bridgeOf(network, said.on, plug.bridge);
      if (bridge === undefined) return undefined;
      const { bridge: _, ...spec } = plug;
      const joined = place.at('plug').try(() => made.plugInto(bridge, spec));
      const link = joined && network.lab.links.at(-1);
      if (link !== undefined) network.links.set(link.name, link);
    }
    furnish(made, said, place);
    return made;
  },
  true,
);

function bridgeOf(network: Network, on: Reference, { text, place }: Reference): Bridge | undefined {
  const host = network.host(on);
  const found = host?.ports.get(text)?.wire;
  if (host === undefined || found instanceof Bridge) return found as Bridge | undefined;
  const names = [...host.ports.values()].filter(({ wire }) => wire instanceof Bridge);
  const known = names.map(({ name }) => name).join(', ') || 'none';
  return place.wrong(`${on.text} has no bridge ${text}; it has ${known}`);
}
