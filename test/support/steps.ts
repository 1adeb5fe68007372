/** A scenario's run as steps that a test can name: frames, decoded, and what the devices said. */
import { expect } from 'vitest';
import { Lab } from '../../src/lab/lab.js';
import type { Crossing, Note } from '../../src/lab/recorder.js';
import { Story } from '../../src/lab/story.js';
import type { OurProtocols } from '../../src/packet/bindings.js';
import type { Packet } from '../../src/packet/packet.js';
import { parse } from '../../src/packet/parse.js';
import { performScenario } from '../../src/scenarios/play.js';
import type { Scenario } from '../../src/scenarios/scenario.js';

/** A frame of a run. */
export interface FrameStep {
  readonly kind: 'frame';
  /** Names of the devices: `A → SW`. */
  readonly way: string;
  readonly packet: Packet<OurProtocols>;
  readonly crossing: Crossing;
}

/** What was said. */
export interface NoteStep {
  readonly kind: 'note';
  /** Names of the devices, with commas between. */
  readonly who: string;
  readonly text: string;
  readonly note: Note;
}

export type RunStep = FrameStep | NoteStep;

/** A step of the guide's diagram: its name, and how it is known. */
export type Expected = readonly [name: string, is: (step: RunStep) => boolean];

/** Plays a scenario; answers its lab, and what happened in it. */
export function playSteps(scenario: Scenario): { lab: Lab; steps: RunStep[]; story: Story } {
  const lab = new Lab();
  const story = new Story();
  lab.watch(story);
  performScenario(scenario, lab);
  const steps = story.steps.map((step): RunStep => {
    if (step.kind === 'note') {
      const { note } = step;
      const who = note.devices.map(({ name }) => name).join(',');
      return { kind: 'note', who, text: note.text, note };
    }
    const { crossing } = step;
    const way = `${crossing.from.device.name} → ${crossing.to.device.name}`;
    return { kind: 'frame', way, packet: parse(crossing.bytes), crossing };
  });
  return { lab, steps, story };
}

/** The frames of a run, in their order. */
export function frames(steps: readonly RunStep[]): FrameStep[] {
  return steps.filter((step): step is FrameStep => step.kind === 'frame');
}

/** A frame on that way (`A → SW`) of which that is true. */
export function frame(
  way: string,
  is: (packet: Packet<OurProtocols>, crossing: Crossing) => boolean = () => true,
): (step: RunStep) => boolean {
  return (step) => step.kind === 'frame' && step.way === way && is(step.packet, step.crossing);
}

/** What a packet carries behind its last header, as text. */
export function textIn(packet: Packet<OurProtocols>): string {
  return new TextDecoder().decode(packet.payload);
}

/** Source and destination of a packet's innermost TCP segment or UDP datagram: `192.168.1.10:54321`. */
export function endsOf(packet: Packet<OurProtocols>): [src: string, dst: string] {
  const ip = packet.all('ipv4').at(-1);
  const ports = packet.all('tcp').at(-1) ?? packet.all('udp').at(-1);
  return [`${ip?.src}:${ports?.srcPort}`, `${ip?.dst}:${ports?.dstPort}`];
}

/** A datagram with that text, from one end to the other. */
export function datagram(
  way: string,
  src: string,
  dst: string,
  text: string,
): (step: RunStep) => boolean {
  return frame(way, (packet) => {
    const [from, to] = endsOf(packet);
    const isUdp = packet.layer('udp') !== undefined;
    return isUdp && from === src && to === dst && textIn(packet) === text;
  });
}

/** An echo request (8) or reply (0) from one address to the other. */
export function echo(
  way: string,
  type: 0 | 8,
  src: string,
  dst: string,
): (step: RunStep) => boolean {
  return frame(way, (packet) => {
    const ip = packet.all('ipv4').at(-1);
    return packet.layer('icmp')?.type === type && ip?.src === src && ip.dst === dst;
  });
}

/** An ARP request (1) or reply (2): from whose address, about whose. */
export function arp(
  way: string,
  operation: 1 | 2,
  sender: string,
  target: string,
): (step: RunStep) => boolean {
  return frame(way, (packet) => {
    const found = packet.all('arp').at(-1);
    return (
      found?.operation === operation &&
      found.senderProtocol === sender &&
      found.targetProtocol === target
    );
  });
}

/** The first frame of which that is true. Fails where there is none. */
export function firstOf(
  steps: readonly RunStep[],
  name: string,
  is: (step: RunStep) => boolean,
): FrameStep {
  const found = steps.find(is);
  return found?.kind === 'frame' ? found : expect.fail(`there is no frame "${name}"`);
}

/** The lines of a table, by its title or the beginning of that. Fails where there is none. */
export function linesOf(lab: Lab, title: string): readonly string[] {
  const found = lab.tables().find((table) => table.title.startsWith(title));
  return found?.lines ?? expect.fail(`there is no table "${title}"`);
}

/** What that device (several: `A,B`) said: a part of it. */
export function note(who: string, text: string): (step: RunStep) => boolean {
  return (step) => step.kind === 'note' && step.who === who && step.text.includes(text);
}

/** Fails with the name of the first step that does not come behind those before it. */
export function expectSteps(steps: readonly RunStep[], expected: readonly Expected[]): void {
  let at = 0;
  for (const [name, is] of expected) {
    const found = steps.findIndex((step, i) => i >= at && is(step));
    if (found < 0) expect.fail(`after ${at} of ${steps.length} steps there is no "${name}"`);
    at = found + 1;
  }
}
