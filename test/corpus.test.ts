/** Captures of other projects, where they are at hand: what is real must come back to the byte. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LayerSpec } from '../src/headers/layer-spec.js';
import { build } from '../src/packet/build.js';
import { parse } from '../src/packet/parse.js';
import { CORPUS, corpusIsThere } from './support/corpus.js';

interface Captured {
  readonly data: Uint8Array;
  readonly wireLength: number;
}

/** A pcap file, read the simple way; undefined where it is of another format. */
function readPcap(file: Uint8Array): { linkType: number; frames: Captured[] } | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.byteLength < 24 ? 0 : view.getUint32(0);
  const big = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34];
  const little = [0xd4c3b2a1, 0x4d3cb2a1, 0x34cdb2a1];
  if (!big.includes(magic) && !little.includes(magic)) return undefined;
  const isLittle = little.includes(magic);
  const header = magic === 0xa1b2cd34 || magic === 0x34cdb2a1 ? 24 : 16;
  const frames: Captured[] = [];
  for (let at = 24; at + header <= file.length; ) {
    const captured = view.getUint32(at + 8, isLittle);
    const wireLength = view.getUint32(at + 12, isLittle);
    if (at + header + captured > file.length) break;
    frames.push({ data: file.slice(at + header, at + header + captured), wireLength });
    at += header + captured;
  }
  return { linkType: view.getUint32(20, isLittle) & 0x0fffffff, frames };
}

/** What tshark says of each frame: `frame.protocols`, and whether it found it malformed. */
function oracleOf(path: string): { protocols: string; malformed: boolean }[] {
  const text = existsSync(`${path}.tsv`)
    ? readFileSync(`${path}.tsv`, 'utf8')
    : gunzipSync(readFileSync(`${path}.tsv.gz`)).toString('utf8');
  const [head = '', ...rows] = text.split('\n');
  const columns = head.split('\t');
  const column = columns.indexOf('frame.protocols');
  const mark = columns.indexOf('_ws.malformed');
  if (column < 0 || mark < 0) throw new Error(`${path}: no column frame.protocols`);
  return rows
    .filter((row) => row !== '')
    .map((row) => row.split('\t'))
    .map((cells) => ({ protocols: cells[column] ?? '', malformed: (cells[mark] ?? '') !== '' }));
}

/** tshark's name of each of our protocols. */
const TSHARK: Readonly<Record<string, string>> = {
  ethernet: 'eth',
  dot1q: 'vlan',
  arp: 'arp',
  ipv4: 'ip',
  ipv6: 'ipv6',
  udp: 'udp',
  tcp: 'tcp',
  vxlan: 'vxlan',
  geneve: 'geneve',
  tcpStart: 'tcp',
  icmp: 'icmp',
  icmpv6: 'icmpv6',
  igmp: 'igmp',
  ipv6HopByHop: 'ipv6.hopopts',
  ipv6Routing: 'ipv6.routing',
  ipv6Fragment: 'ipv6.fraghdr',
  ipv6Destination: 'ipv6.dstopts',
  ah: 'ah',
  esp: 'esp',
  llc: 'llc',
  snap: '',
  sll: 'sll',
  sll2: 'sll',
  loopback: 'null',
  stp: 'stp',
  slow: 'slow',
  lacp: 'lacp',
  lldp: 'lldp',
  ospf: 'ospf',
  sctp: 'sctp',
};
const KNOWN =
  /^(eth|ethertype|vlan|ieee8021ad|arp|ip|ipv6(\.(hopopts|routing|fraghdr|dstopts))?|ah|esp|udp|tcp|vxlan|geneve|data|raw|llc|sll|null|stp|slow|lacp|lldp|ospf|sctp|icmp|icmpv6|igmp)$/;
const NO_LAYER = ['ethertype', 'data', 'raw'];

describe.skipIf(!corpusIsThere)('real captures', () => {
  const captures = corpusIsThere
    ? readdirSync(CORPUS).filter((name) => name.endsWith('.pcap'))
    : [];
  let compared = 0;

  it.each(captures)('%s comes back to the byte, with real layers', (name) => {
    const path = join(CORPUS, name);
    const file = readPcap(Uint8Array.from(readFileSync(path)));
    if (file === undefined) throw new Error(`${name} is no pcap`);
    const oracle = oracleOf(path);
    expect(oracle.length, name).toBe(file.frames.length);
    for (const [i, { data, wireLength }] of file.frames.entries()) {
      const shown = `${name}, frame ${i + 1}`;
      const packet = parse(data, { linkType: file.linkType, wireLength });
      const spec = packet.toSpec();
      expect(build(spec), shown).toEqual(data);
      for (const part of spec) {
        if (part instanceof LayerSpec)
          expect(part.bytes, `${shown}: ${part.layer}`).toBeUndefined();
      }
      expect(
        packet.problems.every((p) => p.offset <= data.length),
        shown,
      ).toBe(true);

      const stack = oracle[i]?.protocols.split(':') ?? [];
      // tshark names a header that is damaged too, and stops there.
      if (packet.broken !== undefined || oracle[i]?.malformed) continue;
      if (!stack.every((one) => KNOWN.test(one))) continue;
      const theirs = stack
        .filter((one) => !NO_LAYER.includes(one))
        .map((one) => (one === 'ieee8021ad' ? 'vlan' : one))
        // tshark enters ARP twice where the hardware is AX.25, for one and the same header.
        .filter((one, at, all) => one !== 'arp' || all[at - 1] !== 'arp')
        // And IGMP, of which each version is a protocol of its own to it.
        .filter((one, at, all) => one !== 'igmp' || all[at - 1] !== 'igmp');
      expect(
        packet.layers
          .map((layer) => TSHARK[layer.layer])
          .filter((one) => one !== '')
          .join(':'),
        shown,
      ).toBe(theirs.join(':'));
      compared++;
    }
  });

  it('are many, and most have a stack that is compared', () => {
    expect(captures.length).toBeGreaterThan(50);
    expect(compared).toBeGreaterThan(1000);
  });
});
