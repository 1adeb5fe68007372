// The chart: nanoseconds a frame as bars from zero, a panel a case and size, as an SVG of its own.
import { bestOf } from './bars.mjs';

const OURS = {
  framewright: 'framewright, a frame a call',
  'framewright-batch': 'framewright, in a batch',
  'framewright-inplace': 'framewright, in place',
  'framewright-template': 'framewright, template',
  'framewright-decapsulate': 'framewright, decapsulate',
  'framewright-dissector': 'framewright, Dissector',
};
const FILES = { framewright: 'framewright' };
const C = { 'c-ref': 'C by hand' };
const SLOTS = { 'c-ref-ring': 'C by hand' };
const LIBRARIES = { gopacket: 'gopacket', libtins: 'libtins', 'npm-pcap': 'npm pcap' };
const LIBPCAP = { 'c-libpcap': 'libpcap' };

const SMALL = '64';
const LARGE = '1400';
/** Two panels a line: [title, [case, class, peers], …]. */
const PANELS = [
  ...[
    ['Wrap a frame in VXLAN', 'ENCAP-VXLAN', { ...SLOTS, ...OURS, ...LIBRARIES }],
    [
      'Wrap a frame in Geneve with three options',
      'ENCAP-GENEVE3',
      { ...SLOTS, ...OURS, ...LIBRARIES },
    ],
    ['Build TCP with checksums', 'BUILD-TCP', { ...C, ...OURS, ...LIBRARIES }],
    ['Decode VXLAN to the inner TCP', 'DECODE-VXLAN', { ...C, ...OURS, ...LIBRARIES }],
    ['Decode Geneve to the inner TCP', 'DECODE-GENEVE3', { ...C, ...OURS, ...LIBRARIES }],
  ].flatMap(([title, name, peers]) =>
    [SMALL, LARGE].map((cls) => ({
      title: `${title}, ${cls === SMALL ? '64' : '1,400'} bytes`,
      sources: [[name, cls, peers]],
    })),
  ),
  {
    title: 'Read a pcap file, count flows, IMIX',
    sources: [['PCAP-READ', 'imix', { ...C, ...LIBPCAP, ...FILES, ...LIBRARIES }]],
  },
  {
    title: 'Write a pcap file, IMIX',
    sources: [['PCAP-WRITE', 'imix', { ...C, ...LIBPCAP, ...FILES, ...LIBRARIES }]],
  },
  {
    title: 'Seven layers the convenient way, 64 bytes',
    sources: [
      [
        'PARSE-VXLAN',
        SMALL,
        { 'framewright-convenient': 'framewright parse()', 'npm-pcap': 'npm pcap' },
      ],
      ['BUILD-VXLAN', SMALL, { 'framewright-convenient': 'framewright build()' }],
      ['DECODE-VXLAN', SMALL, { 'gopacket-newpacket': 'gopacket NewPacket', libtins: 'libtins' }],
    ],
  },
];

const WIDTH = 900;
const MARGIN = 20;
const GAP = 28;
const PANEL = (WIDTH - 2 * MARGIN - GAP) / 2;
const LABELS = 168;
const VALUES = 52;
const LINE = 19;
const BAR = 13;
const HEAD = 26;

// The card is opaque, so the chart is legible on any page; the theme of the reader picks its colours.
const STYLE = `
.card{fill:#ffffff;stroke:#d0d7de}.title{fill:#1f2328;font-weight:600}.text{fill:#1f2328}
.faint{fill:#59636e}.axis{stroke:#8c959f}.ours{fill:#0969da}.c{fill:#57606a}.peer{fill:#afb8c1}
@media (prefers-color-scheme:dark){.card{fill:#0d1117;stroke:#3d444d}.title{fill:#f0f6fc}
.text{fill:#f0f6fc}.faint{fill:#9198a1}.axis{stroke:#6e7681}.ours{fill:#4493f8}.c{fill:#9198a1}
.peer{fill:#4b535d}}
text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:12px}`;

const escaped = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const shown = (ns) => (ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en-US'));

function barsOf(rows, sources) {
  const bars = sources.flatMap(([name, cls, peers]) =>
    Object.entries(peers).flatMap(([peer, label]) => {
      const exact = rows.find((r) => r.case === name && r.class === cls && r.peer === peer);
      const row = peer.startsWith('framewright') ? exact : bestOf(rows, name, cls, peer);
      if (row === undefined) return [];
      const kind = peer.startsWith('framewright') ? 'ours' : peer.startsWith('c-') ? 'c' : 'peer';
      return [{ label, kind, ns: row.ns }];
    }),
  );
  return bars.sort((a, b) => a.ns - b.ns);
}

const text = (x, y, kind, words, more = '') =>
  `<text class="${kind}" x="${x}" y="${y}"${more}>${escaped(words)}</text>`;

function panel({ title, bars }, x, y) {
  const longest = Math.max(...bars.map(({ ns }) => ns));
  const left = x + LABELS;
  const room = PANEL - LABELS - VALUES;
  const lines = bars.map(({ label, kind, ns }, i) => {
    const top = y + HEAD + i * LINE;
    const base = top + BAR - 2;
    const width = Math.max(1, (ns / longest) * room).toFixed(1);
    return [
      text(left - 8, base, kind === 'ours' ? 'title' : 'text', label, ' text-anchor="end"'),
      `<rect class="${kind}" x="${left}" y="${top}" width="${width}" height="${BAR}" rx="2"/>`,
      text((left + Number(width) + 6).toFixed(1), base, 'faint', shown(ns)),
    ].join('\n');
  });
  const foot = y + HEAD + bars.length * LINE - 3;
  const axis = `<line class="axis" x1="${left}" x2="${left}" y1="${y + HEAD - 3}" y2="${foot}"/>`;
  return [text(x, y + 14, 'title', title), ...lines, axis].join('\n');
}

/** Words in lines of so many letters at most. */
function wrapped(words, letters) {
  const lines = [''];
  for (const word of words.split(' ')) {
    const last = lines[lines.length - 1];
    if (last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`.trim();
    else lines.push(word);
  }
  return lines;
}

/** The chart of results: `about` as in results.mjs. */
export function chart(about, rows) {
  const panels = PANELS.map(({ title, sources }) => ({ title, bars: barsOf(rows, sources) }));
  const full = panels.filter(({ bars }) => bars.length > 0);
  const parts = [];
  let y = MARGIN + 44;
  for (let i = 0; i < full.length; i += 2) {
    const pair = full.slice(i, i + 2);
    pair.forEach((one, k) => {
      parts.push(panel(one, MARGIN + k * (PANEL + GAP), y));
    });
    y += HEAD + Math.max(...pair.map(({ bars }) => bars.length)) * LINE + 16;
  }
  const rounds = `Best of ${about.rounds} rounds; every frame checked to the byte.`;
  const notes = wrapped(`${about.machine}; ${about.date}; ${about.versions}. ${rounds}`, 135);
  const foot = notes.map((line, i) => text(MARGIN, y + 8 + i * 16, 'faint', line));
  const height = y + 8 + notes.length * 16 + 4;
  const name = 'framewright beside its peers';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="name">
<title id="name">${name}: nanoseconds a frame</title>
<style>${STYLE}</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${text(MARGIN, MARGIN + 8, 'title', name, ' style="font-size:16px"')}
${text(MARGIN, MARGIN + 28, 'faint', 'Nanoseconds a frame on one core; shorter is better. Each panel has its own scale.')}
${parts.join('\n')}
${foot.join('\n')}
</svg>
`;
}
