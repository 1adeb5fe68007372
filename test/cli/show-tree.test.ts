import { describe, expect, it } from 'vitest';
import type { Paint } from '../../src/cli/paint.js';
import { dumpText, treeText } from '../../src/cli/show-tree.js';
import { frameOf } from './frames.js';

const plain: Paint = (_style, text) => text;
const marked: Paint = (style, text) => `<${String(style)}>${text}</>`;

describe('the tree', () => {
  it('has a line a layer and a line a field, with the values of tshark', async () => {
    const text = treeText(await frameOf('ethernet/dot1q(vid=5)/ipv4(ttl=9)/udp/"ab"'), plain);
    const lines = text.split('\n');
    expect(lines[0]).toBe('Frame 1: 48 bytes on wire, 48 bytes captured');
    expect(lines).toContain('802.1Q Virtual LAN, VLAN 5, priority 0');
    expect(lines).toContain('    ID: 5');
    expect(lines).toContain('    Time to Live: 9');
    expect(lines).toContain('    Protocols in frame: eth:ethertype:vlan:ethertype:ip:udp:data');
    expect(lines).toContain('Data (2 bytes)');
    expect(lines).toContain('    Data: 6162');
    expect(text.endsWith('\n\n')).toBe(true);
  });

  it('does not repeat fields under their other names', async () => {
    const text = treeText(await frameOf('ethernet/ipv4/udp/"ab"'), plain);
    expect(text).not.toMatch(/Source or Destination|OUI|marked|displayed/);
  });

  it('shows problems at their layer, and trailers', async () => {
    const text = treeText(await frameOf('ethernet/ipv4(checksum=1,length=30)/udp/"abcd"'), marked);
    expect(text).toMatch(
      / {4}<red>\[error CHECKSUM_BAD at byte 24: the checksum is wrong \(RFC 1071\)\]/,
    );
    expect(text).toMatch(/ {4}Trailer: [0-9a-f]+/);
  });

  it('shows what is wrong with a header that is none', async () => {
    const text = treeText(await frameOf('ethernet(type=0x0800)/"Eab"'), plain);
    expect(text).toContain(
      '[error IPV4_HEADER_CUT at byte 14: the bytes end inside the IPv4 header: needs 20, has 3, the frame ends at byte 17 (RFC 791 §3.1)]',
    );
    expect(text).toContain('Data (3 bytes)');
  });
});

describe('the dump', () => {
  it('colours each header like its layer', async () => {
    const frame = await frameOf('ethernet/"ab"');
    expect(dumpText(frame, plain)).toBe(
      '0000  00 00 00 00 00 00 00 00 00 00 00 00 88 b5 61 62   ..............ab\n\n',
    );
    expect(treeText(frame, marked)).toContain('<cyan>Ethernet, EtherType 0x88b5</>');
    expect(dumpText(frame, marked)).toContain('<cyan>');
  });

  it('keeps what an option holds together, in the order of the wire', async () => {
    const options = 'securityPolicyId("a"),{class=7,type=1,data=hex(00ff0000)}';
    const text = treeText(await frameOf(`ethernet/ipv4/udp/geneve(options=[${options}])`), plain);
    const [, tree = ''] = text.split('Generic Network');
    const classes = [...tree.matchAll(/^ {4}(Class|Type|Unknown Option Data): (\S+)/gm)].map(
      (m) => m[2],
    );
    expect(classes).toEqual(['0x0102', '0x01', '61000000', '0x0007', '0x01', '00ff0000']);
    expect(tree).toContain('[Options: securityPolicyId a; class=7 type=1 data=00ff0000]');
  });
});
