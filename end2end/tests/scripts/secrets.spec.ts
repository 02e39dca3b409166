// No token is readable for a script or on the machine's disk.
import type { BrowserContext, Page } from '@playwright/test';

import { cookieOf, loseAccess } from '../../support/cookies.ts';
import { expect, test } from '../../support/test.ts';

/** The distinctive part of each token: its signature, since all tokens begin alike. */
async function secretsOf(context: BrowserContext): Promise<string[]> {
  return [(await cookieOf(context, 'access')).slice(-30), (await cookieOf(context, 'refresh')).slice(-30)];
}

/** Collects every response body. Each response is paused for that, because a body is discarded with its page. */
async function bodiesOf(page: Page): Promise<string[]> {
  const bodies: string[] = [];
  const browser = await page.context().newCDPSession(page);
  browser.on('Fetch.requestPaused', async ({ requestId, responseStatusCode }) => {
    if (responseStatusCode !== 303) {
      const { body, base64Encoded } = await browser.send('Fetch.getResponseBody', { requestId });
      bodies.push(base64Encoded ? Buffer.from(body, 'base64').toString() : body);
    }
    await browser.send('Fetch.continueRequest', { requestId });
  });
  await browser.send('Fetch.enable', {
    patterns: [
      { requestStage: 'Response', resourceType: 'Document' },
      { requestStage: 'Response', resourceType: 'Fetch' },
    ],
  });
  return bodies;
}

/** Runs in the page before its scripts: keeps every memory that a WASM module creates. */
function keepMemories(): void {
  const memories: WebAssembly.Memory[] = [];
  Object.assign(window, { memories });
  const keep = ({ instance }: WebAssembly.WebAssemblyInstantiatedSource) => {
    memories.push(...Object.values(instance.exports).filter((it) => it instanceof WebAssembly.Memory));
  };
  const { instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.instantiate = async (...given: Parameters<typeof instantiate>) => {
    const made: any = await instantiate(...given);
    keep('instance' in made ? made : { instance: made });
    return made;
  };
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiateStreaming(...given);
    keep(made);
    return made;
  };
}

/** The given texts that are in WASM memory. */
function inMemory(page: Page, texts: string[]): Promise<string[]> {
  return page.evaluate((texts) => {
    const decoder = new TextDecoder('latin1');
    const memories: WebAssembly.Memory[] = (window as any).memories;
    const contents = memories.map(({ buffer }) => decoder.decode(buffer));
    return texts.filter((text) => contents.some((content) => content.includes(text)));
  }, texts);
}

/** Everything that scripts of the page can read without a request. */
function inPage(page: Page): Promise<string> {
  return page.evaluate(async () =>
    JSON.stringify([
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      await indexedDB.databases(),
      await caches.keys(),
      history.state,
      window.name,
      location.href,
      document.documentElement.outerHTML,
      performance.getEntries().map((entry) => entry.name),
    ]),
  );
}

/** All strings and buffers that scripts of the page hold. */
async function heapOf(page: Page): Promise<string> {
  const browser = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  browser.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await browser.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await browser.detach();
  return chunks.join('');
}

test('no token is readable by scripts or stored on the disk', async ({
  context,
  page,
  site,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/, /^422 POST \/api\/update_profile$/);
  await context.addInitScript(keepMemories);
  const bodies = await bodiesOf(page);
  await site.visit('/login?next=/profile');
  await site.logIn(member);
  await site.isAt('/profile', 'profile.heading');
  const secrets = await secretsOf(context);
  await loseAccess(context, page);
  await site.fill({ display_name: '', bio: 'what-is-posted-is-found' });
  await site.button('profile.submit').click();
  await site.hasProblem('display_name', 'fields.display_name.required');
  secrets.push(...(await secretsOf(context)));
  expect(secrets[2], 'a refresh has brought another access token').not.toBe(secrets[0]);

  // The search itself works: it finds the keeper's member and the posted form.
  const announced = await page.evaluate(() => localStorage.getItem('genkan-session')!);
  expect(announced).toMatch(/^[0-9a-f-]{36} [0-9a-f-]{36}( \d+){3}$/);
  expect(await inMemory(page, ['what-is-posted-is-found'])).toEqual(['what-is-posted-is-found']);
  const [scripts, heap] = [await inPage(page), await heapOf(page)];
  expect(scripts).toContain(announced);
  expect(heap.includes(announced.split(' ')[0]!), 'the member, in the heap').toBe(true);
  expect(bodies.length, 'two documents, two answers to the form, a refresh').toBeGreaterThanOrEqual(5);

  expect(await inMemory(page, secrets)).toEqual([]);
  for (const secret of secrets) {
    expect(bodies.some((body) => body.includes(secret)), 'a token in a body').toBe(false);
    expect(scripts.includes(secret), 'a token in the page').toBe(false);
    expect(heap.includes(secret), 'a token in the heap').toBe(false);
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['genkan-session']);
  const stored = await page.evaluate(async () => [
    sessionStorage.length,
    (await indexedDB.databases()).length,
    (await caches.keys()).length,
  ]);
  expect(stored).toEqual([0, 0, 0]);
});
