import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { FieldPrinter, knownFields, parseFieldOptions } from '../../src/cli/show-fields.js';
import { TextBuffer } from '../../src/cli/text-buffer.js';
import type { FrameContext } from '../../src/packet/frame-names.js';
import { frameOf, ours } from './frames.js';

const line =
  'ethernet(src=02:00:00:00:00:01)/dot1q(vid=5)/dot1q(vid=6)/ipv4(src=10.0.0.1)/udp(srcPort=7)/"a"';

async function printed(names: string[], options: string[] = [], unknown = false): Promise<string> {
  const printer = new FieldPrinter(names, parseFieldOptions(options), ours, unknown);
  return printer.header() + lineOf(printer, await frameOf(line));
}

function lineOf(printer: FieldPrinter, frame: FrameContext): string {
  const out = new TextBuffer(1);
  printer.line(frame, out);
  return new TextDecoder().decode(out.filled());
}

describe('fields', () => {
  it('are a line a frame, tabs between them, empty where the frame has none', async () => {
    expect(await printed(['frame.number', 'vxlan.vni', 'eth.src', 'udp.srcport'])).toBe(
      '1\t\t02:00:00:00:00:01\t7\n',
    );
  });

  it('have all their values, or the first or last of them', async () => {
    expect(await printed(['vlan.id', 'ip.addr'])).toBe('5,6\t10.0.0.1,0.0.0.0\n');
    expect(await printed(['vlan.id'], ['occurrence=f'])).toBe('5\n');
    expect(await printed(['vlan.id'], ['occurrence=l'])).toBe('6\n');
    expect(await printed(['vlan.id'], ['aggregator=/s'])).toBe('5 6\n');
  });

  it('are quoted where they have a value; the names above them never are', async () => {
    expect(await printed(['vlan.id', 'vxlan.vni'], ['quote=d', 'header=y', 'separator=,'])).toBe(
      'vlan.id,vxlan.vni\n"5,6",\n',
    );
    expect(await printed(['vlan.id'], ['quote=s', 'bom=y'])).toBe("\uFEFF'5,6'\n");
  });

  it('that are asked for twice have values in the last column, as in tshark', async () => {
    expect(await printed(['vlan.id', 'eth.src', 'vlan.id'])).toBe('\t02:00:00:00:00:01\t5,6\n');
    expect(await printed(['frame.number', 'frame.number'])).toBe('\t1\n');
  });

  it('take their values from every header that has them, outermost first', async () => {
    const frame = await frameOf(
      'ethernet/ipv4(src=10.0.0.1)/udp/vxlan/ethernet/ipv6(src="2001:db8::1")/udp/"a"',
    );
    const printer = new FieldPrinter(['ip.version', 'ip.src'], parseFieldOptions([]), ours, false);
    expect(lineOf(printer, frame)).toBe('4,6\t10.0.0.1\n');
  });

  it('that nobody knows are an error with a hint, or empty where that is allowed', async () => {
    await expect(printed(['ip.scr', 'nosuch'])).rejects.toThrow(
      /no field is named ip\.scr; did you mean ip\.src\?, nosuch/,
    );
    await expect(printed(['nosuch'])).rejects.toThrow(PacketError);
    expect(await printed(['nosuch', 'vlan.id'], ['header=y'], true)).toBe(
      'nosuch\tvlan.id\n\t5,6\n',
    );
  });
});

describe('-E', () => {
  it.each([
    ['header=maybe', /header=y or header=n/],
    ['quote=x', /quote=d/],
    ['occurrence=x', /occurrence=f/],
    ['bom=x', /bom=y/],
    ['separator=', /one character/],
    ['separator=ab', /one character/],
    ['aggregator=/x', /one character/],
    ['nosuch=1', /expected header, separator/],
    ['header', /header=y/],
  ])('%s is refused', (option, message) => {
    expect(() => parseFieldOptions([option])).toThrow(message);
  });

  it('takes = as a separator, and the last of several', () => {
    expect(parseFieldOptions(['separator==', 'separator=;', 'separator==']).separator).toBe('=');
  });
});

describe('the list of fields', () => {
  it('has every name with its header and a description', () => {
    const fields = knownFields(ours);
    expect(fields.length).toBeGreaterThan(150);
    for (const { header, name, label } of fields) {
      expect(['frame', ...Object.keys(ours.protocols)]).toContain(header);
      expect(name).toMatch(/^[a-z0-9]+(\.[a-zA-Z0-9_]+)+$/);
      expect(label).not.toBe('');
    }
  });
});
