/** `framewright encap`: a capture whose frames are wrapped in a tunnel, or tagged. */
import type { Argv, CommandModule } from 'yargs';
import { dot1qCommand } from './encap-dot1q.js';
import { geneveCommand } from './encap-geneve.js';
import { vxlanCommand } from './encap-vxlan.js';

export const encapCommand: CommandModule = {
  command: 'encap <tunnel>',
  describe: 'Wrap every frame of a capture in VXLAN or Geneve, or give it a VLAN tag',
  builder: (yargs: Argv) =>
    yargs
      .command(vxlanCommand)
      .command(geneveCommand)
      .command(dot1qCommand)
      .demandCommand(1, 'give a tunnel: vxlan, geneve or dot1q'),
  // yargs calls that of the tunnel instead.
  handler: () => {},
};
