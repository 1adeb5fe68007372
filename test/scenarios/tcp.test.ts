/** The walk-throughs of TCP: each step of the guide, among the segments that were sent. */
import { describe, expect, it } from 'vitest';
import { fiveTuple } from '../../src/scenarios/five-tuple.js';
import { tcpClose } from '../../src/scenarios/tcp-close.js';
import { tcpHandshake } from '../../src/scenarios/tcp-handshake.js';
import { tcpVsUdp } from '../../src/scenarios/tcp-vs-udp.js';
import { tcpWindow } from '../../src/scenarios/tcp-window.js';
import { tcpWindowScaling } from '../../src/scenarios/tcp-window-scaling.js';
import {
  endsOf,
  expectSteps,
  firstOf,
  frame,
  frames,
  linesOf,
  note,
  playSteps,
  type RunStep,
  textIn,
} from '../support/steps.js';

const FIN = 1;
const SYN = 2;
const PUSH = 8;
const ACK = 16;
const FORTH = 'C → S';
const BACK = 'S → C';

interface Wanted {
  flags?: number;
  seq?: number;
  ack?: number;
  bytes?: number;
  window?: number;
}

/** A segment of which all that is given is true; PSH is passed over. */
const segment = (way: string, wanted: Wanted) =>
  frame(way, (packet) => {
    const tcp = packet.layer('tcp');
    if (tcp === undefined) return false;
    const { seq, ack, window, flags } = tcp;
    const found: Required<Wanted> = {
      flags: flags & ~PUSH,
      seq,
      ack,
      window,
      bytes: tcp.end - tcp.headerEnd,
    };
    return Object.entries(wanted).every(([key, value]) => found[key as keyof Wanted] === value);
  });

/** What the frames are called. */
const texts = (steps: readonly RunStep[]): string[] =>
  frames(steps).map(({ crossing }) => crossing.text);

describe('tcp-handshake', () => {
  it("is the guide's: SYN, SYN-ACK, ACK, data, ACK, and nothing else", () => {
    const { steps, story } = playSteps(tcpHandshake);
    expectSteps(steps, [
      ['TCP Three-Way Handshake', note('C,S', 'TCP Three-Way Handshake')],
      ['SYN (seq=100)', segment(FORTH, { flags: SYN, seq: 100 })],
      ['SYN-ACK (seq=300, ack=101)', segment(BACK, { flags: SYN | ACK, seq: 300, ack: 101 })],
      ['ACK (ack=301)', segment(FORTH, { flags: ACK, ack: 301, bytes: 0 })],
      ['Connection established!', note('S', 'Connection established!')],
      ['Data (seq=101)', segment(FORTH, { flags: ACK, seq: 101, bytes: 100 })],
      ['ACK (ack=201)', segment(BACK, { flags: ACK, ack: 201, bytes: 0 })],
    ]);
    expect(frames(steps)).toHaveLength(5);
    expect(story.diagram().filter((line) => line.includes('->>'))).toEqual([
      '    C->>S: SYN (seq=100)',
      '    S->>C: SYN-ACK (seq=300, ack=101)',
      '    C->>S: ACK (ack=301)',
      '    C->>S: Data (seq=101, 100 bytes)',
      '    S->>C: ACK (ack=201)',
    ]);
  });
});

describe('tcp-close', () => {
  it('takes four steps, and ends in TIME-WAIT at the side that began', () => {
    const { lab, steps } = playSteps(tcpClose);
    expectSteps(steps, [
      ['FIN', segment(FORTH, { flags: FIN | ACK, seq: 101 })],
      ['ACK', segment(BACK, { flags: ACK, ack: 102, bytes: 0 })],
      ['last words of the other side', segment(BACK, { flags: ACK, seq: 301, bytes: 7 })],
      ['FIN', segment(BACK, { flags: FIN | ACK, seq: 308 })],
      ['ACK', segment(FORTH, { flags: ACK, ack: 309, bytes: 0 })],
    ]);
    const sockets = (name: string): string => linesOf(lab, `${name}# ss -t`).join('\n');
    const [client, server] = ['192.168.1.10:54321', '192.168.1.20:80'];
    expect(sockets('C')).toMatch(new RegExp(`TIME-WAIT.*${client}.*${server}`));
    // The other side has forgotten it: it only listens.
    expect(sockets('S')).toContain('LISTEN');
    expect(sockets('S')).not.toContain(client);
    lab.runFor(58_000_000_000);
    expect(sockets('C')).toContain('TIME-WAIT');
    lab.runFor(3_000_000_000);
    const left = lab.tables().find(({ title }) => title.startsWith('C# ss -t'));
    expect(left?.lines.join('\n') ?? '').not.toContain(client);
    expect(texts(steps)).toEqual([
      'SYN (seq=100)',
      'SYN-ACK (seq=300, ack=101)',
      'ACK (ack=301)',
      'FIN (seq=101, ack=301)',
      'ACK (ack=102)',
      'Data (seq=301, 7 bytes)',
      'FIN (seq=308, ack=102)',
      'ACK (ack=309)',
    ]);
    const words = firstOf(steps, 'last words', segment(BACK, { bytes: 7 }));
    expect(textIn(words.packet)).toBe('Goodbye');
  });
});

