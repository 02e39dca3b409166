// Lost and late responses to refreshes: the newest tokens stay in the cookie jar.
import { cookieOf } from '../../support/cookies.ts';
import { ACCESS, expect, REFRESH, saves, test } from '../../support/lifetimes.ts';

test.use({ startsAt: '/profile' });

test('a lost answer and one that never comes time out, and the next refresh works', async ({
  context,
  site,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_EMPTY_RESPONSE POST \/auth\/refresh$/, /^net::ERR_ABORTED POST \/auth\/refresh$/);
  const before = await cookieOf(context, 'refresh');
  await wire.loseNext(REFRESH);
  const late = wire.holdNextAnswer(REFRESH);
  await late.came;
  expect(await cookieOf(context, 'refresh'), 'no answer came').toBe(before);
  await expect.poll(() => cookieOf(context, 'refresh'), { timeout: ACCESS * 1000 }).not.toBe(before);
  await saves(site, wire, `Still ${signedIn.name}`);
  late.letGo();
  await saves(site, wire, `For long ${signedIn.name}`);
});

test('a page left during its refresh does not lose the new tokens', async ({
  context,
  page,
  memberSite: site,
  wire,
  otherSite,
  troubles,
}) => {
  // The browser may cancel it with the page; then the response is that of the refresh that outlives the page.
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const before = await cookieOf(context, 'refresh');
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  await page.goto(otherSite.page('/', 'Elsewhere'));
  answer.letGo();
  await expect.poll(() => cookieOf(context, 'refresh')).not.toBe(before);
  await site.visit('/profile');
  await saves(site, wire, 'Back again');
});

test('a refresh answered after a log-out signs nobody in', async ({
  context,
  memberSite: site,
  wire,
  troubles,
}) => {
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  await site.logOut();
  answer.letGo();
  await expect.poll(() => wire.answered(REFRESH).length).toBe(1);
  await site.visit('/profile');
  await site.isAt('/login?next=%2Fprofile', 'login.heading');
  expect(await cookieOf(context, 'refresh')).toBe('');
  expect(await cookieOf(context, 'access')).toBe('');
});

test("another tab's refresh answered after a log-in does not undo it", async ({
  memberSite: site,
  openTab,
  wire,
  another,
  troubles,
}) => {
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  const held = wire.exchanges.findLast((it) => it.what === REFRESH)!;
  const other = await openTab('/signup/confirm');
  await other.logOut();
  await other.visit('/login');
  await other.logIn(another);
  await other.greets(another);
  await expect(site.field('display_name'), 'the first tab has followed').toHaveValue('Ken');
  answer.letGo();
  await expect.poll(() => held.status).toBe(200);
  await site.visit('/profile');
  await expect(site.field('display_name')).toHaveValue('Ken');
});
