/** The walk-throughs of TCP: each step of the guide, among the segments that were sent. */
import { describe, expect, it } from 'vitest';
import { fiveTuple } from '../../src/scenarios/five-tuple.js';
import { tcpClose } from '../../src/scenarios/tcp-close.js';
import { tcpHandshake } from '../../src/scenarios/tcp-handshake.js';
import { tcpVsUdp } from '../../src/scenarios/tcp-vs-udp.js';
import { tcpWindow } from '../../src/scenarios/tcp-window.js';
import { tcpWindowScaling } from '../../src/scenarios/tcp-window-scaling.js';
import { expectSteps, frame, frames, note, playSteps } from '../support/steps.js';

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
    const sockets = (name: string) =>
      lab.tables().find(({ title }) => title === `${name}# ss -tin`);
    expect(sockets('C')?.lines.join('\n')).toContain('TIME-WAIT');
    expect(sockets('S')?.lines.join('\n')).not.toContain('93.184');
    lab.runFor(61_000_000_000);
    expect(sockets('C')?.lines.join('\n') ?? '').not.toContain('TIME-WAIT');
  });
});

describe('tcp-window', () => {
  it('fills, is probed while it is zero, and opens again', () => {
    const { steps } = playSteps(tcpWindow);
    expectSteps(steps, [
      ['zero window', segment(BACK, { flags: ACK, window: 0, ack: 8293 })],
      ['the sender stops', note('C', 'Zero window')],
      ['zero window probe', segment(FORTH, { seq: 8293, bytes: 1 })],
      ['still zero', segment(BACK, { window: 0, ack: 8293 })],
      ['the program reads', note('S', 'reads at last')],
      ['the window opens', segment(BACK, { flags: ACK, ack: 8293, window: 8192 })],
      ['data again', segment(FORTH, { seq: 8293, bytes: 1448 })],
      ['all is there', note('S', 'All 20000 bytes are here')],
    ]);
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
    const [datagram] = frames(steps);
    expect(datagram?.packet.layer('udp')?.headerBytes.length).toBe(8);
  });
});

describe('five-tuple', () => {
  it('tells four conversations apart, and each answer finds its own', () => {
    const { steps } = playSteps(fiveTuple);
    const tuples = steps.flatMap((step) =>
      step.kind === 'note' && step.text.startsWith('5-tuple: ') ? [step.text] : [],
    );
    expect(tuples).toEqual([
      '5-tuple: TCP, 192.168.1.10:54321 → 192.168.1.20:80',
      '5-tuple: TCP, 192.168.1.10:54322 → 192.168.1.20:80',
      '5-tuple: TCP, 192.168.1.10:54321 → 192.168.1.20:443',
      '5-tuple: UDP, 192.168.1.10:54321 → 192.168.1.20:80',
    ]);
    expectSteps(steps, [
      ['first', note('C', '192.168.1.10:54321 hears: You are TCP 54321 → 80')],
      ['second', note('C', '192.168.1.10:54322 hears: You are TCP 54322 → 80')],
      ['third', note('C', '192.168.1.10:54321 hears: You are TCP 54321 → 443')],
      ['fourth', frame(BACK, (packet) => packet.layer('udp')?.dstPort === 54321)],
    ]);
  });
});
