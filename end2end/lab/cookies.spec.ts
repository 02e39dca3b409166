import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from './support.ts';

test('a cookie of 4,097 bytes is dropped without a word, one of 4,096 is kept', async ({ page, context }) => {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    sent.push(request.headers.cookie ?? '');
    response.setHeader('content-type', 'text/html');
    response.setHeader('set-cookie', ['kept', 'lost'].map((name, more) => cookie(name, 4096 + more)));
    response.end('<!doctype html><link rel="icon" href="data:,"><p>Here');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  try {
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/`);
    await page.goto(`http://localhost:${port}/again`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const kept = await context.cookies();
  expect(kept.map(({ name, value }) => [name, name.length + value.length])).toEqual([['kept', 4096]]);
  expect(sent).toEqual(['', cookie('kept', 4096)]);
  expect(messages).toEqual([]);
});

/** A cookie whose name and value together have so many bytes. */
function cookie(name: string, bytes: number): string {
  return `${name}=${'x'.repeat(bytes - name.length)}`;
}
