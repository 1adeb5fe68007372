/**
 * The verbs of the command. Only the one that is called is loaded: all of them with what they need
 * took 60 ms of each call (Node 20).
 */
import type { CommandModule } from 'yargs';

const VERBS: Readonly<Record<string, () => Promise<unknown>>> = {
  decode: async () => (await import('./decode.js')).decodeCommand,
  build: async () => (await import('./build.js')).buildCommand,
  convert: async () => (await import('./convert.js')).convertCommand,
  encap: async () => (await import('./encap.js')).encapCommand,
  decap: async () => (await import('./decap.js')).decapCommand,
  flows: async () => (await import('./flows.js')).flowsCommand,
  follow: async () => (await import('./follow.js')).followCommand,
  check: async () => (await import('./check.js')).checkCommand,
  lab: async () => (await import('./lab.js')).labCommand,
  scenario: async () => (await import('./scenario.js')).scenarioCommand,
  bench: async () => (await import('./bench.js')).benchCommand,
  fields: async () => (await import('./fields.js')).fieldsCommand,
  layout: async () => (await import('./layout.js')).layoutCommand,
  subnet: async () => (await import('./subnet.js')).subnetCommand,
  overhead: async () => (await import('./overhead.js')).overheadCommand,
  mac: async () => (await import('./mac.js')).macCommand,
};

/** The verb that the arguments begin with; else (help, completion, a slip) all of them. */
export async function verbsFor(args: readonly string[]): Promise<CommandModule[]> {
  const [verb = ''] = args;
  const names = Object.hasOwn(VERBS, verb) ? [verb] : Object.keys(VERBS);
  return Promise.all(names.map((name) => VERBS[name]?.() as Promise<CommandModule>));
}
