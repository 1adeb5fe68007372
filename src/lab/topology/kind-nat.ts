/** Home routers of a topology. */
import { NatRouter } from '../nat-router.js';
import { firstInterfaces, furnish, hostOptions } from './furnish.js';
import { type Kind, kindOf } from './kind.js';
import { checkedText, optional, required, text } from './shape.js';
import { STACK_FIELDS } from './stack-fields.js';

/** A router behind whose outer interface all others hide. */
export const NAT: Kind = kindOf(
  'nat',
  'a router that masquerades what leaves by its outer interface',
  {
    outside: required(text('the name of an interface'), 'the one with the public address'),
    ports: optional(
      checkedText('a range of ports such as 40001-40999', (range) => /^\d+-\d+$/.test(range)),
      'that connections get outside, in order (absent: their own)',
    ),
    ...STACK_FIELDS,
  },
  ({ lab }, name, said, place) => {
    const { outside, ports } = said;
    const interfaces = firstInterfaces(said);
    const options = { ...hostOptions(said), interfaces, outside };
    const made = place.try(
      () => new NatRouter(lab, name, ports === undefined ? options : { ...options, ports }),
    );
    if (made !== undefined) furnish(made, said, place, interfaces);
    return made;
  },
);
