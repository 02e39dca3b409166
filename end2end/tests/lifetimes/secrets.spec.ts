// Where a script, or whoever reads the machine's disk, could find a token: nowhere.
import type { BrowserContext, Page } from '@playwright/test';

import { cookieOf } from '../../support/cookies.ts';
import { expect, nextRefresh, saves, test } from '../../support/lifetimes.ts';

/** What only this token has: it ends in its signature. */
function secretOf(token: string): string {
  return token.slice(-30);
}

async function secretsOf(context: BrowserContext): Promise<string[]> {
  return [secretOf(await cookieOf(context, 'access')), secretOf(await cookieOf(context, 'refresh'))];
}

/** Runs in the page before its scripts: keeps every memory that a WASM program makes. */
function keepMemories(): void {
  const memories: WebAssembly.Memory[] = [];
  Object.assign(window, { memories });
  const keep = (instance: WebAssembly.Instance) => {
    for (const it of Object.values(instance.exports)) {
      if (it instanceof WebAssembly.Memory) memories.push(it);
    }
  };
  const { instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.instantiate = async (...given: Parameters<typeof instantiate>) => {
    const made: any = await instantiate(...given);
    keep(made.instance ?? made);
    return made;
  };
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiateStreaming(...given);
    keep(made.instance);
    return made;
  };
}

/** Which of the texts are in WASM memory. */
function inMemory(page: Page, texts: string[]): Promise<string[]> {
  return page.evaluate((texts) => {
    const decoder = new TextDecoder('latin1');
    const memories: WebAssembly.Memory[] = (window as any).memories;
    const contents = memories.map(({ buffer }) => decoder.decode(buffer));
    return texts.filter((text) => contents.some((content) => content.includes(text)));
  }, texts);
}

/** Everything that scripts of the page can read and that outlives them. */
function inStorage(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const databases = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name!);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        databases.push(
          await new Promise((resolve) => {
            const reading = database.transaction(store).objectStore(store).getAll();
            reading.onsuccess = () => resolve(reading.result);
          }),
        );
      }
    }
    const answers = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        answers.push(request.url, [...answer!.headers], await answer!.text());
      }
    }
    return JSON.stringify([
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      databases,
      answers,
      history.state,
      window.name,
      location.href,
      document.documentElement.outerHTML,
    ]);
  });
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

test('no token is in WASM memory, in the scripts, in cookies that they see, or in any storage', async ({
  context,
  page,
  site,
  wire,
  signedIn,
}) => {
  await context.addInitScript(keepMemories);
  const secrets = await secretsOf(context);
  await site.visit('/profile');
  await saves(site, wire, `what-is-shown-is-found, ${signedIn.name}`);
  // It comes with the page from now on, which holds it for as long as it lives.
  await site.visit('/profile');
  await page.evaluate(() => localStorage.setItem('probe', 'what-is-stored-is-found'));
  for (let count = 1; count <= 2; count += 1) {
    await nextRefresh(wire);
    await saves(site, wire, `With the tokens of refresh ${count}`);
    secrets.push(...(await secretsOf(context)));
  }
  expect(new Set(secrets).size).toBe(6);

  // What is there is found: what the page shows, and whom the keeper knows to be signed in.
  const announced = await page.evaluate(() => localStorage.getItem('genkan-session')!);
  const held = [announced, 'what-is-shown-is-found'];
  expect(await inMemory(page, held)).toEqual(held);
  const [storage, heap] = [await inStorage(page), await heapOf(page)];
  expect(storage).toContain('what-is-stored-is-found');
  expect(heap.includes('what-is-shown-is-found'), 'what the page shows, in the heap').toBe(true);

  expect(await inMemory(page, secrets)).toEqual([]);
  for (const secret of secrets) {
    expect(storage.includes(secret), 'a token in storage').toBe(false);
    expect(heap.includes(secret), 'a token in the heap').toBe(false);
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
});
