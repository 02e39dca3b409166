// `test` for rules that depend on time, on a server with lifetimes of a few seconds behind a wire that can fail.
import type { BrowserContext } from '@playwright/test';

import { cookieOf } from './cookies.ts';
import type { Site } from './site.ts';
import { expect, test as base } from './test.ts';
import { Wire, type Exchange } from './wire.ts';

/** Lifetimes in seconds, with which `xtask/src/commands/test/browser.rs` starts the server of SHORT_BASE_URL. */
export const ACCESS = 11;
export const IDLE = 15;
/** The server for tests in which nothing may expire or be due for a refresh. */
export const LASTING = process.env.BASE_URL ?? 'http://localhost:3000';

export const REFRESH = 'POST /auth/refresh';
const SAVE = 'POST /api/update_profile';
/** A refresh begins at 60 % of the access token's lifetime at the earliest; the rest allows for a busy machine. */
export const SOONEST = ACCESS * 0.6 - 0.3;

interface Options {
  server: string;
}

interface Fixtures {
  wire: Wire;
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
});

/** Waits in real time. Use it only to wait for a lifetime to pass. */
export function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Waits until the access token in the browser's jar has expired. Nothing may refresh it meanwhile. */
export async function accessHasExpired(context: BrowserContext): Promise<void> {
  const [, payload] = (await cookieOf(context, 'access')).split('.');
  const { exp } = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  await pass(exp + 0.1 - Date.now() / 1000);
}

/** Waits until the browser has refreshed again. */
export async function nextRefresh(wire: Wire): Promise<Exchange> {
  const before = wire.answered(REFRESH).length;
  await expect
    .poll(() => wire.answered(REFRESH).length, { message: 'refreshes', timeout: 2 * ACCESS * 1000 })
    .toBeGreaterThan(before);
  return wire.answered(REFRESH)[before]!;
}

/** The seconds between consecutive exchanges. */
export function gaps(exchanges: Exchange[]): number[] {
  return exchanges.slice(1).map((it, at) => (it.at - exchanges[at]!.at) / 1000);
}

/** Posts the profile form to check that the session works. It may have been posted before; only the new response counts. */
export async function saves(tab: Site, wire: Wire, bio: string): Promise<void> {
  const saved = () => wire.answered(SAVE).filter((it) => it.status === 200).length;
  const before = saved();
  await tab.fill({ bio });
  await tab.button('profile.submit').click();
  await expect.poll(saved, `${SAVE} of ${bio}`).toBe(before + 1);
  await expect(tab.notice).toHaveText(tab.words('notices.saved'));
  await expect(tab.field('bio')).toHaveValue(bio);
  await tab.ready();
}

export { expect };
