// Several tabs, one browser.
import { ACCESS, expect, gaps, pass, REFRESH, saves, SOONEST, test } from '../../support/lifetimes.ts';
import { isLedToLogIn } from '../../support/login.ts';

test.use({ startsAt: '/profile' });

for (const { title, missing, isShared } of [
  { title: 'one refresh serves all tabs', missing: [], isShared: true },
  { title: 'without locks no tab sees a 401', missing: ['locks'], isShared: false },
  {
    title: 'without locks and storage no tab sees a 401',
    missing: ['locks', 'localStorage'],
    isShared: false,
  },
]) {
  test(title, async ({ context, site, openTab, wire, signedIn }) => {
    await context.addInitScript((missing) => {
      for (const name of missing) {
        const owner = name === 'locks' ? Navigator.prototype : window;
        Object.defineProperty(owner, name, { value: undefined });
      }
    }, missing);
    const began = performance.now();
    await site.visit('/profile');
    const tabs = [site, await openTab('/profile'), await openTab('/')];

    // By then the tokens of now have expired for certain.
    await pass(ACCESS + 1);
    for (const tab of tabs.slice(0, 2)) await saves(tab, wire, `Still ${signedIn.name}`);
    expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
    const refreshes = wire.answered(REFRESH);
    expect(refreshes.length).toBeGreaterThanOrEqual(1);
    expect(new Set(refreshes.map((it) => it.status))).toEqual(new Set([200]));
    if (isShared) {
      // The news may come too late for a tab that wants to refresh at the very same moment.
      const early = gaps(refreshes).filter((it) => it < SOONEST);
      expect(early.length, 'refreshes of more than one tab').toBeLessThanOrEqual(1);
    }
    // Each tab by itself at worst; and one lifetime more, since the first tokens are older than the tabs.
    const lifetimes = 1 + Math.ceil((performance.now() - began) / 1000 / SOONEST);
    expect(refreshes.length, 'no storm').toBeLessThanOrEqual(tabs.length * lifetimes);
  });
}

test('after the session was ended elsewhere every tab says why, and what was typed comes back', async ({
  context,
  site,
  openTab,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  // The other tab's, if both refresh when the first one receives the news.
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const other = await openTab('/profile');
  await site.fill({ bio: 'Typed at length' });
  await program.endSessionOf(context);
  for (const tab of [site, other]) await isLedToLogIn(tab, 'ends.logout', ACCESS);
  // It would follow the log-in, and load anew while the browser is closed.
  await other.page.close();
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed at length');
});
