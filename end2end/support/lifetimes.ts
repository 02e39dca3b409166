// `test` for what depends on time, on a server whose lifetimes are a few seconds, behind a wire that can fail.
import type { BrowserContext, CDPSession, Page } from '@playwright/test';

import { OtherSite } from './other_site.ts';
import { test as base } from './test.ts';
import { Wire } from './wire.ts';

/** In seconds, as `xtask/src/browser.rs` starts the server that SHORT_BASE_URL names. */
export const ACCESS = 7;
export const GRACE = 2;
export const IDLE = 10;
/** When a session of which nothing was seen has ended for certain. */
export const SURELY_IDLE = IDLE + ACCESS + GRACE;
/** Of the server that BRIEF_BASE_URL names; it ends no session for being idle. */
export const ABSOLUTE = 15;

export const REFRESH = 'POST /auth/refresh';

interface Options {
  server: string;
}

interface Fixtures {
  wire: Wire;
  otherSite: OtherSite;
}

export const test = base.extend<Options & Fixtures>({
  server: [process.env.SHORT_BASE_URL ?? 'http://localhost:3001', { option: true }],

  wire: async ({ server }, use) => {
    const wire = await Wire.to(server);
    await use(wire);
    wire.close();
  },

  baseURL: async ({ wire }, use) => {
    await use(wire.url);
  },

  otherSite: async ({}, use) => {
    const site = await OtherSite.open();
    await use(site);
    site.close();
  },
});

/** Lets this much time pass, in the real world. Only where a lifetime itself is waited for. */
export function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Until the access token in the browser's jar has expired. Nothing may refresh it meanwhile. */
export async function accessHasExpired(context: BrowserContext): Promise<void> {
  const access = (await context.cookies()).find((it) => it.name === '__Host-Http-access');
  const claims = JSON.parse(Buffer.from(access!.value.split('.')[1]!, 'base64url').toString());
  await pass(claims.exp + 0.1 - Date.now() / 1000);
}

/** Stops the page as a browser does with a tab that nobody looks at; `thaw` brings it back to the front. */
export async function freeze(page: Page): Promise<{ thaw: () => Promise<void> }> {
  const browser: CDPSession = await page.context().newCDPSession(page);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  return {
    thaw: async () => {
      await browser.send('Page.setWebLifecycleState', { state: 'active' });
      await page.bringToFront();
    },
  };
}

export { expect } from './test.ts';
