// What is measured: each of our ways beside one that any code could go. A case's two functions do
// one header or frame a call, or `frames` of them; `guarded: false` is shown and not held to a limit.
import { captureCases } from './suites/captures.mjs';
import { checksumCases } from './suites/checksums.mjs';
import { headerCases } from './suites/headers.mjs';
import { labCases } from './suites/lab.mjs';
import { packetCases } from './suites/packets.mjs';
import { tunnelCases } from './suites/tunnels.mjs';

/** By suite: what the way beside ours is, and the cases. */
export const suites = {
  headers: { beside: "buffer-layout's encode and decode", cases: headerCases },
  packets: { beside: "buffer-layout's encode and decode", cases: packetCases },
  tunnels: { beside: 'a copy of the same bytes', cases: tunnelCases },
  checksums: { beside: "RFC 1071's loop", cases: checksumCases },
  captures: { beside: "buffer-layout's encode and decode", cases: captureCases },
  lab: { beside: '`parse` of a VXLAN frame', cases: labCases },
};
