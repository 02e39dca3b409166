// What a page asks the server for.
import type { Page, Request } from '@playwright/test';

const FILES = /^\/(pkg\/.*|favicon\.svg|speculation-rules\.json)$/;

/** Collects the requests of the page from now on, as `POST /api/login`; its own files are left out. */
export function requestsOf(page: Page): string[] {
  const requests: string[] = [];
  page.on('request', (request) => {
    if (!FILES.test(pathOf(request))) requests.push(`${request.method()} ${pathOf(request)}`);
  });
  return requests;
}

/** Those of them that were posts. */
export function postsIn(requests: string[]): string[] {
  return requests.filter((it) => it.startsWith('POST'));
}

export function pathOf(request: Request): string {
  return new URL(request.url()).pathname;
}

/** Holds every request to `path` back, until it is let go. */
export async function holdBack(page: Page, path: string | RegExp): Promise<{ letGo: () => void }> {
  let letGo = () => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(path, async (route) => {
    await free;
    await route.continue();
  });
  return { letGo };
}
