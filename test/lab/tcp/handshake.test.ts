import { expect, it } from 'vitest';
import { Pipe } from '../../support/tcp-pipe.js';

it('shakes hands, sends and closes as the guide draws it', () => {
  const pipe = new Pipe({}, {}, {}).established();
  pipe.a.connection.write(new Uint8Array(100));
  pipe.clock.run();
  pipe.a.connection.end();
  pipe.clock.run();
  pipe.b.connection.end();
  pipe.clock.run();
  expect(pipe.lines).toEqual([
    'a SYN seq=100',
    'b SYN, ACK seq=300 ack=101',
    'a ACK seq=101 ack=301',
    'a PSH, ACK seq=101 ack=301 len=100',
    'b ACK seq=301 ack=201',
    'a FIN, ACK seq=201 ack=301',
    'b ACK seq=301 ack=202',
    'b FIN, ACK seq=301 ack=202',
    'a ACK seq=202 ack=302',
  ]);
  expect(pipe.a.connection.state).toBe('TIME-WAIT');
  expect(pipe.b.connection.state).toBe('CLOSED');
  expect(pipe.a.events).toEqual(['connected', 'ended', 'closed']);
  expect(pipe.b.events).toEqual(['connected', 'ended', 'closed']);
});
