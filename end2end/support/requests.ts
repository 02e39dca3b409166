// The requests of a page.
import type { Page, Request } from '@playwright/test';

const FILES = /^\/(pkg\/.*|favicon\.svg|speculation-rules\.json)$/;

/** Collects the page's requests from now on, such as `POST /api/login`, except for its own files. */
export function requestsOf(page: Page): string[] {
  const requests: string[] = [];
  page.on('request', (request) => {
    if (!FILES.test(pathOf(request))) requests.push(`${request.method()} ${pathOf(request)}`);
  });
  return requests;
}

/** The posts among them. */
export function postsIn(requests: string[]): string[] {
  return requests.filter((it) => it.startsWith('POST'));
}

export function pathOf(request: Request): string {
  return new URL(request.url()).pathname;
}

/** Holds back every request to `path` until released. */
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
