/** The captures of all scenarios: the same on every machine, and nothing that Wireshark minds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MemoryPcapWriter } from '../../src/capture/pcap-writer.js';
import { framesOf, openCapture, parse } from '../../src/index.js';
import { LinkCaptures } from '../../src/lab/capture.js';
import type { Link } from '../../src/lab/link.js';
import { Story } from '../../src/lab/story.js';
import { scenarios } from '../../src/scenarios/list.js';
import { playScenario } from '../../src/scenarios/play.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { describeWithTshark, tsharkCapture } from '../support/tshark.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios/', import.meta.url));
const GUIDE = fileURLToPath(
  new URL('../../../shared/guide/networking-in-a-hurry.md', import.meta.url),
);
/** Wireshark's severity of a warning; errors are above it. */
const WARNING = 0x600000;
const CHECKSUMS = ['ip.checksum.status', 'udp.checksum.status', 'tcp.checksum.status'];
const ICMP_CHECKSUMS = ['icmp.checksum.status', 'igmp.checksum.status'];

/** The captures of a run: the whole one, and those of the links by their names; what was said. */
function played(scenario: Scenario): {
  whole: Uint8Array;
  links: Map<string, Uint8Array>;
  story: Story;
} {
  const writers = new Map<Link, MemoryPcapWriter>();
  const watcher = new LinkCaptures((link) => {
    const writer = new MemoryPcapWriter({ precision: 'ns' });
    writers.set(link, writer);
    return writer;
  });
  const story = new Story();
  const whole = playScenario(scenario, { watchers: [watcher, story] });
  const links = [...writers].map(([link, writer]) => [link.name, writer.bytes()] as const);
  return { whole, links: new Map(links), story };
}

const captures = new Map(scenarios.map((scenario) => [scenario.name, played(scenario)]));
const captureOf = (name: string): ReturnType<typeof played> =>
  captures.get(name) as ReturnType<typeof played>;

describe('the captures of the scenarios', () => {
  it('are all in fixtures/scenarios, and nothing else is', () => {
    const files = readdirSync(FOLDER).sort();
    expect(files).toEqual(scenarios.map(({ name }) => `${name}.pcapng`).sort());
  });

  for (const { name } of scenarios) {
    it(`${name}: npm run fixtures would write the same bytes`, () => {
      const { whole } = captureOf(name);
      const committed = readFileSync(`${FOLDER}${name}.pcapng`);
      expect(committed.equals(whole)).toBe(true);
    });

    it(`${name}: every frame says in its comments what it is`, async () => {
      for await (const { details } of await openCapture(captureOf(name).whole)) {
        expect(details?.comments?.[0]).toMatch(/\S/);
      }
    });

    it(`${name}: what is said after the first frame is said in the capture`, async () => {
      const { whole, story } = captureOf(name);
      const comments: string[] = [];
      for await (const { details } of await openCapture(whole)) {
        comments.push(...(details?.comments ?? []));
      }
      const first = story.steps.findIndex(({ kind }) => kind === 'frame');
      for (const step of story.steps.slice(first)) {
        if (step.kind === 'frame') continue;
        const { devices, text } = step.note;
        const said = devices.length === 1 ? `${devices[0]?.title}: ${text}` : text;
        expect(comments).toContain(said);
      }
    });

    it(`${name}: framewright itself finds nothing wrong in a frame`, () => {
      for (const { data } of framesOf(captureOf(name).whole)) {
        const wrong = parse(data).problems.filter(({ severity }) => severity === 'error');
        expect(wrong).toEqual([]);
      }
    });
  }
});

describe('the questions of the guide', () => {
  const text = existsSync(GUIDE) ? readFileSync(GUIDE, 'utf8') : undefined;
  if (text === undefined) process.stderr.write(`\n!!! SKIPPED: ${GUIDE} is not there !!!\n`);

  it.skipIf(text === undefined)('are quoted word for word, in its order', () => {
    const places = scenarios.map(({ guide }) => text?.indexOf(`Q: ${guide}\n`) ?? -1);
    expect(places.every((place) => place > 0)).toBe(true);
    expect([...places].sort((one, other) => one - other)).toEqual(places);
  });
});

describeWithTshark('what Wireshark says of the scenarios', () => {
  for (const scenario of scenarios) {
    const { name, remarks = [] } = scenario;

    it(`${name}: no frame is malformed, no checksum wrong`, () => {
      const fields = ['_ws.malformed', ...CHECKSUMS, ...ICMP_CHECKSUMS];
      // Fragments are put together: the checksum of what is in the first of them can't be right.
      const frames = tsharkCapture(captureOf(name).whole, fields, { analyse: true });
      expect(frames.length).toBe([...framesOf(captureOf(name).whole)].length);
      for (const frame of frames) {
        expect(frame.get('_ws.malformed')).toEqual([]);
        for (const field of [...CHECKSUMS, ...ICMP_CHECKSUMS]) {
          // 0 is bad, 4 illegal. What a quote in an ICMP error cuts off is unverified.
          expect(frame.get(field)).not.toContain('0');
          expect(frame.get(field)).not.toContain('4');
        }
      }
    });

    it(`${name}: on each link, nothing to remark but what it is about`, () => {
      const fields = ['frame.number', '_ws.expert.severity', '_ws.expert.message', ...remarks];
      const seen = new Set<string>();
      for (const [link, bytes] of captureOf(name).links) {
        for (const frame of tsharkCapture(bytes, fields, { analyse: true })) {
          const severities = frame.get('_ws.expert.severity') ?? [];
          const warnings = severities.filter((severity) => Number(severity) >= WARNING).length;
          // A frame may be remarked upon twice for the same: each time is a value of the field.
          const known = remarks.flatMap((remark) => (frame.get(remark) ?? []).map(() => remark));
          for (const remark of known) seen.add(remark);
          const about = `${link}, frame ${frame.get('frame.number')}: ${frame.get('_ws.expert.message')}`;
          if (warnings > known.length) expect.fail(about);
        }
      }
      // What a scenario says that it is about, is there.
      expect([...seen].sort()).toEqual([...remarks].sort());
    });
  }
});
