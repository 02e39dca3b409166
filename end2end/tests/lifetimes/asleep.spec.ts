// Time passes while the page does not live, and clocks that are wrong: the server alone says what has ended.
import { setClock, sleepsUnawares, wrongClock } from '../../support/clocks.ts';
import { freeze, hide } from '../../support/freeze.ts';
import {
  ABSOLUTE,
  ACCESS,
  BRIEF,
  comesBackTo,
  expect,
  gaps,
  IDLE,
  isLedToLogIn,
  nextRefresh,
  pass,
  REFRESH,
  saves,
  SOONEST,
  SURELY_IDLE,
  test,
} from '../../support/lifetimes.ts';

test.use({ startsAt: '/profile' });

test.describe('the machine asleep', () => {
  test.beforeEach(({ context }) => sleepsUnawares(context));

  test('past the access token: awake, the page refreshes by itself, and goes on', async ({ page, site, wire, signedIn }) => {
    await site.fill({ bio: 'Typed before the lid was closed' });
    const asleep = await freeze(page);
    await pass(ACCESS + 1);
    expect(wire.answered(REFRESH)).toEqual([]);
    const refresh = nextRefresh(wire);
    await asleep.thaw();
    expect((await refresh).status).toBe(200);
    await expect(site.field('bio')).toHaveValue('Typed before the lid was closed');
    await saves(site, wire, `Typed by ${signedIn.name}`);
    expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
  });

  for (const { until, server, seconds, reason } of [
    { until: 'it has been idle for too long', server: undefined, seconds: SURELY_IDLE + 1, reason: 'ends.idle' },
    { until: 'past its absolute end', server: BRIEF, seconds: ABSOLUTE, reason: 'ends.absolute' },
  ]) {
    test.describe(() => {
      if (server) test.use({ server });

      test(`until ${until}: awake, the log-in page says why, and leads back to what was typed`, async ({
        page,
        site,
        signedIn,
        troubles,
      }) => {
        troubles.expect(/^401 POST \/auth\/refresh$/);
        await site.fill({ bio: 'Typed before the lid was closed' });
        const asleep = await freeze(page);
        await pass(seconds);
        await asleep.thaw();
        await isLedToLogIn(site, reason);
        await expect(page.getByText(signedIn.email)).toHaveCount(0);
        await comesBackTo(site, signedIn, { bio: 'Typed before the lid was closed' });
      });
    });
  }
});

test.describe('at its greatest age', () => {
  test.use({ server: BRIEF });

  test('a session in use ends, says so, and leads back to what was typed', async ({
    site,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 POST \/auth\/refresh$/);
    await site.fill({ bio: 'Typed to the end' });
    await isLedToLogIn(site, 'ends.absolute', ABSOLUTE + ACCESS);
    // Nothing hammers a server that cannot give what is asked for.
    expect(wire.answered(REFRESH).length).toBeLessThanOrEqual(Math.ceil(ABSOLUTE / SOONEST) + 1);
    await comesBackTo(site, signedIn, { bio: 'Typed to the end' });
  });
});

test('a tab that nobody looks at does not keep the session, and one look is enough', async ({
  page,
  site,
  wire,
  signedIn,
}) => {
  const behind = await hide(page);
  await pass(IDLE + 1);
  const before = wire.answered(REFRESH).length;
  // Whatever the moment of the last one, another would have been due by now.
  await pass(ACCESS - 1);
  expect(wire.answered(REFRESH).length).toBe(before);
  const refresh = nextRefresh(wire);
  await behind.show();
  expect((await refresh).status).toBe(200);
  await saves(site, wire, `Looked at by ${signedIn.name}`);
});

for (const { where, hours } of [
  { where: 'ahead', hours: 1 },
  { where: 'behind', hours: -1 },
]) {
  test(`with a clock an hour ${where} the browser refreshes once in a lifetime`, async ({
    context,
    site,
    openTab,
    wire,
    signedIn,
  }) => {
    await wrongClock(context, hours);
    await site.visit('/profile');
    const other = await openTab('/profile');
    expect(await other.page.evaluate(() => Date.now())).not.toBeCloseTo(Date.now(), -6);
    for (let count = 1; count <= 2; count += 1) expect((await nextRefresh(wire)).status).toBe(200);
    expect(Math.min(...gaps(wire.answered(REFRESH)))).toBeGreaterThan(SOONEST);
    await saves(site, wire, `Out of time, ${signedIn.name}`);
    await saves(other, wire, `Still out of time, ${signedIn.name}`);
  });
}

test('a clock that is set an hour ahead and back costs a request, and nobody is logged out', async ({
  context,
  page,
  site,
  wire,
  signedIn,
}) => {
  await wrongClock(context, 0);
  await site.visit('/profile');
  await setClock(page, 1);
  expect((await nextRefresh(wire)).status).toBe(200);
  await setClock(page, -1);
  expect((await nextRefresh(wire)).status).toBe(200);
  expect(wire.answered(REFRESH)).toHaveLength(2);
  expect(gaps(wire.answered(REFRESH))[0]).toBeGreaterThan(SOONEST);
  await saves(site, wire, `In time again, ${signedIn.name}`);
});
