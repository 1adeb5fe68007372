// Our entry. One file a kind of way; see harness.mjs for what a way is.
//   framewright-batch        many frames a call, copied into slots
//   framewright              a frame a call, copied into a slot
//   framewright-inplace      headers into the headroom of a frame that is not copied
//   framewright-template     BUILD-TCP by a compiled template
//   framewright-decapsulate  DECODE of a known stack by straight calls
//   framewright-dissector    DECODE by the general loop, with reused layers
//   framewright-convenient   build() and parse()
import { buildWays } from './framewright/build.mjs';
import { captureWays } from './framewright/capture.mjs';
import { decodeWays } from './framewright/decode.mjs';
import { encapWays } from './framewright/encap.mjs';
import { parseWays } from './framewright/parse.mjs';
import { templateWays } from './framewright/template.mjs';
import { main } from './harness.mjs';

await main([
  ...encapWays,
  ...templateWays,
  ...buildWays,
  ...decodeWays,
  ...parseWays,
  ...captureWays,
]);