describe('tcp-window', () => {
  it('fills, is probed while it is zero, and opens again', () => {
    const { steps } = playSteps(tcpWindow);
    expectSteps(steps, [
      ['room for all', segment(BACK, { flags: SYN | ACK, window: 8192 })],
      ['room for 5,296 bytes', segment(BACK, { flags: ACK, window: 5296, ack: 2997 })],
      ['for 2,400', segment(BACK, { flags: ACK, window: 2400, ack: 5893 })],
      ['for 952', segment(BACK, { flags: ACK, window: 952, ack: 7341 })],
      ['no more than that is sent', segment(FORTH, { seq: 7341, bytes: 952 })],
      ['zero window', segment(BACK, { flags: ACK, window: 0, ack: 8293 })],
      ['the sender stops', note('C', 'Zero window')],
      ['zero window probe', segment(FORTH, { seq: 8293, bytes: 1 })],
      ['still zero', segment(BACK, { window: 0, ack: 8293 })],
      ['the program reads', note('S', 'reads at last')],
      ['the window opens', segment(BACK, { flags: ACK, ack: 8293, window: 8192 })],
      ['data again', segment(FORTH, { seq: 8293, bytes: 1448 })],
      ['all is there', note('S', 'All 20000 bytes are here')],
    ]);
    // What the window is stands beside the arrow.
    const said = texts(steps).filter((text) => text.startsWith('ACK (') && text.includes('win='));
    expect(said.slice(0, 3)).toEqual([
      'ACK (ack=2997, win=5296)',
      'ACK (ack=5893, win=2400)',
      'ACK (ack=7341, win=952)',
    ]);
    expect(texts(steps)).toContain('Zero Window Probe (seq=8293, 1 byte)');
    // Each announces what 8,192 bytes have left behind those that are acknowledged and not read.
    const opened = steps.findIndex(note('S', 'reads at last'));
    for (const { way, packet } of frames(steps.slice(0, opened))) {
      const tcp = packet.layer('tcp');
      if (tcp !== undefined && way === BACK) expect(tcp.window).toBe(8192 - (tcp.ack - 101));
    }
    // Never more under way than the window: 8,192 bytes behind what was acknowledged.
    let acknowledged = 101;
    for (const { way, packet } of frames(steps)) {
      const tcp = packet.layer('tcp');
      if (tcp === undefined) continue;
      if (way === BACK && (tcp.flags & SYN) === 0) acknowledged = Math.max(acknowledged, tcp.ack);
      const end = tcp.seq + tcp.end - tcp.headerEnd;
      // A probe is one byte past the window: that is what it is for.
      if (way === FORTH && tcp.end - tcp.headerEnd > 1) {
        expect(end - acknowledged).toBeLessThanOrEqual(8192);
      }
    }
  });
});

describe('tcp-window-scaling', () => {
  it('has 65,535 bytes under way without, and more with scaling; it takes half the time', () => {
    const { steps } = playSteps(tcpWindowScaling);
    const most = (port: number): number => {
      let acknowledged = -1;
      let largest = 0;
      for (const { way, packet } of frames(steps)) {
        const tcp = packet.layer('tcp');
        if (tcp === undefined || (tcp.srcPort !== port && tcp.dstPort !== port)) continue;
        if ((tcp.flags & SYN) !== 0) continue;
        const bytes = tcp.end - tcp.headerEnd;
        if (way === BACK) acknowledged = tcp.ack;
        else if (bytes > 0) {
          if (acknowledged < 0) acknowledged = tcp.seq;
          largest = Math.max(largest, tcp.seq + bytes - acknowledged);
        }
      }
      return largest;
    };
    expect(most(8001)).toBeLessThanOrEqual(65_535);
    expect(most(8001)).toBeGreaterThan(64_000);
    expect(most(8002)).toBeGreaterThan(90_000);
    // A window in a SYN is not scaled: the first 45 full segments are the same, then all wait.
    const first = (port: number): number[] => {
      const sizes = frames(steps).flatMap(({ way, packet }) => {
        const tcp = packet.layer('tcp');
        const mine = tcp !== undefined && (tcp.srcPort === port || tcp.dstPort === port);
        return mine && (tcp.flags & SYN) === 0 ? [way === BACK ? -1 : tcp.end - tcp.headerEnd] : [];
      });
      return sizes.slice(0, sizes.indexOf(-1)).filter((size) => size > 0);
    };
    for (const port of [8001, 8002]) expect(first(port)).toEqual(Array(45).fill(1448));
    const options = frames(steps)
      .flatMap(({ packet }) => packet.layer('tcp') ?? [])
      .filter(({ flags }) => flags === SYN)
      .map((tcp) => tcp.options.some(({ kind }) => kind === 'windowScale'));
    expect(options).toEqual([false, true]);
    const times = steps.flatMap((step) => {
      const found = step.kind === 'note' ? /200000 bytes in (\d+) ms/.exec(step.text) : null;
      return found === null ? [] : [Number(found[1])];
    });
    expect(times).toHaveLength(2);
    expect(times[1] as number).toBeLessThan((times[0] as number) * 0.6);
    // Three and a half round trips of 100 ms, and one and a half.
    expect(times.map((time) => Math.floor(time / 50))).toEqual([7, 3]);
  });
});

