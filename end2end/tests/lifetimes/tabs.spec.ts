// Several tabs of one browser.
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

    // By then the current tokens have certainly expired.
    await pass(ACCESS + 1);
    for (const tab of tabs.slice(0, 2)) await saves(tab, wire, `Still ${signedIn.name}`);
    expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
    const refreshes = wire.answered(REFRESH);
    expect(refreshes.length).toBeGreaterThanOrEqual(1);
    expect(new Set(refreshes.map((it) => it.status))).toEqual(new Set([200]));
    if (isShared) {
      // The announcement may come too late for a tab that refreshes at the same moment.
      const early = gaps(refreshes).filter((it) => it < SOONEST);
      expect(early.length, 'refreshes of more than one tab').toBeLessThanOrEqual(1);
    }
    // At worst each tab refreshes by itself, for one lifetime more, because the first tokens are older than the tabs.
    const lifetimes = 1 + Math.ceil((performance.now() - began) / 1000 / SOONEST);
    expect(refreshes.length, 'no storm').toBeLessThanOrEqual(tabs.length * lifetimes);
  });
}

test('after the session has ended elsewhere every tab says why, and the input comes back', async ({
  context,
  site,
  openTab,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  // The other tab's request, if both refresh before the first announces the end.
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const other = await openTab('/profile');
  await site.fill({ bio: 'Typed at length' });
  await program.endSessionOf(context);
  for (const tab of [site, other]) await isLedToLogIn(tab, 'ends.logout', ACCESS);
  // Otherwise it would follow the log-in and reload while the browser is closed.
  await other.page.close();
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed at length');
});
