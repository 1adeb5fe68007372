import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { parseSpecLine } from '../../src/cli/spec-line.js';
import { resolveValues } from '../../src/cli/spec-values.js';

const value = (text: string) => (parseSpecLine(`x(v=${text})`)[0] as { v: unknown }).v;

function messageOf(text: string): string {
  try {
    parseSpecLine(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    expect(error).toHaveProperty('code', 'BAD_SPEC');
    return (error as Error).message;
  }
  throw new Error(`${text} was read without an error`);
}

describe('a line', () => {
  it('is layers and payload, outermost first', () => {
    const line =
      'ethernet(src=02:00:00:00:00:01)/dot1q(vid=10)/ipv4(src=192.168.10.5,dst=192.168.10.6)/udp(dstPort=53)/"hello"';
    expect(parseSpecLine(line)).toEqual([
      { layer: 'ethernet', src: '02:00:00:00:00:01' },
      { layer: 'dot1q', vid: 10 },
      { layer: 'ipv4', src: '192.168.10.5', dst: '192.168.10.6' },
      { layer: 'udp', dstPort: 53 },
      'hello',
    ]);
  });

  it('may have blanks anywhere between its tokens, and empty parentheses', () => {
    expect(parseSpecLine(' ethernet ( ) / udp ( dstPort = 53 , srcPort = 1 ) / "a" ')).toEqual([
      { layer: 'ethernet' },
      { layer: 'udp', dstPort: 53, srcPort: 1 },
      'a',
    ]);
  });

  it('leaves bytes to resolveValues', () => {
    expect(parseSpecLine('udp/hex(00 ff)')[1]).toBe('hex(00 ff)');
    expect(parseSpecLine('udp/random(8, 1)')[1]).toBe('random(8, 1)');
    expect(parseSpecLine('udp/text(a (b) / c)')[1]).toBe('text(a (b) / c)');
    expect(parseSpecLine('ipv4(trailer=zeros(6))')).toEqual([
      { layer: 'ipv4', trailer: 'zeros(6)' },
    ]);
  });

  it('takes a bare path to the end of the line, a quoted one to its quote', () => {
    expect(parseSpecLine('udp/@dir/a file.bin ')[1]).toBe('@dir/a file.bin');
    expect(parseSpecLine('udp/@"dir/a.bin"/x')).toEqual([
      { layer: 'udp' },
      '@dir/a.bin',
      { layer: 'x' },
    ]);
    expect(parseSpecLine('x(a=@dir/b,c=@"d, e")')).toEqual([
      { layer: 'x', a: '@dir/b', c: '@d, e' },
    ]);
  });
});

describe('a value', () => {
  it.each([
    ['10', 10],
    ['-1', -1],
    ['0x10', 16],
    ['0b101', 5],
    ['true', true],
    ['false', false],
    ['SYN', 'SYN'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['fe80::1', 'fe80::1'],
    ['::', '::'],
    ['02:00:00:00:00:01', '02:00:00:00:00:01'],
    ['02-00-00-00-00-01', '02-00-00-00-00-01'],
    ['1.5', '1.5'],
    ['"10"', '10'],
    ['"true"', 'true'],
    ['[]', []],
    ['[SYN, ACK]', ['SYN', 'ACK']],
    ['[[1],[2,3]]', [[1], [2, 3]]],
    ['{class=0x0102,type=1,data=hex(00ff)}', { class: 258, type: 1, data: 'hex(00ff)' }],
    ['{}', {}],
    ['[mss(1460),nop,sack()]', [{ kind: 'mss', value: 1460 }, 'nop', { kind: 'sack' }]],
    ['[timestamps(value=1,echo=2)]', [{ kind: 'timestamps', value: 1, echo: 2 }]],
    ['foo([1,2], b={c=1})', { kind: 'foo', value: [1, 2], b: { c: 1 } }],
    ['foo(hex(00))', { kind: 'foo', value: 'hex(00)' }],
  ])('%s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it('that is quoted is text, or bytes where it has escapes from \\x80 on', () => {
    expect(value(String.raw`"a\n\t\\\"\x41é"`)).toBe('a\n\t\\"Aé');
    expect(value(`'say "hi"'`)).toBe('say "hi"');
    expect(value(String.raw`"é😀\xff\x00"`)).toEqual(
      Uint8Array.of(0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0),
    );
  });

  it('that is quoted stays its literal text through resolveValues', async () => {
    for (const text of ['hex(00)', '@home', 'text(a', 'text(a)', 'zeros(1))']) {
      const [, payload] = parseSpecLine(`udp/"${text}"`);
      const result = await resolveValues(payload, { folder: '.' });
      const bytes = typeof result === 'string' ? new TextEncoder().encode(result) : result;
      expect(new TextDecoder().decode(bytes as Uint8Array)).toBe(text);
    }
  });
});

describe('an error', () => {
  it('names the column and points at the place', () => {
    expect(messageOf('ipv4(ttl=3')).toBe(
      "column 11: expected ',' or ')', not the end of the line\n  ipv4(ttl=3\n            ^",
    );
  });

  it.each([
    ['', /^column 1: expected a layer .*not the end of the line/],
    ['udp/', /^column 5: expected a layer/],
    ['udp udp', /^column 5: expected '\/' or the end of the line, not 'u'/],
    ['udp(53)', /^column 5: expected name=value or '\)', not '5'/],
    ['udp(dstPort)', /^column 12: expected '=' after 'dstPort', not '\)'/],
    ['udp(dstPort=)', /^column 13: expected a value/],
    ['udp(a=1,a=2)', /^column 9: 'a' is there already/],
    ['udp(layer=1)', /^column 5: 'layer' is there already/],
    ['udp(a=1,)', /^column 9: expected name=value, not '\)'/],
    ['udp(a=b=c)', /^column 8: expected ',' or '\)', not '='/],
    ['tcp(o=[mss(1,2)])', /^column 14: expected name=value: only the first has no name/],
    ['tcp(o=[mss(kind=2)])', /'kind' is there already/],
    ['tcp(o=10.0.0.1(2))', /^column 7: expected a name before '\('/],
    ['udp/"abc', /^column 5: expected " at the end of the text/],
    ['udp/"a\\q"', /^column 7: expected one of \\n/],
    ['udp/hex(00', /^column 11: expected '\)' at the end of hex/],
    ['x(a=99999999999999999999)', /^column 5: 99999999999999999999 is too large/],
    ['udp/@', /^column 6: expected a path after @/],
    ['ipv4/\nudp(:)', /^line 2, column 5: .*\n {2}udp\(:\)\n {6}\^$/],
    [`x(a=${'['.repeat(100)}`, /expected at most 32 levels/],
  ])('for %j', (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  it('shows only the surroundings in a long line', () => {
    const message = messageOf(`x(${'a'.repeat(300)}=1, b)`);
    const [, shown = '', pointer = ''] = message.split('\n');
    expect(shown.length).toBeLessThan(110);
    expect(shown[pointer.indexOf('^')]).toBe(')');
  });
});
