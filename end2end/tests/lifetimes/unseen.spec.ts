// Pages out of sight: hidden, frozen, or in the back/forward cache.
import { chromium } from '../../support/chromium.ts';
import { freeze, hide } from '../../support/freeze.ts';
import { ACCESS, accessHasExpired, expect, IDLE, nextRefresh, pass, REFRESH, saves, test } from '../../support/lifetimes.ts';
import { locksSeenBy } from '../../support/locks.ts';

// Playwright disables the cache.
test.use({ startsAt: '/profile', launchOptions: { ...chromium, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

test('a page frozen past the expiry of its access token refreshes once it thaws and keeps its input', async ({
  context,
  page,
  site,
  wire,
  signedIn,
}) => {
  await site.fill({ bio: `Typed before by ${signedIn.name}` });
  const frozen = await freeze(page);
  await accessHasExpired(context);
  expect(wire.answered(REFRESH)).toEqual([]);
  const refresh = nextRefresh(wire);
  await frozen.thaw();
  expect((await refresh).status).toBe(200);
  await expect(site.field('bio')).toHaveValue(`Typed before by ${signedIn.name}`);
  await saves(site, wire, 'Typed after it');
  expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
});

test('a hidden tab does not keep the session alive, and refreshes once it is shown', async ({ page, site, wire, signedIn }) => {
  const hidden = await hide(page);
  await pass(IDLE + 1);
  const before = wire.answered(REFRESH).length;
  // By now another refresh would have been due, whenever the last one was.
  await pass(ACCESS - 1);
  expect(wire.answered(REFRESH).length).toBe(before);
  const refresh = nextRefresh(wire);
  await hidden.show();
  expect((await refresh).status).toBe(200);
  await saves(site, wire, `Looked at by ${signedIn.name}`);
});

test('a frozen tab that holds the lock does not keep other tabs from refreshing', async ({
  page,
  site,
  openTab,
  wire,
  signedIn,
  troubles,
}) => {
  // The frozen tab's own refresh, which it aborts once thawed.
  troubles.expect(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const refresh = wire.holdNext(REFRESH);
  await refresh.came;
  const frozen = await freeze(page);

  const other = await openTab('/profile');
  expect(await locksSeenBy(other.page)).toMatchObject({ held: 1 });
  expect((await nextRefresh(wire)).status).toBe(200);
  expect(await locksSeenBy(other.page), 'the frozen one still has it').toEqual({ held: 1, pending: 0 });
  await saves(other, wire, `Written while the other was frozen, by ${signedIn.name}`);

  const givenUp = page.waitForEvent('requestfailed');
  await frozen.thaw();
  await givenUp;
  refresh.letGo();
  await expect.poll(() => locksSeenBy(other.page)).toEqual({ held: 0, pending: 0 });
  await saves(site, wire, 'Written after a long sleep');
});

test('going back after the access token has expired restores the page and its input, and it refreshes', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  signedIn,
}) => {
  await context.addInitScript(() => {
    addEventListener('pageshow', ({ persisted }) => Object.assign(window, { isFromCache: persisted }));
  });
  await site.visit('/profile');
  await site.fill({ bio: 'Typed before a look elsewhere' });
  await page.goto(otherSite.page('/', 'Elsewhere'));
  await accessHasExpired(context);
  const refresh = nextRefresh(wire);
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => page.evaluate(() => (window as any).isFromCache)).toBe(true);
  expect((await refresh).status).toBe(200);
  await expect(site.field('bio')).toHaveValue('Typed before a look elsewhere');
  await saves(site, wire, `Still ${signedIn.name}`);
  expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
});