describe('tcp-vs-udp', () => {
  it('loses the same letter twice: UDP never knows, TCP sends it again', () => {
    const { steps } = playSteps(tcpVsUdp);
    const lost = (name: 'udp' | 'tcp') =>
      frame(FORTH, (packet, { lost }) => packet.layer(name) !== undefined && lost !== '');
    expectSteps(steps, [
      ['a datagram is lost', lost('udp')],
      ['nobody knows', note('S', '0 letters by UDP')],
      ['handshake first', segment(FORTH, { flags: SYN })],
      ['a segment is lost', lost('tcp')],
      ['no ACK', note('C', 'send again')],
      ['the same bytes again', segment(FORTH, { seq: 101, bytes: 24 })],
      ['delivered', note('S', 'Delivered: Important: see you at 12')],
      ['signed for', segment(BACK, { flags: ACK, ack: 125 })],
    ]);
    const letter = 'Important: see you at 12';
    const [udp, tcp, again] = [
      firstOf(steps, 'a datagram', lost('udp')),
      firstOf(steps, 'a segment', lost('tcp')),
      firstOf(
        steps,
        'the segment again',
        frame(
          FORTH,
          (packet, crossing) =>
            textIn(packet) === letter && crossing.lost === '' && packet.layer('tcp') !== undefined,
        ),
      ),
    ].map(({ packet }) => packet);
    expect([udp, tcp, again].map((packet) => packet && textIn(packet))).toEqual([
      letter,
      letter,
      letter,
    ]);
    expect(udp?.layer('udp')?.headerBytes.length).toBe(8);
    expect(tcp?.layer('tcp')?.headerBytes.length).toBe(32);
    // Not one word of UDP comes back, and nothing is sent again.
    expect(frames(steps).filter(({ packet }) => packet.layer('udp') !== undefined)).toHaveLength(1);
  });
});

describe('five-tuple', () => {
  it('tells four conversations apart, and each answer finds its own', () => {
    const { steps } = playSteps(fiveTuple);
    const question = (protocol: 'tcp' | 'udp', way: string, text: string) =>
      steps.flatMap((step) =>
        step.kind === 'frame' &&
        step.way === way &&
        step.packet.layer(protocol) !== undefined &&
        textIn(step.packet) === text
          ? [endsOf(step.packet)]
          : [],
      );
    // What is on the wire: four questions, each from and to other ends, or by another protocol.
    const client = '192.168.1.10';
    const server = '192.168.1.20';
    const tuples = [
      ['TCP', `${client}:54321`, `${server}:80`],
      ['TCP', `${client}:54322`, `${server}:80`],
      ['TCP', `${client}:54321`, `${server}:443`],
      ['UDP', `${client}:54321`, `${server}:80`],
    ] as const;
    const ends = tuples.map(([, src, dst]) => [src, dst]);
    expect(question('tcp', FORTH, 'Who am I?')).toEqual(ends.slice(0, 3));
    expect(question('udp', FORTH, 'Who am I?')).toEqual(ends.slice(3));
    for (const [protocol, src, dst] of tuples) {
      const [from, to] = [src, dst].map((end) => end.split(':')[1]);
      const answer = `You are ${protocol} ${from} → ${to}`;
      const name = protocol === 'TCP' ? 'tcp' : 'udp';
      expect(question(name, BACK, answer)).toEqual([[dst, src]]);
      expectSteps(steps, [
        ['the server sees', note('S', `5-tuple: ${protocol}, ${src} → ${dst}`)],
        ['the client hears', note('C', `${src} hears: ${answer}`)],
      ]);
    }
    const handshakes = frames(steps).filter(segment(FORTH, { flags: SYN }));
    expect(handshakes.map(({ packet }) => endsOf(packet))).toEqual(ends.slice(0, 3));
  });
});
