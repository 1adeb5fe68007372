import { describe, expect, it } from 'vitest';
import { decodeAs } from '../../src/cli/decode-as.js';
import { UsageError } from '../../src/cli/usage.js';
import { parse } from '../../src/packet/parse.js';
import { bytesOf, ours } from './frames.js';

const layersWith = async (rule: string, line: string) =>
  parse(await bytesOf(line), { bindings: decodeAs(ours, [rule]) }).layers.map(
    (layer) => layer.layer,
  );
const tunnel = (port: number) =>
  `ethernet/ipv4/udp(dstPort=${port})/hex(0800000000000500${'00'.repeat(14)})`;

describe('-d', () => {
  it.each([
    ['udp.port==8472,vxlan', 8472],
    ['udp.port=8472,vxlan', 8472],
    ['udp.port==0x2118,VXLAN', 8472],
    ['udp.port==8470-8475,vxlan', 8475],
    ['udp.port==8470:3,vxlan', 8472],
  ])('%s leads port %i to the tunnel', async (rule, port) => {
    expect(await layersWith(rule, tunnel(port))).toEqual([
      'ethernet',
      'ipv4',
      'udp',
      'vxlan',
      'ethernet',
    ]);
  });

  it('leaves other numbers alone', async () => {
    const stack = ['ethernet', 'ipv4', 'udp'];
    expect(await layersWith('udp.port==8470:3,vxlan', tunnel(8473))).toEqual(stack);
    expect(await layersWith('udp.port==8470-8472,vxlan', tunnel(8473))).toEqual(stack);
  });

  it('takes tshark’s names of tables and protocols, and ours', async () => {
    const line = 'ethernet(type=0x1234)/hex(4500001400000000400000000a0000010a000002)';
    expect(await layersWith('ethertype==0x1234,ip', line)).toEqual(['ethernet', 'ipv4']);
    expect(await layersWith('ethertype==0x1234,ipv4', line)).toEqual(['ethernet', 'ipv4']);
    const segment = `${'00'.repeat(12)}5000000000000000`;
    const unknown = `ethernet/ipv4(protocol=99)/hex(${segment})`;
    expect(await layersWith('ip.proto==99,tcp', unknown)).toEqual(['ethernet', 'ipv4', 'tcp']);
  });

  it.each([
    ['udp.port', /expected udp\.port==8472,vxlan/],
    ['udp.port==8472', /expected/],
    ['udp.port==x,vxlan', /expected/],
    ['sctp.port==1,vxlan', /no table sctp\.port, there are udp\.port/],
    ['udp.port==1,vxlam', /no protocol is named vxlam; did you mean vxlan/],
    ['udp.port==70000,vxlan', /0–65535/],
    ['udp.port==9-8,vxlan', /lower number first/],
    ['udp.port==8:0,vxlan', /lower number first/],
  ])('refuses %s as usage', (rule, message) => {
    expect(() => decodeAs(ours, [rule])).toThrow(UsageError);
    expect(() => decodeAs(ours, [rule])).toThrow(message);
  });
});
