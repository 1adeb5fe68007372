/** `framewright fields`: every name that `-e` takes. */
import type { CommandModule } from 'yargs';
import { bindings } from '../packet/bindings.js';
import { Output } from './output.js';
import { knownFields } from './show-fields.js';

export const fieldsCommand: CommandModule = {
  command: 'fields',
  describe: 'List every field name, with its header and what it is',
  handler: async () => {
    const output = new Output(process.stdout);
    const fields = knownFields(bindings);
    const width = Math.max(...fields.map(({ name }) => name.length));
    for (const { name, header, label } of fields) {
      output.write(`${name.padEnd(width)}  ${header.padEnd(8)}  ${label}\n`);
    }
    await output.flush();
  },
};
