import { describe, expect, it } from 'vitest';
import { EspView, esp, espProtocol } from '../../src/headers/esp.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { ipv6 } from '../../src/headers/ipv6.js';
import { udp } from '../../src/headers/udp.js';
import { build } from '../../src/packet/build.js';
import { protocolsOf } from '../../src/packet/frame-names.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';
import { headerContract } from '../support/header-contract.js';

for (const [name, offset] of [
  ['esp', 54],
  ['ipv4-esp', 34],
] as const) {
  headerContract({
    protocol: espProtocol,
    View: EspView,
    fixture: name,
    offset,
    bytes: 8,
    fields: { spi: 0x200, sequence: 3 },
  });
}

describe('EDGE-CASES 27: ESP', () => {
  it('ends the walk: what it encrypts is payload, and no data of Wireshark', () => {
    const packet = parse(fixture('esp'));
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'ipv6', 'esp']);
    expect(packet.payload.length).toBe(16);
    expect(packet.problems).toEqual([]);
    expect(protocolsOf(packet)).toBe('eth:ethertype:ipv6:esp');
  });

  it('is followed by bytes only', () => {
    expect(() => build([ethernet(), ipv6(), esp(), udp()])).toThrow(
      expect.objectContaining({ code: 'BAD_SPEC', layer: 'esp' }),
    );
    expect(parse(build([ethernet(), ipv6(), esp(), 'secret'])).layer('ipv6')?.nextHeader).toBe(50);
  });

  it('cut short is a problem, and its bytes are payload', () => {
    const packet = parse(fixture('cut-esp'));
    expect(packet.payload.length).toBe(5);
    expect(packet.problems).toMatchObject([{ code: 'ESP_HEADER_CUT', need: 8, have: 5 }]);
  });
});
