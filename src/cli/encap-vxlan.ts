/** `framewright encap vxlan`: every frame of a capture in VXLAN. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { VxlanEncapsulator, type VxlanEncapsulatorOptions } from '../encap/vxlan-encapsulator.js';
import { numberOption, ONE_VALUE } from './arguments.js';
import { ENCAP_EPILOG, encapsulateCapture, tunnelWrapper } from './encap-frames.js';
import {
  given,
  isSummed,
  type OuterArguments,
  outerArguments,
  tunnelOptions,
} from './outer-options.js';
import { type RewriteArguments, rewriteOptions } from './rewrite.js';

interface VxlanArguments extends RewriteArguments, OuterArguments {
  'group-policy-id'?: string | undefined;
}

export const vxlanCommand: CommandModule<object, VxlanArguments> = {
  command: 'vxlan <in>',
  describe: 'In VXLAN, RFC 7348',
  builder: options,
  handler: run,
};

function options(yargs: Argv<object>) {
  return outerArguments(rewriteOptions(yargs))
    .option('group-policy-id', {
      ...ONE_VALUE,
      describe: 'Of the Group Policy extension, 0–65535 (default none)',
    })
    .example('$0 encap vxlan a.pcap -o b.pcap --vni 5000', 'from 192.0.2.1 to 192.0.2.2')
    .example('$0 encap vxlan - -o - --vni 7 --src fd00::1 --dst fd00::2', 'a pipe, over IPv6')
    .epilog(ENCAP_EPILOG);
}

async function run(argv: ArgumentsCamelCase<VxlanArguments>): Promise<void> {
  const tunnel = tunnelOptions(argv);
  const encapsulator = new VxlanEncapsulator(
    given<VxlanEncapsulatorOptions>({
      ...tunnel,
      groupPolicyId: numberOption('--group-policy-id', argv['group-policy-id'], 0, 0xffff),
    }),
  );
  await encapsulateCapture(argv, tunnelWrapper('VXLAN', encapsulator, isSummed(tunnel)));
}
