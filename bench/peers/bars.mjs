// What the figures are held to: ratios within one run.
import { CLASSES } from './harness.mjs';

const ENCAP = ['ENCAP-VXLAN', 'ENCAP-GENEVE3'];
const DECODE = ['DECODE-VXLAN', 'DECODE-GENEVE3'];
/** 64 and up to so much, 1,400 and up to so much. */
const ends = (small, large) => ({ 64: small, 1400: large });
const every = (limit) => Object.fromEntries(CLASSES.map((cls) => [cls, limit]));

/**
 * `atMost`: ours over theirs, `atLeast`: theirs over ours, per class. `theirs` is a peer, or the start
 * of the names of those of which the best counts; `their` says where theirs is from another row.
 */
const BARS = [
  ...ENCAP.flatMap((name) => [
    { case: name, ours: 'framewright-batch', theirs: 'c-ref-ring', atMost: every(1.25) },
    { case: name, ours: 'framewright', theirs: 'c-ref-ring', atMost: ends(2, 1.25) },
    { case: name, ours: 'framewright', theirs: 'gopacket', atLeast: { 64: 5 } },
    ...['framewright-inplace', 'framewright-inplace-batch'].map((ours) => ({
      case: name,
      ours,
      theirs: 'c-ref-ring',
      their: { class: '64' },
      atMost: every(1.25),
    })),
  ]),
  { case: 'BUILD-TCP', ours: 'framewright-template', theirs: 'c-ref', atMost: ends(5, 5) },
  { case: 'BUILD-TCP', ours: 'framewright-template', theirs: 'gopacket', atLeast: ends(1.5, 3) },
  ...DECODE.flatMap((name, i) => [
    { case: name, ours: 'framewright-decapsulate', theirs: 'gopacket', atLeast: every([4, 8][i]) },
    { case: name, ours: 'framewright-dissector', theirs: 'gopacket', atLeast: every(1) },
  ]),
  { case: 'PCAP-READ', ours: 'framewright', theirs: 'c-libpcap', atLeast: { imix: 1 } },
  { case: 'PCAP-READ', ours: 'framewright', theirs: 'gopacket', atLeast: { imix: 1.5 } },
  { case: 'PCAP-WRITE', ours: 'framewright', theirs: 'c-libpcap', atLeast: { imix: 1 } },
  { case: 'PCAP-WRITE', ours: 'framewright', theirs: 'gopacket', atLeast: { imix: 1 } },
  { case: 'PARSE-VXLAN', ours: 'framewright-convenient', theirs: 'npm-pcap', atMost: { 64: 0.6 } },
  {
    case: 'BUILD-VXLAN',
    ours: 'framewright-convenient',
    theirs: 'npm-pcap',
    their: { case: 'PARSE-VXLAN' },
    atMost: { 64: 1.5 },
  },
];

const C = /^c-/;

/** The best row of a peer; of a library's ways (gopacket-fast, -dlp) that of the fastest. */
export function bestOf(rows, name, cls, peer) {
  const named = (row) => row.peer === peer || (!C.test(peer) && row.peer.startsWith(`${peer}-`));
  const found = rows.filter((row) => row.case === name && row.class === cls && named(row));
  return found.sort((a, b) => a.ns - b.ns)[0];
}

const exact = (rows, name, cls, peer) =>
  rows.find((row) => row.case === name && row.class === cls && row.peer === peer);

/** Ratio of two rows, and the least and most of it in one round where all rounds have both. */
function ratioOf(above, below) {
  const together = above.rounds.length === below.rounds.length;
  const each = together ? above.rounds.map((ns, i) => ns / below.rounds[i]) : [];
  return { ratio: above.ns / below.ns, each };
}

/** Every bar with its measured ratios; `suffix` takes our rows of another Node. */
export function judge(rows, suffix = '') {
  return BARS.map((bar) => {
    const limits = bar.atMost ?? bar.atLeast;
    const cells = Object.entries(limits).flatMap(([cls, limit]) => {
      const ours = exact(rows, bar.case, cls, bar.ours + suffix);
      const { case: name = bar.case, class: size = cls } = bar.their ?? {};
      const theirs = bestOf(rows, name, size, bar.theirs);
      if (ours === undefined || theirs === undefined) return [];
      const measured = bar.atMost ? ratioOf(ours, theirs) : ratioOf(theirs, ours);
      const met = bar.atMost ? measured.ratio <= limit : measured.ratio >= limit;
      return [{ class: cls, limit, met, ...measured }];
    });
    return { ...bar, cells };
  });
}
