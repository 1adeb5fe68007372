#!/usr/bin/env node
import { main } from './cli/main.js';
import { fail } from './cli/usage.js';

// Whatever escapes is a defect of ours: it is told in a line, too.
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});
// Nobody is left to be told.
process.stderr.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
