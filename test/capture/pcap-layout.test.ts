import { expect, test } from 'vitest';
import * as layout from '../../src/capture/pcap-layout.js';

test('both byte orders have the same fields in the same places', () => {
  expect(layout.pcapHeaderLittleLayout.fields).toEqual(layout.pcapHeaderLayout.fields);
  expect(layout.pcapRecordLittleLayout.fields).toEqual(layout.pcapRecordLayout.fields);
});

test('the modified record header starts with the common fields', () => {
  expect(layout.pcapModifiedRecordLayout.fields.slice(0, 4)).toEqual(
    layout.pcapRecordLayout.fields,
  );
});

test('sizes and places are those of the pcap draft', () => {
  expect(layout.PCAP_HEADER_BYTES).toBe(24);
  expect(layout.PCAP_RECORD_HEADER_BYTES).toBe(16);
  expect(layout.PCAP_MODIFIED_RECORD_HEADER_BYTES).toBe(24);
  expect([layout.VERSION_MAJOR, layout.VERSION_MINOR, layout.SNAP_LENGTH, layout.LINK]).toEqual([
    4, 6, 16, 20,
  ]);
  expect([layout.SECONDS, layout.FRACTION, layout.CAPTURED_LENGTH, layout.WIRE_LENGTH]).toEqual([
    0, 4, 8, 12,
  ]);
  expect(layout.FCS_WORDS).toEqual({ offset: 0, shift: 28, max: 15 });
  expect(layout.FCS_PRESENT).toEqual({ offset: 0, shift: 26, max: 1 });
  expect(layout.LINK_RESERVED).toEqual({ offset: 0, shift: 16, max: 0x3ff });
  expect(layout.LINK_TYPE).toEqual({ offset: 0, shift: 0, max: 0xffff });
});

test('buffer-layout itself decodes what a little-endian file header holds', () => {
  const bytes = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000024', 'hex');
  expect(layout.pcapHeaderLittleLayout.decode(bytes)).toEqual({
    magic: layout.PCAP_MAGIC,
    versionMajor: 2,
    versionMinor: 4,
    timeZone: 0,
    significantDigits: 0,
    snapLength: 65535,
    link: 0x24000001,
  });
});
