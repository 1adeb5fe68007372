/** Which tables look at a packet at which hook, and in which order (Linux `nf_ip_hook_priorities`). */
import type { HOOK } from '../ip/hooks.js';

/** The tables, in the order of their priorities. */
export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;

/** A table: `filter`. */
export type TableName = (typeof TABLE_NAMES)[number];

/** What happens at a hook: a table is asked, or the packet's connection is found, or kept. */
export type Step = TableName | 'defragment' | 'track' | 'confirm';

/**
 * The steps of each hook. Connections are found between raw, which may say that a packet is not to
 * be tracked, and all the others; fragments are put together before even raw sees them; and what has
 * made its way is confirmed last of all.
 */
export const ORDER: Readonly<Record<keyof typeof HOOK, readonly Step[]>> = {
  PREROUTING: ['defragment', 'raw', 'track', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat', 'confirm'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'track', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat', 'confirm'],
};
