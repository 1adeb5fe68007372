import { expect, it } from 'vitest';
import { printSockets } from '../../src/lab/socket-table.js';

it('makes each column as wide as what is in it, as ss does', () => {
  expect(printSockets([])).toEqual([
    'State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess',
  ]);
  const any = { state: 'UNCONN', receive: 0, send: 0, peer: ['0.0.0.0', '*'] } as const;
  expect(printSockets([{ ...any, local: ['127.0.0.1', '53'] }])).toEqual([
    'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess',
    'UNCONN 0      0          127.0.0.1:53        0.0.0.0:*',
  ]);
});
