// The token keeper, on a site whose access tokens live for 5 seconds, grace is 1, and sessions end after 8
// seconds without use or after 40; "Keep me signed in" makes that 2 and 10 minutes.
import type { BrowserContext, Page } from '@playwright/test';

import { somebody, type Person } from '../../support/member.ts';
import { pathOf } from '../../support/requests.ts';
import { Site } from '../../support/site.ts';
import { expect, test } from '../../support/test.ts';

const ACCESS_LIFETIME = 5_000;
const IDLE = 8_000;

/** Signs in with "Keep me signed in". */
async function logInForLong(site: Site, member: Person): Promise<void> {
  await site.visit('/login');
  await site.field('remember').check();
  await site.logIn(member);
  await site.greets(member);
}

/** Collects what the whole browser posts to `/auth/refresh`, with the status of the answer. */
function refreshesOf(context: BrowserContext): number[] {
  const statuses: number[] = [];
  context.on('response', (response) => {
    if (pathOf(response.request()) === '/auth/refresh') {
      statuses.push(response.status());
    }
  });
  return statuses;
}

async function openTab(context: BrowserContext, site: Site, path: string): Promise<Site> {
  const tab = new Site(await context.newPage(), site.words, true);
  await tab.visit(path);
  return tab;
}

async function cookiesOf(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map((it) => `${it.name}=${it.value}`).join('; ');
}

async function say(site: Site, bio: string): Promise<void> {
  await site.fill({ bio });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(site.words('notices.saved'));
}

