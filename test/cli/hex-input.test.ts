import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/bytes/error.js';
import { fromHex, hexdump, toHex } from '../../src/bytes/hex.js';
import { looksLikeHexText, parseHexText } from '../../src/cli/hex-input.js';

// A datagram whose payload looks like hex in the text column, made by hand. Its dumps below are
// from xxd 2023-10-25, hexdump and od (Debian 12), tcpdump 4.99.3 and tshark 4.0.17.
const UDP =
  '02000000000202000000000108004500003f000100004011e551c0a80a05c0a80a060fa00fa1002b0000' +
  '616220636420656620303120323320343520363720383920306120306220306320306 4'.replace(' ', '');
const ARP =
  '0200000000020200000000010806000108000604000102000000 0001c0a80a05000000000000c0a80a06'.replace(
    ' ',
    '',
  );

const XXD = `00000000: 0200 0000 0002 0200 0000 0001 0800 4500  ..............E.
00000010: 003f 0001 0000 4011 e551 c0a8 0a05 c0a8  .?....@..Q......
00000020: 0a06 0fa0 0fa1 002b 0000 6162 2063 6420  .......+..ab cd 
00000030: 6566 2030 3120 3233 2034 3520 3637 2038  ef 01 23 45 67 8
00000040: 3920 3061 2030 6220 3063 2030 64         9 0a 0b 0c 0d
`;
const HEXDUMP = `00000000  02 00 00 00 00 02 02 00  00 00 00 01 08 00 45 00  |..............E.|
00000010  00 3f 00 01 00 00 40 11  e5 51 c0 a8 0a 05 c0 a8  |.?....@..Q......|
00000020  0a 06 0f a0 0f a1 00 2b  00 00 61 62 20 63 64 20  |.......+..ab cd |
00000030  65 66 20 30 31 20 32 33  20 34 35 20 36 37 20 38  |ef 01 23 45 67 8|
00000040  39 20 30 61 20 30 62 20  30 63 20 30 64           |9 0a 0b 0c 0d|
0000004d
`;
const OD = `000000 02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
000010 00 3f 00 01 00 00 40 11 e5 51 c0 a8 0a 05 c0 a8
000020 0a 06 0f a0 0f a1 00 2b 00 00 61 62 20 63 64 20
000030 65 66 20 30 31 20 32 33 20 34 35 20 36 37 20 38
000040 39 20 30 61 20 30 62 20 30 63 20 30 64
00004d
`;
const TSHARK = `0000  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00   ..............E.
0010  00 3f 00 01 00 00 40 11 e5 51 c0 a8 0a 05 c0 a8   .?....@..Q......
0020  0a 06 0f a0 0f a1 00 2b 00 00 61 62 20 63 64 20   .......+..ab cd 
0030  65 66 20 30 31 20 32 33 20 34 35 20 36 37 20 38   ef 01 23 45 67 8
0040  39 20 30 61 20 30 62 20 30 63 20 30 64            9 0a 0b 0c 0d
`;
const TCPDUMP_XX = `1700000000.123456 IP 192.168.10.5.4000 > 192.168.10.6.4001: UDP, length 35
\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.
\t0x0010:  003f 0001 0000 4011 e551 c0a8 0a05 c0a8  .?....@..Q......
\t0x0020:  0a06 0fa0 0fa1 002b 0000 6162 2063 6420  .......+..ab.cd.
\t0x0030:  6566 2030 3120 3233 2034 3520 3637 2038  ef.01.23.45.67.8
\t0x0040:  3920 3061 2030 6220 3063 2030 64         9.0a.0b.0c.0d
22:13:23.123456 ARP, Request who-has 192.168.10.6 tell 192.168.10.5, length 28
\t0x0000:  0200 0000 0002 0200 0000 0001 0806 0001  ................
\t0x0010:  0800 0604 0001 0200 0000 0001 c0a8 0a05  ................
\t0x0020:  0000 0000 0000 c0a8 0a06                 ..........
`;
const TCPDUMP_X = `22:13:20.123456 IP 192.168.10.5.4000 > 192.168.10.6.4001: UDP, length 35
\t0x0000:  4500 003f 0001 0000 4011 e551 c0a8 0a05
\t0x0010:  c0a8 0a06 0fa0 0fa1 002b 0000 6162 2063
\t0x0020:  6420 6566 2030 3120 3233 2034 3520 3637
\t0x0030:  2038 3920 3061 2030 6220 3063 2030 64
22:13:23.123456 ARP, Request who-has 192.168.10.6 tell 192.168.10.5, length 28
\t0x0000:  0001 0800 0604 0001 0200 0000 0001 c0a8
\t0x0010:  0a05 0000 0000 0000 c0a8 0a06
`;
const TSHARK_V = `Frame 6: 58 bytes on wire (464 bits), 58 bytes captured (464 bits)
    Encapsulation type: Ethernet (1)
    Epoch Time: 1700000005.123456000 seconds
Internet Protocol Version 4, Src: 192.168.10.5, Dst: 192.168.10.6
    0100 .... = Version: 4
    0000 00.. = Differentiated Services Codepoint: Default (0)
    [2 IPv4 Fragments (48 bytes): #5(24), #6(24)]
Data (40 bytes)
    Data: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223…

Frame (58 bytes):
0000  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00   ..............E.
0010  00 2c 00 07 00 03 40 11 e5 5b c0 a8 0a 05 c0 a8   .,....@..[......
0020  0a 06 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d   ................
0030  1e 1f 20 21 22 23 24 25 26 27                     .. !"#$%&'
Reassembled IPv4 (48 bytes):
0000  0f a0 0f a1 00 30 00 00 00 01 02 03 04 05 06 07   .....0..........
0010  08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17   ................
0020  18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27   ........ !"#$%&'

`;

