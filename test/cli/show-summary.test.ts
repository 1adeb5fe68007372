import { describe, expect, it } from 'vitest';
import { columnsOf, summaryLine } from '../../src/cli/show-summary.js';
import { frameOf } from './frames.js';

async function columns(line: string, wireLength?: number) {
  return columnsOf((await frameOf(line, wireLength)).packet);
}

describe('the columns', () => {
  it('are those of the innermost layers, and Info names the tunnels on the way', async () => {
    const outer = 'ethernet/ipv4(src=192.0.2.1,dst=192.0.2.2)/udp/vxlan(vni=5000)';
    const inner = 'ethernet/ipv4(src=10.0.0.1,dst=10.0.0.2)/udp(srcPort=1,dstPort=2)/"abc"';
    expect(await columns(`${outer}/${inner}`)).toEqual({
      src: '10.0.0.1',
      dst: '10.0.0.2',
      protocol: 'UDP',
      info: '192.0.2.1 → 192.0.2.2 VXLAN VNI 5000 | 1 → 2 Len=3',
    });
  });

  it('name every tunnel of several', async () => {
    const vxlan = 'ethernet/ipv4(src=1.1.1.1,dst=2.2.2.2)/udp/vxlan(vni=1)';
    const geneve = 'ethernet/ipv6(src="::1",dst="::2")/udp/geneve(vni=2)';
    const { info } = await columns(`${vxlan}/${geneve}/ethernet/"x"`);
    expect(info).toBe('1.1.1.1 → 2.2.2.2 VXLAN VNI 1 | ::1 → ::2 Geneve VNI 2 | EtherType 0x88b5');
  });

  it('fall back to the addresses of the carrier', async () => {
    const { src, protocol } = await columns('ethernet(src=02:00:00:00:00:01)/dot1q(vid=3)/"x"');
    expect([src, protocol]).toEqual(['02:00:00:00:00:01', '802.1Q']);
  });

  it('say what is wrong, and where the capture was cut', async () => {
    expect((await columns('ethernet/ipv4(checksum=1)/"x"')).info).toMatch(/\[CHECKSUM_BAD\]$/);
    expect(
      (await columns('ethernet/ipv4(length=100)/udp(length=80,dstPort=7)/"x"', 114)).info,
    ).toMatch(/\[cut by the snap length\]$/);
  });

  it('of a frame without a layer say how much data it is', async () => {
    const { packet } = await frameOf('"abc"');
    expect(columnsOf(packet)).toMatchObject({ src: '', dst: '', protocol: 'DATA' });
  });
});

describe('the line', () => {
  it('has the widths of tshark', () => {
    const some = { src: '10.0.0.1', dst: '10.0.0.2', protocol: 'UDP', info: '1 → 2' };
    expect(summaryLine(1, '0.000000', some, 42)).toBe(
      '    1   0.000000     10.0.0.1 → 10.0.0.2     UDP 42 1 → 2',
    );
  });
});
