/** Contracts of messages whose fields depend on their type. */
import type { HeaderView, Protocol } from '../../src/headers/protocol.js';
import { type Contract, headerContract, type OtherField } from './header-contract.js';

/** Values that no number of so many bits takes. */
const BAD_NUMBERS = [-1, 1.5, Number.NaN, '1', {}, []];

/** A number of so many bits. */
export function number(bits: number): OtherField {
  const max = 2 ** bits - 1;
  return { good: [0, 1, max], bad: [...BAD_NUMBERS, max + 1], setter: false };
}

export const flag: OtherField = { good: [true, false], bad: [2, 'true', {}], setter: false };
export const address4: OtherField = {
  good: ['0.0.0.0', '255.255.255.255'],
  bad: [5, 'hello', '::1', {}],
  setter: false,
};
export const address6: OtherField = {
  good: ['::', '2001:db8::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  bad: [5, 'hello', '10.0.0.1', {}],
  setter: false,
};

/** The contract of one message of a protocol; `others`: its fields behind the checksum. */
export function messageContract<
  N extends string,
  F extends object,
  V extends HeaderView,
  I extends object,
>(c: Omit<Contract<N, F, V, I>, 'optional' | 'deciding' | 'shrinks'>): void {
  const protocol: Pick<Protocol, 'fields'> = c.protocol;
  headerContract({
    ...c,
    optional: protocol.fields.filter((key) => !(key in c.fields)),
    deciding: ['type'],
    shrinks: true,
  });
}
