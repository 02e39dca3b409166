// `test` for what depends on time, on a server whose lifetimes are a few seconds, behind a wire that can fail.
import type { BrowserContext } from '@playwright/test';

import { cookieOf } from './cookies.ts';
import type { Person } from './member.ts';
import { OtherSite } from './other_site.ts';
import { Site } from './site.ts';
import { expect, test as base } from './test.ts';
import { Wire, type Answer, type Exchange } from './wire.ts';

/** In seconds, as `xtask/src/commands/test/browser.rs` starts the server that SHORT_BASE_URL names. */
export const ACCESS = 11;
export const GRACE = 3;
export const IDLE = 15;
/** When a session of which nothing was seen has ended for certain. */
export const SURELY_IDLE = IDLE + ACCESS + GRACE;
/** The greatest age on the server that BRIEF_BASE_URL names, which ends no session for being idle. */
export const ABSOLUTE = 18;
export const BRIEF = process.env.BRIEF_BASE_URL ?? 'http://localhost:3002';
/** The server for tests in which nothing is to come to its end by itself, or be refreshed because it is time. */
export const LASTING = process.env.BASE_URL ?? 'http://localhost:3000';

export const REFRESH = 'POST /auth/refresh';
export const SAVE = 'POST /api/update_profile';
/** A refresh is begun at 60 % of the access token's life at the earliest; what is left is for a busy machine. */
export const SOONEST = ACCESS * 0.6 - 0.3;

interface Options {
  server: string;
}

interface Fixtures {
  wire: Wire;
  otherSite: OtherSite;
  /** Another tab of the same browser, ready at this path. */
  openTab: (path: string) => Promise<Site>;
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

  openTab: async ({ context, words }, use) => {
    await use(async (path) => {
      const tab = new Site(await context.newPage(), words, true);
      await tab.visit(path);
      return tab;
    });
  },
});

/** Lets this much time pass, in the real world. Only where a lifetime itself is waited for. */
export function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Until the access token in the browser's jar has expired. Nothing may refresh it meanwhile. */
export async function accessHasExpired(context: BrowserContext): Promise<void> {
  const [, payload] = (await cookieOf(context, 'access')).split('.');
  const { exp } = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  await pass(exp + 0.1 - Date.now() / 1000);
}

/** Until the browser has refreshed once more. */
export async function nextRefresh(wire: Wire): Promise<Exchange> {
  const before = wire.answered(REFRESH).length;
  await expect
    .poll(() => wire.answered(REFRESH).length, { message: 'refreshes', timeout: 2 * ACCESS * 1000 })
    .toBeGreaterThan(before);
  return wire.answered(REFRESH)[before]!;
}

/** The seconds between one exchange and the next. */
export function gaps(exchanges: Exchange[]): number[] {
  return exchanges.slice(1).map((it, at) => (it.at - exchanges[at]!.at) / 1000);
}

/** Posts the profile's form; by this the member sees that all is well. It may be posted before: what counts is new. */
export async function saves(tab: Site, wire: Wire, bio: string): Promise<void> {
  const saved = () => wire.answered(SAVE).filter((it) => it.status === 200).length;
  const before = saved();
  await tab.fill({ bio });
  await tab.button('profile.submit').click();
  await expect.poll(saved, `${SAVE} of ${bio}`).toBe(before + 1);
  await expect(tab.notice).toHaveText(tab.words('notices.saved'));
  await expect(tab.alert).toHaveCount(0);
  await expect(tab.field('bio')).toHaveValue(bio);
}

/** The page at `/profile` has left for the log-in page, which says why. */
export async function isLedToLogIn(tab: Site, reason: string, withinSeconds = 5): Promise<void> {
  await expect(tab.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/, { timeout: withinSeconds * 1000 });
  await expect(tab.notice).toHaveText(tab.words(reason));
  await tab.ready();
}

/** Logs in there, and finds the profile's form as it was left. */
export async function comesBackTo(tab: Site, person: Person, typed: Record<string, string>): Promise<void> {
  await tab.logIn(person);
  await tab.isAt('/profile', 'profile.heading');
  for (const [field, value] of Object.entries(typed)) await expect(tab.field(field)).toHaveValue(value);
}

/** The server's answer to a call that is nobody's, for now or for good. */
export function refusal(reason: string): Answer {
  return {
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ status: 401, title: 'Unauthorized', reason, errors: {} }),
  };
}

export { expect };
