// The browser's cookie jar, seen from outside.
import { expect, type BrowserContext, type Page } from '@playwright/test';

/** A cookie's value; empty if there is none. */
export async function cookieOf(context: BrowserContext, name: 'access' | 'refresh'): Promise<string> {
  return (await context.cookies()).find((it) => it.name === `__Host-Http-${name}`)?.value ?? '';
}

/** All cookies, for a program elsewhere. */
export async function cookiesOf(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map((it) => `${it.name}=${it.value}`).join('; ');
}

/** Removes the access cookie, as if its token had expired, without the page knowing. */
export async function loseAccess(context: BrowserContext, page: Page): Promise<void> {
  const browser = await context.newCDPSession(page);
  await browser.send('Network.deleteCookies', { name: '__Host-Http-access', url: page.url() });
  expect((await context.cookies()).map((it) => it.name)).not.toContain('__Host-Http-access');
}
