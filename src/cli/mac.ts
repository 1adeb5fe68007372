/** `framewright mac`: whose a MAC address is, and what its bits say. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { formatMac } from '../bytes/address.js';
import {
  type MacTraits,
  type MacVendor,
  macTraits,
  macVendor,
  parseMacNotation,
} from '../bytes/mac.js';
import { FILE_NAMES, JSON_OPTION, readArgument } from './arguments.js';
import { registeredVendor } from './oui.js';
import { Output } from './output.js';

interface MacArguments {
  addresses: string[];
  json: boolean;
}

interface Known extends MacTraits {
  readonly mac: string;
  readonly found: MacVendor | undefined;
}

export const macCommand: CommandModule<object, MacArguments> = {
  command: 'mac <addresses..>',
  describe: 'Tell whose MAC addresses are, and what their bits say',
  builder: options,
  handler: mac,
};

function options(yargs: Argv<object>) {
  return yargs
    .positional('addresses', {
      ...FILE_NAMES,
      demandOption: true,
      describe:
        'MAC addresses: 00:50:56:01:02:03, 00-50-56-01-02-03, 0050.5601.0203 or 005056010203',
    })
    .options(JSON_OPTION)
    .example('$0 mac 00:50:56:01:02:03 02:42:ac:11:00:02', 'VMware, Docker')
    .example('$0 mac bb:bb:bb:bb:bb:bb', 'a group address, which no switch may learn')
    .example('$0 mac --json 70:b3:d5:00:10:00', 'a JSON object, of a range of 36 bits')
    .epilog(
      "Vendors are those of IEEE's three registries. 02:42 (Docker) and 52:54:00 (QEMU/KVM) are local: by custom, in no registry.",
    );
}

async function mac({ addresses, json }: ArgumentsCamelCase<MacArguments>): Promise<void> {
  const all = addresses.map((text) => readArgument(() => lookUp(text)));
  const output = new Output(process.stdout);
  for (const known of all) output.write(`${json ? jsonLine(known) : textLine(known)}\n`);
  await output.flush();
}

function lookUp(text: string): Known {
  const traits = macTraits(text);
  const written = formatMac(parseMacNotation(text));
  return { mac: written, ...traits, found: macVendor(written) ?? registeredVendor(written) };
}

function jsonLine(known: Known): string {
  const { mac: address, group, local, found } = known;
  const { vendor = null, prefix = null, bits = null } = found ?? {};
  return JSON.stringify({ mac: address, vendor, prefix, bits, group, local, notes: notes(known) });
}

function textLine(known: Known): string {
  const { mac: address, group, local, found } = known;
  const said = notes(known).join('; ');
  const columns = [
    address,
    (group ? 'group' : 'unicast').padEnd(7),
    (local ? 'local' : 'universal').padEnd(9),
    found === undefined ? 'no vendor known' : `${found.vendor} (${found.prefix})`,
    ...(said === '' ? [] : [said]),
  ];
  return columns.join('  ');
}

/** What a person should know of it besides. */
function notes({ group, local, use, found }: Known): string[] {
  return [
    ...(use === undefined ? [] : [use]),
    // The known uses of group addresses need no warning.
    ...(group && use === undefined
      ? ['a group address: no switch may learn it, and no station may send from it']
      : []),
    ...(local && !group && found === undefined ? ['local: chosen by a person or a program'] : []),
  ];
}
