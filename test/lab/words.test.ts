import { describe, expect, it } from 'vitest';
import { ethernet } from '../../src/headers/ethernet.js';
import { icmp } from '../../src/headers/icmp.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { udp } from '../../src/headers/udp.js';
import { vxlan } from '../../src/headers/vxlan.js';
import { frameText } from '../../src/lab/words.js';
import { build } from '../../src/packet/build.js';

const OUTER = [
  ethernet({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' }),
  ipv4({ src: '10.0.0.254', dst: '10.0.0.1' }),
] as const;
const INNER = ethernet({ src: '02:00:00:00:00:03', dst: '02:00:00:00:00:04' });
const VXLAN = [
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
  udp({ srcPort: 50_000, dstPort: 4789 }),
  vxlan({ vni: 5000 }),
] as const;

describe('what a frame is called', () => {
  it('is the ICMP error, not the packet that it quotes', () => {
    const quoted = build([
      ipv4({ src: '192.168.1.50', dst: '10.0.5.100', ttl: 1 }),
      udp({ srcPort: 49_152, dstPort: 33_434 }),
      new Uint8Array(32),
    ]);
    expect(frameText(build([...OUTER, icmp({ type: 11, code: 0 }), quoted]))).toBe(
      'Time to live exceeded',
    );
  });

  it('is no tunnel packet where an ICMP error quotes one', () => {
    const quoted = build([...VXLAN, INNER, new Uint8Array(46)]);
    const text = frameText(build([...OUTER, icmp({ type: 3, code: 4, mtu: 1500 }), quoted]));
    expect(text).not.toContain('VNI');
    expect(text).toBe('Frag needed and DF set (mtu = 1500)');
  });

  it('says of the first piece of a packet that there are more', () => {
    const piece = (moreFragments: boolean, fragmentOffset: number): string => {
      const packet = ipv4({ src: '10.0.0.1', dst: '10.0.0.2', protocol: 17 });
      const bytes = build([OUTER[0], packet, udp({ srcPort: 1, dstPort: 2 }), new Uint8Array(8)]);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      view.setUint16(20, (moreFragments ? 0x2000 : 0) | fragmentOffset);
      return frameText(bytes);
    };
    expect(piece(true, 0)).toMatch(/^UDP 1 → 2 .*\n\(first fragment\)$/);
    expect(piece(true, 3)).toMatch(/^Fragment \(proto=17, off=24/);
    expect(piece(true, 3)).not.toContain('first');
    expect(piece(false, 0)).not.toContain('fragment');
  });

  it('names the ICMP message inside a tunnel', () => {
    const error = build([
      INNER,
      ipv4({ src: '192.168.10.6', dst: '192.168.10.5' }),
      icmp({ type: 3, code: 3 }),
      build([ipv4({ src: '192.168.10.5', dst: '192.168.10.6' }), udp({ srcPort: 1, dstPort: 2 })]),
    ]);
    const text = frameText(build([OUTER[0], ...VXLAN, error]));
    expect(text).toContain('VNI: 5000');
    expect(text).toContain('Destination Port Unreachable');
  });
});