const frames = (text: string) => parseHexText(text).map(({ data }) => toHex(data));

function messageOf(text: string): string {
  try {
    parseHexText(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    expect(error).toHaveProperty('code', 'BAD_SPEC');
    return (error as Error).message;
  }
  throw new Error('read without an error');
}

describe('a dump', () => {
  it.each([
    ['xxd', XXD],
    ['hexdump -C', HEXDUMP],
    ['od -Ax -tx1', OD],
    ['tshark -x', TSHARK],
    [
      'tshark -x with other line ends and indentation',
      TSHARK.replace(/^/gm, '    ').replaceAll('\n', '\r\n'),
    ],
    ["the toolkit's own", `${hexdump(fromHex(UDP))}\n`],
    ['Wireshark, with a gap after eight bytes', HEXDUMP.replace(/ {2}\|(.*)\|/g, '   $1')],
  ])('of %s is a frame without its text column', (_, text) => {
    expect(frames(text)).toEqual([UDP]);
    expect(frames(`${text}${text}`)).toEqual([UDP, UDP]);
    expect(frames(`# a comment\n${text}\n\n${text}`)).toEqual([UDP, UDP]);
    expect(parseHexText(text)[0]?.linkType).toBe(1);
  });

  it('of one short row ends before its text column', () => {
    expect(frames('00000000: 6162                                     ab\n')).toEqual(['6162']);
    expect(frames('0000  61 62   ab')).toEqual(['6162']);
    expect(frames('00000000: 6162 2063 6420 6566  ab cd ef')).toEqual(['6162206364206566']);
    expect(frames('000000 61 62  >ab<\n000002')).toEqual(['6162']);
  });

  it('that lost its blanks in pasting is read with the help of the next offset', () => {
    const collapsed = TSHARK.replace(/ +/g, ' ').replace(/ $/gm, '');
    expect(frames(collapsed)).toEqual([UDP]);
  });

  it('with * for repeated rows has them all', () => {
    const row = '00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00';
    const text = `00000000  ${row}  |................|\n*\n00000060  01 02  |..|\n00000062\n`;
    expect(frames(text)).toEqual([`${'00'.repeat(96)}0102`]);
    expect(frames(`00000000  ${row}  |................|\n*\n00000040\n`)).toEqual([
      '00'.repeat(64),
    ]);
  });

  it('of every length and any text comes back as it was', () => {
    const letters = 'abcdef0123456789 |.';
    for (let length = 1; length < 80; length++) {
      const text = Array.from({ length }, (_, i) => letters[(i * i * 7 + length) % letters.length]);
      const bytes = new TextEncoder().encode(text.join(''));
      expect(frames(hexdump(bytes))).toEqual([toHex(bytes)]);
    }
  });
});

describe('output of tcpdump', () => {
  it('with -XX is frames, with the time of -tt', () => {
    const [first, second] = parseHexText(TCPDUMP_XX);
    expect(frames(TCPDUMP_XX)).toEqual([UDP, ARP]);
    expect(first).toMatchObject({
      line: 2,
      linkType: 1,
      seconds: 1700000000,
      nanoseconds: 123456000,
    });
    expect(second).toMatchObject({ line: 8, linkType: 1, note: undefined });
    expect(second?.seconds).toBeUndefined();
  });

  it('with -x is bare IP, and bare ARP gets a note', () => {
    const [first, second] = parseHexText(TCPDUMP_X);
    expect(frames(TCPDUMP_X)).toEqual([UDP.slice(28), ARP.slice(28)]);
    expect(first).toMatchObject({ linkType: 101, note: undefined });
    expect(second?.note).toMatch(/ARP without its Ethernet header/);
  });

  it('with -v may dump a payload before the frame, which is no frame', () => {
    const [summary = '', ...rows] = TCPDUMP_XX.split('\n').slice(6, 10);
    const payload = '\t0x0000:  0001 0800 0604 0001 0200 0000 0001 c0a8  ................';
    expect(frames([summary, payload, ...rows].join('\n'))).toEqual([ARP]);
    const amid = '\t    0x0000:  0101 800c\n\t    0x0004:  c0 [|bgp]';
    expect(frames([summary, amid, '\t  Local Preference', ...rows].join('\n'))).toEqual([ARP]);
  });
});

describe('output of tshark -V -x', () => {
  it('is the frame without what was reassembled, with time and length', () => {
    const found = parseHexText(
      TSHARK_V + TSHARK_V.replaceAll('58 bytes on wire', '99 bytes on wire'),
    );
    expect(found.map(({ data }) => data.length)).toEqual([58, 58]);
    const common = { linkType: 1, seconds: 1700000005, nanoseconds: 123456000 };
    expect(found[0]).toMatchObject({ ...common, line: 12, wireLength: 58 });
    expect(found[1]).toMatchObject({ ...common, wireLength: 99 });
  });

  it('passes over summary lines that begin with a number', () => {
    const summary = ' 1000   0.000000 192.168.10.5 → 192.168.10.6 UDP 77 4000 → 4001 Len=35';
    expect(frames(`${summary}\n\n${TSHARK}\n${summary}\n\n${TSHARK}\n`)).toEqual([UDP, UDP]);
  });

  it('takes the link type that the tree names', () => {
    const raw = TSHARK_V.replace('Ethernet (1)', 'Linux cooked-mode capture v1 (25)');
    expect(parseHexText(raw)[0]?.linkType).toBe(113);
  });
});

describe('hex without offsets', () => {
  const bytes = '00112233445566778899aabbccddeeff';
  const pairs = bytes.match(/../g) as string[];

  it.each([
    ['digits', bytes],
    ['capitals', bytes.toUpperCase()],
    ['digits over lines', '00112233445566\n778899aabb\nccddeeff\n'],
    ['pairs', pairs.join(' ')],
    ['colons', pairs.join(':')],
    ['dashes', pairs.join('-')],
    ['0x in front of all', `0x${bytes}`],
    ['0x in front of each', pairs.map((p) => `0x${p}`).join(', ')],
    ['a list for C', `${pairs.map((p) => `0x${p}`).join(',\n')},\n`],
    ['escapes', pairs.map((p) => `\\x${p}`).join('')],
    [
      'a string for C',
      `const char x[] =\n  "\\x00\\x11\\x22\\x33"\n  "${pairs
        .slice(4)
        .map((p) => `\\x${p}`)
        .join('')}";`,
    ],
    ['a string as Python prints it', String.raw`b'\x00\x11"3DUfw\x88\x99\xaa\xbb\xcc\xdd\xee\xff'`],
    ['comments', `# Ethernet\n00112233 # more\n// and\n445566778899aabbccddeeff`],
    [
      'a C array',
      `unsigned char x[] = {\n${pairs.map((p) => `0x${p}`).join(', ')}\n};\nint n = 16;`,
    ],
  ])('may be %s', (_, text) => {
    expect(frames(text)).toEqual([bytes]);
  });

  it('is one frame up to a blank line', () => {
    expect(frames('0011\n2233\n\n\n4455\n')).toEqual(['00112233', '4455']);
    expect(parseHexText('# a\n\n0011\n\n4455').map(({ line }) => line)).toEqual([3, 5]);
  });

  it('is a frame a line where each line is a whole frame by its own lengths', () => {
    expect(frames(`${UDP}\n${ARP}\n${UDP.slice(28)}\n`)).toEqual([UDP, ARP, UDP.slice(28)]);
    expect(frames((UDP.match(/.{1,60}/g) as string[]).join('\n'))).toEqual([UDP]);
  });

  it("may be Wireshark's C arrays, of which only the frames count", () => {
    const text = `/* Frame (4 bytes) */
static const unsigned char pkt1[4] = {
0x00, 0x11, /* .} */
0x22, 0x7d  /* "} */
};
/* Reassembled IPv4 (1 byte) */
static const unsigned char pkt1_1[1] = {
0x00 };
/* Frame (1 byte) */
static const unsigned char pkt2[1] = { 0x5 };`;
    expect(frames(text)).toEqual(['0011227d', '05']);
    expect(parseHexText(text)[0]?.line).toBe(3);
  });

  it('is bare IP where the bytes say so', () => {
    expect(parseHexText(UDP.slice(28))[0]?.linkType).toBe(101);
    expect(parseHexText(`60000000000011400${'0'.repeat(63)}`)[0]?.linkType).toBe(101);
    expect(parseHexText('0011')[0]?.linkType).toBe(1);
  });
});

describe('an error names line, column and what was expected', () => {
  it.each([
    ['', /^no bytes found: expected a hexdump or pairs/],
    ['# only a comment', /^no bytes found/],
    ['0011\n 223', /^line 2, column 2: "223" has an odd number of digits; expected pairs/],
    ['0011 zz', /^line 1, column 6: expected pairs of hex digits, not "zz"/],
    ['{ 0x00, 17 }', /^line 1, column 9: expected a byte such as 0x1f, not "17"/],
    ['{ 0x00,', /expected '}'/],
    [TSHARK.replace('00 3f', '00 3g'), /^line 2, column 10: expected two hex digits, not "3g"/],
    [
      TSHARK.replace('00 3f', '00'),
      /^line 3, column 1: offset 0x20, but 31 \(0x1f\) bytes came before/,
    ],
    [
      TSHARK.replace('0020', '0030'),
      /^line 3, column 1: offset 0x30, but 32 \(0x20\) bytes.*expected offset 0x20, or 0/,
    ],
    [TSHARK.replace('0020  ', ''), /^line 3, column 1: bytes without an offset/],
    [TSHARK.replace('0030  65', '\n0040  65'), /offset 0x40, but 48/],
    [`${TSHARK}\n001122334455\n`, /^line 7, column 1: bytes without an offset/],
    [XXD.replace('2030 64', '2030 6'), /^line 5, column 41: expected two hex digits, not "6"/],
    [
      TSHARK.replace('0b 20 30 63', '0b').replace('62 20 30 63', '62\n20 30 63'),
      /^line 6, column 1: bytes without/,
    ],
    [TSHARK.replace('\n0040', '   0040'), /^line 4, column \d+: more than the text of these bytes/],
    [TSHARK.slice(TSHARK.indexOf('0010')), /without the rows before it, from offset 0 on/],
    [
      TSHARK_V.replace('0030  1e 1f 20 21', '0030  1e 1f 20'),
      /^line 12, column 1: 57 bytes, but the heading above says 58/,
    ],
    ['0000000 00 01 02 03\n0000020\n', /expected offset 0x4, or 0$/],
    [`${OD.slice(0, 55)}0000020\n`, /hexadecimal \(od -Ax\)/],
    ['0000000 0002 0000\n0000004\n', /words of hexdump or od/],
    ['000000 0002 0000', /words of hexdump or od/],
    ['00000000: 64636261 68676665                      abcdefgh', /little-endian/],
    ['00000000: 6162                                     ab\n*\n', /'\*' stands for repeated rows/],
    ['0000  61 62 63   64 65', /can't tell whether "64" after the gap is a byte or text/],
  ])('%j', (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });
});

describe('looksLikeHexText', () => {
  const ascii = (text: string) => new TextEncoder().encode(text);

  it.each([
    XXD,
    HEXDUMP,
    OD,
    TSHARK,
    TCPDUMP_X,
    TCPDUMP_XX,
    TSHARK_V,
    UDP,
    '0x00, 0x11,',
    '\\x00\\x11',
    '00:11',
    UDP.repeat(40).slice(0, 4095),
    '\n# frame\n\n00 11 # two\n',
  ])('is true for %j', (text) => {
    expect(looksLikeHexText(ascii(text))).toBe(true);
  });

  it.each([
    ['pcap', 'd4c3b2a1020004000000000000000000ffff000001000000'],
    ['pcap, big-endian, nanoseconds', 'a1b23c4d0002000400000000000000000000ffff00000001'],
    ['pcapng', '0a0d0d0a1c0000004d3c2b1a01000000'],
    ['the first bytes of pcapng', '0a0d0d0a'],
    ['gzip', '1f8b0800000000000003'],
    ['nothing', ''],
    ['prose', toHex(ascii('A text about frames.\nNo bytes here.\n'))],
    ['JSON', toHex(ascii('[{"layer": "udp"}]'))],
  ])('is false for %s', (_, hex) => {
    expect(looksLikeHexText(fromHex(hex))).toBe(false);
  });
});
