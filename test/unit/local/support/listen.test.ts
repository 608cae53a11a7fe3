import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, listen, portRefusal } from '../../../../local/support/listen.ts';

it('chooses a free port that no other server is given for the port 0', async () => {
  const servers = Array.from({ length: 500 }, () => createServer());
  const given = await Promise.all(servers.map((server) => listen(server, 0)));
  const chosen = await Promise.all(servers.map(freePort));

  expect(Math.max(...chosen)).toBeLessThan(Math.min(...given));
  for (const server of servers) {
    server.close();
  }
});

it('tells a port that is taken, or kept for root, from other failures', async () => {
  const first = createServer();
  const port = await listen(first, 0);

  const failure: unknown = await listen(createServer(), port).catch((error: unknown) => error);
  expect(portRefusal(failure)).toEqual({ port, words: 'is taken' });
  // As Node fails for port 80; a test that runs as root is given it.
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen', port: 80 });
  expect(portRefusal(denied)).toEqual({ port: 80, words: 'is kept for root' });
  expect(portRefusal(Object.assign(new Error('open'), { code: 'EACCES', path: '/x' }))).toBeUndefined();
  first.close();
});