test('several tabs stay signed in for many lifetimes, with one refresh each for all of them', async ({
  context,
  site,
  member,
}) => {
  await logInForLong(site, member);
  const tabs = [site];
  for (let i = 0; i < 4; i++) tabs.push(await openTab(context, site, '/profile'));
  const refreshes = refreshesOf(context);
  const began = Date.now();
  await expect.poll(() => refreshes.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(5);
  const lifetimes = (Date.now() - began) / ACCESS_LIFETIME;
  // Between 60 and 90 % of the lifetime each.
  expect(refreshes.length).toBeGreaterThanOrEqual(Math.floor(lifetimes));
  expect(refreshes.length).toBeLessThanOrEqual(Math.ceil(lifetimes / 0.6));
  expect(new Set(refreshes)).toEqual(new Set([200]));
  await say(tabs[4], 'Still here');
});

for (const missing of ['locks', 'BroadcastChannel', 'localStorage'] as const) {
  test(`without ${missing} the tabs stay signed in as well`, async ({ context, site, member }) => {
    await context.addInitScript((missing) => {
      const owner = missing === 'locks' ? Navigator.prototype : window;
      Object.defineProperty(owner, missing, { value: undefined });
    }, missing);
    await logInForLong(site, member);
    const tab = await openTab(context, site, '/profile');
    const refreshes = refreshesOf(context);
    await expect.poll(() => refreshes.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    expect(new Set(refreshes)).toEqual(new Set([200]));
    await say(tab, 'Still here');
  });
}

test('a log-out and a log-in are followed by every tab', async ({ context, site, words, mailbox, program, member }) => {
  await logInForLong(site, member);
  const other = await openTab(context, site, '/profile');
  const home = await openTab(context, site, '/');
  await site.logOut();
  await expect(other.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/, { timeout: 1_500 });
  await expect(home.header).toContainText(words('nav.log_in'), { timeout: 1_500 });
  await expect(home.page.getByText(member.name)).toHaveCount(0);

  const another = { ...somebody(), name: 'Ken' };
  await program.makeMember(another, mailbox);
  await logInForLong(site, another);
  await expect(other.page).toHaveURL('/profile', { timeout: 1_500 });
  await expect(other.field('display_name')).toHaveValue('Ken');
  await expect(home.heading).toHaveText(words('welcome.heading', { name: 'Ken' }), { timeout: 1_500 });
});

test('a session ended elsewhere is told with its reason, and what was typed comes back after the log-in', async ({
  context,
  site,
  words,
  program,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST \/(api\/update_profile|auth\/refresh)$/);
  await logInForLong(site, member);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed at length' });
  expect((await program.post('logout', {}, await cookiesOf(context))).status()).toBe(200);
  await site.button('profile.submit').click();
  await expect(site.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
  await expect(site.notice).toHaveText(words('ends.logout'));
  await site.ready();
  await site.logIn(member);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed at length');
});

test('at its greatest age a session is told to be over, and what was typed comes back', async ({
  site,
  words,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  await site.visit('/login');
  await site.logIn(member);
  await site.greets(member);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed and not posted' });
  await expect(site.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/, { timeout: 60_000 });
  await expect(site.notice).toHaveText(words('ends.absolute'));
  await site.ready();
  await site.logIn(member);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed and not posted');
});

test('while the server cannot answer a line says so; the page stays, and goes on afterwards', async ({
  context,
  page,
  site,
  words,
  member,
  troubles,
}) => {
  troubles.expect(/^503 POST \/auth\/refresh$/);
  await logInForLong(site, member);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed in a bad moment' });
  const asked: number[] = [];
  await context.route('**/auth/refresh', (route) => {
    asked.push(Date.now());
    return route.fulfill({
      status: 503,
      headers: { 'retry-after': '3' },
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 503, title: 'Service Unavailable', reason: 'unavailable', errors: {} }),
    });
  });
  const line = page.getByText(words('problems.away'));
  await expect(line).toBeVisible({ timeout: 10_000 });
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2);
  expect(asked[1] - asked[0]).toBeGreaterThanOrEqual(3_000);
  await context.unroute('**/auth/refresh');
  await expect(line).toHaveCount(0, { timeout: 10_000 });
  await expect(site.field('bio')).toHaveValue('Typed in a bad moment');
  await say(site, 'Typed in a bad moment');
});

test('the answer to a refresh is lost, and the next one works', async ({ context, site, member, troubles }) => {
  troubles.expect(/^net::ERR_FAILED POST \/auth\/refresh$/);
  await logInForLong(site, member);
  await site.visit('/profile');
  // The server has rotated; the browser never hears of it.
  await context.route(
    '**/auth/refresh',
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
  const refreshes = refreshesOf(context);
  await expect.poll(() => refreshes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  await say(site, 'Still here');
});

test('without a network nothing is lost, and back in it the page goes on', async ({ context, page, site, words, member }) => {
  await logInForLong(site, member);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed in a tunnel' });
  await context.setOffline(true);
  await expect(page.getByText(words('problems.offline'))).toBeVisible();
  // Past the access token's life.
  await page.waitForTimeout(ACCESS_LIFETIME + 1_000);
  const refreshed = page.waitForResponse((response) => pathOf(response.request()) === '/auth/refresh');
  await context.setOffline(false);
  expect((await refreshed).status()).toBe(200);
  await expect(page.getByText(words('problems.offline'))).toHaveCount(0);
  await say(site, 'Typed in a tunnel');
});

test('a lock that a tab never gives back holds nobody up', async ({ context, site, member }) => {
  await logInForLong(site, member);
  const frozen = await context.newPage();
  await frozen.goto('/favicon.svg');
  await frozen.evaluate(() => {
    void navigator.locks.request('genkan-refresh', () => new Promise(() => {}));
  });
  await site.visit('/profile');
  const refreshes = refreshesOf(context);
  await expect.poll(() => refreshes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  await say(site, 'Still here');
});

for (const hours of [-1, 1]) {
  test(`a clock that is wrong by ${hours} h, and is set while the page lives, changes nothing`, async ({
    context,
    page,
    site,
    member,
  }) => {
    await context.addInitScript((wrongBy) => {
      const now = Date.now;
      Object.assign(window, { wrongBy });
      Date.now = () => now() + (window as unknown as { wrongBy: number }).wrongBy;
    }, hours * 3_600_000);
    await logInForLong(site, member);
    await site.visit('/profile');
    const refreshes = refreshesOf(context);
    await expect.poll(() => refreshes.length, { timeout: 20_000 }).toBe(2);
    await page.evaluate((wrongBy) => Object.assign(window, { wrongBy }), -hours * 3_600_000);
    await expect.poll(() => refreshes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
    expect(new Set(refreshes)).toEqual(new Set([200]));
    await say(site, 'Still here');
  });
}

test('a page that nobody looks at does not keep the session alive; shown again it says so', async ({
  context,
  page,
  site,
  words,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  await context.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { get: () => 'isHidden' in window });
  });
  await site.visit('/login');
  await site.logIn(member);
  await site.greets(member);
  await site.visit('/profile');
  await page.evaluate(() => Object.assign(window, { isHidden: true }));
  const refreshes = refreshesOf(context);
  // Its last refresh comes before the session would be idle; after that and what is forgiven it is.
  await page.waitForTimeout(IDLE * 2 + ACCESS_LIFETIME + 3_000);
  expect(refreshes.length).toBeGreaterThanOrEqual(1);
  expect(refreshes.length).toBeLessThanOrEqual(3);
  expect(new Set(refreshes)).toEqual(new Set([200]));
  await page.evaluate(() => {
    delete (window as unknown as { isHidden?: boolean }).isHidden;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await expect(page).toHaveURL(/\/login\?next=(%2F|\/)profile$/, { timeout: 5_000 });
  await expect(site.notice).toHaveText(words('ends.idle'));
});
