// Back and forward, with the back/forward cache enabled as in ordinary browsers.
import type { Page } from '@playwright/test';

import { chromium } from '../../support/chromium.ts';
import { expect, test } from '../../support/test.ts';

// Playwright disables it.
test.use({ startsAt: '/profile', launchOptions: { ...chromium, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

test.beforeEach(({ context }) =>
  context.addInitScript(() => {
    addEventListener('pageshow', (event) => Object.assign(window, { isFromCache: event.persisted }));
  }),
);

function isFromCache(page: Page): Promise<boolean> {
  return page.evaluate(() => (window as any).isFromCache);
}

test('going back after log-out shows nothing of the member', async ({ page, site, signedIn }) => {
  await expect(site.main).toContainText(signedIn.email);
  await site.logOut();
  await page.goBack();
  await expect(page).toHaveURL('/login?next=%2Fprofile');
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
});

test('a page from the back/forward cache resumes with its state', async ({ page, site, words, signedIn }) => {
  await site.fill({ bio: `Typed before by ${signedIn.name}` });
  await page.goto('/signup/confirm');
  await site.ready();
  // The page is not loaded, so Playwright has no load to wait for.
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => isFromCache(page)).toBe(true);
  await expect(site.field('bio')).toHaveValue(`Typed before by ${signedIn.name}`);
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
});

test('a page from the back/forward cache reloads if another tab has announced another member', async ({
  page,
  site,
  signedIn,
  troubles,
}) => {
  // The browser may report the page's first request as cancelled when it restores the page.
  troubles.allow(/^net::ERR_ABORTED GET \/profile$/);
  await page.goto('/signup/confirm');
  await site.ready();
  // Without another log-in, because a change of cookies would empty the cache.
  await page.evaluate(() => localStorage.setItem('genkan-session', 'somebody else'));
  const loaded = page.waitForEvent('load');
  await page.goBack({ waitUntil: 'commit' });
  await loaded;
  await site.ready();
  expect(await isFromCache(page)).toBe(false);
  await expect(site.main).toContainText(signedIn.email);
});

test('going back after another member has logged in in another tab shows that member', async ({
  page,
  site,
  otherSite,
  openTab,
  another,
  signedIn,
}) => {
  await site.fill({ bio: 'Between the two of us' });
  await page.goto(otherSite.page('/', 'Elsewhere'));
  const other = await openTab('/');
  await other.logOut();
  await other.visit('/login');
  await other.logIn(another);
  await other.greets(another);

  await page.goBack();
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('display_name')).toHaveValue('Ken');
  await expect(site.field('bio')).toHaveValue('');
  expect(await page.content()).not.toContain(signedIn.email);
});
