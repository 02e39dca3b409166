// Many tabs, one browser: who refreshes, and who waits.
import { freeze } from '../../support/freeze.ts';
import {
  ACCESS,
  expect,
  gaps,
  GRACE,
  nextRefresh,
  pass,
  REFRESH,
  refusal,
  saves,
  SOONEST,
  test,
} from '../../support/lifetimes.ts';
import { locksSeenBy } from '../../support/locks.ts';
import type { Site } from '../../support/site.ts';
import type { Wire } from '../../support/wire.ts';

test('ten tabs for a minute see no 401, and refresh once in a lifetime, all together', async ({
  site,
  openTab,
  wire,
  signedIn,
}) => {
  test.setTimeout(150_000);
  const tabs = [site];
  while (tabs.length < 10) tabs.push(await openTab('/'));

  const began = wire.exchanges.length;
  const end = performance.now() + 60_000;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const tab = tabs[turn % tabs.length]!;
    await tab.page.bringToFront();
    await tab.headerLink('nav.profile').click();
    await tab.isAt('/profile', 'profile.heading');
    await tab.header.getByRole('link', { name: tab.words('site.home') }).click();
    await tab.greets(signedIn);
    await pass(0.5);
  }

  const seen = wire.exchanges.slice(began);
  expect(seen.filter((it) => it.status === 401)).toEqual([]);
  // The last one may still be under way.
  const refreshes = seen.filter((it) => it.what === REFRESH && it.status > 0);
  expect(new Set(refreshes.map((it) => it.status))).toEqual(new Set([200]));
  expect(refreshes.length).toBeGreaterThanOrEqual(Math.floor(60 / ACCESS));
  expect(Math.min(...gaps(refreshes))).toBeGreaterThan(SOONEST);
});

for (const [what, missing] of Object.entries({
  locks: ['locks'],
  'a channel': ['BroadcastChannel'],
  'locks, channel and storage': ['locks', 'BroadcastChannel', 'localStorage'],
})) {
  test(`without ${what} the tabs stay signed in, and see no 401`, async ({
    context,
    site,
    openTab,
    wire,
    signedIn,
  }) => {
    await context.addInitScript((missing) => {
      for (const name of missing) {
        const owner = name === 'locks' ? Navigator.prototype : window;
        Object.defineProperty(owner, name, { value: undefined });
      }
    }, missing);
    const began = performance.now();
    await site.visit('/profile');
    const tabs = [site, await openTab('/profile')];
    expect(await site.page.evaluate(() => [typeof navigator.locks, typeof BroadcastChannel])).toContain('undefined');

    // By then the tokens of now have expired for certain.
    await pass(ACCESS + 1);
    for (const tab of tabs) await saves(tab, wire, `Still ${signedIn.name}`);
    const refreshes = wire.answered(REFRESH);
    expect(refreshes.length).toBeGreaterThanOrEqual(1);
    // Each tab by itself at worst; and one lifetime more, since the first tokens are older than the tabs.
    const lifetimes = 1 + Math.ceil((performance.now() - began) / 1000 / SOONEST);
    expect(refreshes.length, 'no storm').toBeLessThanOrEqual(tabs.length * lifetimes);
    expect(new Set(refreshes.map((it) => it.status))).toEqual(new Set([200]));
  });
}

/** The server refuses the tab's next call, so that the tab wants to refresh now. */
async function wantsToRefresh(tab: Site, wire: Wire): Promise<void> {
  const refused = wire.answerNext('POST /api/get_profile', refusal('access_expired'));
  await tab.headerLink('nav.profile').click();
  await refused;
}

test('a frozen tab that holds the lock keeps nobody from refreshing', async ({
  page,
  site,
  openTab,
  wire,
  signedIn,
  troubles,
}) => {
  // The frozen tab's own refresh: once awake, it gives it up.
  troubles.expect(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  await site.visit('/profile');
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

/** Every line about the connection that the tab shows from now on, be it for a moment. */
async function connectionLines(tab: Site): Promise<() => Promise<string[]>> {
  const lines = [tab.words('problems.offline'), tab.words('problems.away')];
  await tab.page.evaluate((lines) => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    new MutationObserver(() => {
      shown.push(...lines.filter((it) => document.body.innerText.includes(it)));
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, lines);
  return () => tab.page.evaluate(() => (window as any).shown);
}

test('a tab that was frozen while it refreshed does not blame the connection', async ({
  page,
  site,
  openTab,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  await site.visit('/profile');
  const shown = await connectionLines(site);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  const frozen = await freeze(page);
  const frozenAt = performance.now();

  const other = await openTab('/profile');
  expect((await nextRefresh(wire)).status).toBe(200);
  await saves(other, wire, `Written while the other was frozen, by ${signedIn.name}`);
  // Longer than grace, so that the page can tell that it stood still.
  await pass(GRACE + 1 - (performance.now() - frozenAt) / 1000);
  await frozen.thaw();
  await saves(site, wire, 'Written after a long sleep');
  expect(await shown()).toEqual([]);
  answer.letGo();
  await saves(site, wire, 'Written after the answer of then');
});

test('a frozen tab that is granted the lock late keeps nobody from refreshing, and has no need to', async ({
  site,
  openTab,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/get_profile$/);
  const other = await openTab('/');
  const refresh = wire.holdNext(REFRESH);
  await wantsToRefresh(site, wire);
  await refresh.came;
  await wantsToRefresh(other, wire);
  await expect.poll(() => locksSeenBy(site.page), { intervals: [20] }).toEqual({ held: 1, pending: 1 });
  const frozen = await freeze(other.page);
  refresh.letGo();
  await site.isAt('/profile', 'profile.heading');
  await expect(site.main).toContainText(signedIn.email);
  await expect.poll(() => locksSeenBy(site.page), 'the frozen one has it').toEqual({ held: 1, pending: 0 });

  await nextRefresh(wire);
  await saves(site, wire, 'Written while the other had the lock');
  const before = wire.answered(REFRESH).length;
  await frozen.thaw();
  await other.isAt('/profile', 'profile.heading');
  await expect(other.main).toContainText(signedIn.email);
  await expect.poll(() => locksSeenBy(site.page)).toEqual({ held: 0, pending: 0 });
  expect(wire.answered(REFRESH).length).toBe(before);
  await saves(other, wire, 'Written after a long sleep');
});
