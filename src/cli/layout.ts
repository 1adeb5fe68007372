/** `framewright layout`: a header's bit diagram, drawn from the layout that the codec uses. */
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { layoutDiagram } from '../bytes/diagram.js';
import { nearest } from '../bytes/nearest.js';
import { bindings } from '../packet/bindings.js';
import { Output } from './output.js';
import { UsageError } from './usage.js';

interface LayoutArguments {
  protocol: string;
}

export const layoutCommand: CommandModule<object, LayoutArguments> = {
  command: 'layout <protocol>',
  describe: "Draw a header's bits",
  builder: (yargs) =>
    yargs.positional('protocol', {
      type: 'string',
      demandOption: true,
      describe: Object.keys(bindings.protocols).join(', '),
    }),
  handler: async ({ protocol: name }: ArgumentsCamelCase<LayoutArguments>) => {
    const protocol = Object.values(bindings.protocols).find((p) => p.name === name);
    if (protocol === undefined) {
      const near = nearest(name, Object.keys(bindings.protocols));
      throw new UsageError(`no protocol is named ${name}${near}`);
    }
    const { layout, title } = protocol;
    const output = new Output(process.stdout);
    output.write(`${title}: ${layout.span} bytes, and what its fields say\n\n`);
    output.write(`${layoutDiagram(layout)}\n\n`);
    const width = Math.max(...layout.fields.map((f) => f.name.length));
    for (const { name: field, bit, bits } of layout.fields) {
      const at = bit % 8 === 0 ? `byte ${bit / 8}` : `byte ${bit >>> 3}, bit ${bit % 8}`;
      output.write(`${field.padEnd(width)}  ${at}, ${bits} bit${bits === 1 ? '' : 's'}\n`);
    }
    await output.flush();
  },
};
