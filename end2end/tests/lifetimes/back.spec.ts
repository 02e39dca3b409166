// Back and forward, with the back/forward cache as people have it.
import type { Page } from '@playwright/test';

import { chromium } from '../../support/chromium.ts';
import { accessHasExpired, expect, LASTING, nextRefresh, saves, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';

// Playwright switches it off.
test.use({ launchOptions: { ...chromium, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

test.beforeEach(({ context }) =>
  context.addInitScript(() => {
    window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { isFromCache: persisted }));
  }),
);

/** Goes back to a page that the browser has kept as it was; it is not loaded again. */
async function backToKeptPage(page: Page): Promise<void> {
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => page.evaluate(() => (window as any).isFromCache)).toBe(true);
}

test('Back brings the page out of the cache with what was typed, and it lives on', async ({
  page,
  site,
  wire,
  otherSite,
  signedIn,
}) => {
  await site.visit('/profile');
  await site.fill({ bio: 'Typed before a look elsewhere' });
  await page.goto(otherSite.page('/', 'Elsewhere'));
  await backToKeptPage(page);
  await expect(site.field('bio')).toHaveValue('Typed before a look elsewhere');
  expect((await nextRefresh(wire)).status).toBe(200);
  await saves(site, wire, `Still ${signedIn.name}`);
});

test('Back after the access token has expired refreshes, and the page lives on', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  signedIn,
}) => {
  await site.visit('/profile');
  await page.goto(otherSite.page('/', 'Elsewhere'));
  await accessHasExpired(context);
  const refresh = nextRefresh(wire);
  await backToKeptPage(page);
  expect((await refresh).status).toBe(200);
  await saves(site, wire, `Still ${signedIn.name}`);
  expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
});

test.describe('with no refresh due', () => {
  test.use({ server: LASTING });

  test('Back after a log-out in another tab shows nothing personal', async ({
    page,
    site,
    openTab,
    otherSite,
    signedIn,
  }) => {
    await site.visit('/');
    await site.greets(signedIn);
    await site.visit('/profile');
    await page.goto(otherSite.page('/', 'Elsewhere'));
    const other = await openTab('/');
    await other.logOut();

    await page.goBack();
    await expect(page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
    expect(await page.content()).not.toContain(signedIn.email);
    await page.goBack();
    await expect(page).toHaveURL('/');
    await expect(site.headerLink('nav.log_in')).toBeVisible();
    expect(await page.content()).not.toContain(signedIn.name);
  });

  test('Back after another member has logged in in another tab shows that member', async ({
    page,
    site,
    openTab,
    otherSite,
    mailbox,
    program,
    signedIn,
  }) => {
    await site.visit('/profile');
    await site.fill({ bio: 'Between the two of us' });
    await page.goto(otherSite.page('/', 'Elsewhere'));
    const other = await openTab('/');
    await other.logOut();
    const another = { ...somebody(), name: 'Ken' };
    await program.makeMember(another, mailbox);
    await other.visit('/login');
    await other.logIn(another);
    await other.greets(another);

    await page.goBack();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.field('display_name')).toHaveValue('Ken');
    await expect(site.field('bio')).toHaveValue('');
    expect(await page.content()).not.toContain(signedIn.email);
  });
});
