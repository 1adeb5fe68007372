import { describe, expect, it } from 'vitest';
import { iptablesPath } from '../../src/scenarios/iptables-path.js';
import { datagram, expectSteps, frames, playSteps } from '../support/steps.js';

const BY_HOOK = {
  PREROUTING: ['raw', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
} as const;
type HookName = keyof typeof BY_HOOK;

const way = (...hooks: HookName[]): string[] =>
  hooks.flatMap((hook) => BY_HOOK[hook].map((table) => `${hook} ${table}`));

/** What Linux does not ask, because it is no connection's first packet. */
const unasked = (path: readonly string[], ...left: string[]): string[] =>
  path.filter((step) => !left.includes(step));

describe('the way through the hooks', () => {
  const { steps } = playSteps(iptablesPath);
  const notes = steps.flatMap((step) =>
    step.kind === 'note' && step.who === 'NODE' ? [step.text] : [],
  );
  it('leaves every checksum right', () => {
    expect(frames(steps).flatMap(({ packet }) => packet.problems)).toEqual([]);
  });

  /** Hook and table of each note, by the remark that goes before. */
  const parts = new Map<string, string[]>();
  for (const text of notes) {
    const passed = /^([A-Z]+) ([a-z]+)(?::|$)/.exec(text);
    if (passed !== null) [...parts.values()].at(-1)?.push(`${passed[1]} ${passed[2]}`);
    else if (/^(Through|To|From) /.test(text)) parts.set(text.split(':')[0] as string, []);
  }

  it('through the host: PREROUTING, FORWARD, POSTROUTING, and for the answer too', () => {
    const there = way('PREROUTING', 'FORWARD', 'POSTROUTING');
    const back = unasked(there, 'PREROUTING nat');
    expect(parts.get('Through the host')).toEqual([...there, ...back]);
    expect(notes).toContain('PREROUTING nat: DNAT:\n10.96.0.100 → 10.244.1.5');
    expect(notes).toContain('POSTROUTING nat: Source back to 10.96.0.100:7000');
    const [client, service, pod] = ['10.0.0.9:49152', '10.96.0.100:7000', '10.244.1.5:7000'];
    expectSteps(steps, [
      ['to the service', datagram('SW → NODE', client, service, 'Letter')],
      ['is changed to the pod', datagram('NODE → POD', client, pod, 'Letter')],
      ['the pod answers', datagram('POD → NODE', pod, client, 'Answer')],
      ['as the service', datagram('NODE → SW', service, client, 'Answer')],
      ['to the client', datagram('SW → C', service, client, 'Answer')],
    ]);
  });

  it('to the host itself: PREROUTING, INPUT, then OUTPUT and POSTROUTING for the answer', () => {
    const there = way('PREROUTING', 'INPUT');
    const back = unasked(way('OUTPUT', 'POSTROUTING'), 'OUTPUT nat');
    expect(parts.get('To the host itself')).toEqual([...there, ...back]);
    expect(notes).toContain('PREROUTING nat: DNAT:\n10.0.0.1:80 → 10.0.0.1:8080');
    const [client, port80] = ['10.0.0.9:49153', '10.0.0.1:80'];
    expectSteps(steps, [
      ['to port 80', datagram('SW → NODE', client, port80, 'Letter')],
      [
        'whoever listens at 8080 answers as port 80',
        datagram('NODE → SW', port80, client, 'Answer'),
      ],
      ['to the client', datagram('SW → C', port80, client, 'Answer')],
    ]);
  });

  it('from the host: OUTPUT, POSTROUTING, then PREROUTING and INPUT for the answer', () => {
    const there = way('OUTPUT', 'POSTROUTING');
    const back = unasked(way('PREROUTING', 'INPUT'), 'PREROUTING nat', 'INPUT nat');
    expect(parts.get('From the host')).toEqual([...there, ...back]);
    const [host, pod] = ['10.244.1.1:49152', '10.244.1.5:7000'];
    expectSteps(steps, [
      ['a letter of its own', datagram('NODE → POD', host, pod, 'Letter')],
      ['and its answer', datagram('POD → NODE', pod, host, 'Answer')],
    ]);
  });

  it('from 10.0.0.5: as far as the filter of FORWARD', () => {
    const there = [...way('PREROUTING'), 'FORWARD mangle', 'FORWARD filter'];
    expect(parts.get('From 10.0.0.5')).toEqual(there);
    expect(notes.at(-1)).toBe('FORWARD filter: DROP\nLetters from 10.0.0.5? Block them.');
    const after = steps.filter(
      (step) => step.kind === 'frame' && step.packet.layer('ipv4')?.src === '10.0.0.5',
    );
    // To the switch, and from it to the host: no further.
    expect(after.map((step) => step.kind === 'frame' && step.way)).toEqual(['X → SW', 'SW → NODE']);
    const letter = datagram('SW → NODE', '10.0.0.5:49152', '10.244.1.5:7000', 'Letter');
    expect(after.some(letter)).toBe(true);
  });
});
