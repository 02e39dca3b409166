import { chromium } from '../../support/chromium.ts';
import { expect, test } from '../../support/test.ts';

// Playwright switches the back/forward cache off; people have it.
test.use({ launchOptions: { ...chromium, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

test('going back after log-out shows nothing of the member, with the back/forward cache either', async ({
  page,
  site,
  signedIn,
}) => {
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
  await site.logOut();
  await page.goBack();
  await expect(page).toHaveURL('/login?next=%2Fprofile');
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
});

test('a page from the back/forward cache goes on as it was, and loads anew if somebody else is signed in', async ({
  context,
  page,
  site,
  signedIn,
}) => {
  await context.addInitScript(() => {
    addEventListener('pageshow', (event) => Object.assign(window, { isFromCache: event.persisted }));
  });
  const isFromCache = () => page.evaluate(() => (window as unknown as { isFromCache: boolean }).isFromCache);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed before' });
  await page.goto('/signup/confirm');
  await site.ready();
  // Nothing is loaded then, for Playwright to wait for.
  await page.goBack({ waitUntil: 'commit' });
  await expect(site.field('bio')).toHaveValue('Typed before');
  expect(await isFromCache()).toBe(true);

  await page.goto('/signup/confirm');
  await site.ready();
  // What another tab would have announced meanwhile; the cookies stay, or the cache would be emptied.
  await page.evaluate(() => localStorage.setItem('genkan-session', 'somebody else'));
  const loaded = page.waitForEvent('load');
  await page.goBack({ waitUntil: 'commit' });
  await loaded;
  await site.ready();
  expect(await isFromCache()).toBe(false);
  await expect(site.main).toContainText(signedIn.email);
});
