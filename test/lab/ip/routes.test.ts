import { expect, it } from 'vitest';
import { Host, Router } from '../../../src/lab/host.js';
import { addressOf } from '../../../src/lab/ip/stack.js';
import { Lab } from '../../../src/lab/lab.js';

function guide(): Router {
  const router = new Router(new Lab(), 'R', {
    interfaces: {
      eth0: { address: '10.0.1.1/24' },
      eth1: { address: '10.0.2.1/24' },
      eth2: { address: '203.0.113.50/24' },
    },
    gateway: '203.0.113.1',
  });
  router.ip.addRoute('10.0.5.0/24', { via: '10.0.2.254' });
  return router;
}

it("prints the guide's table as ip route does", () => {
  const router = guide();
  const { lab, ip } = router;
  for (const { port } of ip.interfaces) {
    lab.connect(port, new Host(lab, `at ${port.name}`, { interfaces: { eth0: {} } }).port('eth0'));
  }
  expect(ip.routes.print()).toEqual([
    'default via 203.0.113.1 dev eth2',
    '10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.1',
    '10.0.2.0/24 dev eth1 proto kernel scope link src 10.0.2.1',
    '10.0.5.0/24 via 10.0.2.254 dev eth1',
    '203.0.113.0/24 dev eth2 proto kernel scope link src 203.0.113.50',
  ]);
  for (const link of [...lab.links]) lab.disconnect(link);
  ip.addRoute('10.9.0.0/16', { dev: 'eth0', src: '10.0.2.1', metric: 7 });
  expect(ip.routes.print()).toContain(
    '10.9.0.0/16 dev eth0 scope link src 10.0.2.1 metric 7 linkdown',
  );
  for (const { port } of ip.interfaces) port.up = false;
  expect(ip.routes.print()).toEqual([]);
});

it('takes the longest prefix, then the lowest metric, then the next one when a port is down', () => {
  const { ip } = guide();
  const best = (address: string): string | undefined => {
    const route = ip.routes.lookup(addressOf(address));
    return route && `${route.out.port.name} /${route.length} ${route.metric}`;
  };
  expect(best('10.0.5.100')).toBe('eth1 /24 0');
  expect(best('8.8.8.8')).toBe('eth2 /0 0');
  const host = ip.addRoute('10.0.5.100', { via: '10.0.1.9' });
  ip.addRoute('10.0.5.100', { via: '203.0.113.9', metric: 50 });
  expect(best('10.0.5.100')).toBe('eth0 /32 0');
  for (const { port } of ip.interfaces) port.up = port.name !== 'eth0';
  expect(best('10.0.5.100')).toBe('eth2 /32 50');
  expect(ip.routes.remove(host)).toBe(true);
  expect(ip.routes.remove(host)).toBe(false);
  expect(best('10.0.5.101')).toBe('eth1 /24 0');
});
