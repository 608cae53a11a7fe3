import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, isPortTaken, listen } from '../../../../local/support/listen.ts';

it('chooses a free port that no other server is given for the port 0', async () => {
  const servers = Array.from({ length: 500 }, () => createServer());
  const given = await Promise.all(servers.map((server) => listen(server, 0)));
  const chosen = await Promise.all(servers.map(freePort));

  expect(Math.max(...chosen)).toBeLessThan(Math.min(...given));
  for (const server of servers) {
    server.close();
  }
});

it('tells a taken port from other failures to listen', async () => {
  const first = createServer();
  const port = await listen(first, 0);

  const failure: unknown = await listen(createServer(), port).catch((error: unknown) => error);
  expect(isPortTaken(failure) && failure.port).toBe(port);
  expect(isPortTaken(new Error('The disk is full.'))).toBe(false);
  first.close();
});
