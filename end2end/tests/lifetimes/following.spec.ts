// What happens in one tab, the others follow; and the answer that comes last is not one from before.
import { cookieOf, expect, REFRESH, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';
import type { Site } from '../../support/site.ts';
import type { Wire } from '../../support/wire.ts';

const A_SECOND = 1000;

/** The milliseconds between the answer to a post and the next request of a page. */
async function followedWithin(wire: Wire, post: string, page: string): Promise<number> {
  const posted = wire.answered(post).at(-1)!;
  const requested = () => wire.exchanges.filter((it) => it.what === page && it.at > posted.at);
  await expect.poll(() => requested().length, `${page} after ${post}`).toBeGreaterThan(0);
  return requested()[0]!.at - posted.at;
}

async function showsNobody(tab: Site): Promise<void> {
  await expect(tab.headerLink('nav.log_in')).toBeVisible();
  await expect(tab.header.getByRole('button', { name: tab.words('nav.log_out') })).toHaveCount(0);
}

test('a log-out, and the log-in of another member, are followed by every tab within a second', async ({
  site,
  words,
  openTab,
  wire,
  mailbox,
  program,
  signedIn,
}) => {
  const [home, profile] = [await openTab('/'), await openTab('/profile')];
  await profile.fill({ bio: 'Typed before the log-out' });

  await site.logOut();
  expect(await followedWithin(wire, 'POST /api/logout', 'GET /')).toBeLessThan(A_SECOND);
  await expect(home.page).toHaveURL('/');
  await showsNobody(home);
  await expect(home.page.getByText(signedIn.name)).toHaveCount(0);
  await expect(profile.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
  await showsNobody(profile);
  await expect(profile.page.getByText(signedIn.email)).toHaveCount(0);

  const another = { ...somebody(), name: 'Ken' };
  await program.makeMember(another, mailbox);
  await site.visit('/login');
  await site.logIn(another);
  await site.greets(another);
  expect(await followedWithin(wire, 'POST /api/login', 'GET /profile')).toBeLessThan(A_SECOND);
  await home.greets(another);
  await profile.isAt('/profile', 'profile.heading');
  await expect(profile.field('display_name')).toHaveValue('Ken');
  await expect(profile.field('bio'), 'what another member typed').toHaveValue('');
  await expect(profile.header).toContainText(words('nav.log_out'));
});

test('a log-in is followed by the tabs of a visitor', async ({ site, openTab, wire, member }) => {
  const [home, logIn] = [await openTab('/'), await openTab('/login?next=%2Fprofile')];
  await site.visit('/login');
  await site.logIn(member);
  await site.greets(member);
  expect(await followedWithin(wire, 'POST /api/login', 'GET /login')).toBeLessThan(A_SECOND);
  await home.greets(member);
  await logIn.isAt('/profile', 'profile.heading');
});

test('the answer to a refresh that comes after a log-out signs nobody in', async ({
  context,
  site,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  await site.logOut();
  answer.letGo();
  await expect.poll(() => wire.answered(REFRESH).length).toBe(1);
  await site.visit('/profile');
  await site.isAt('/login?next=%2Fprofile', 'login.heading');
  expect(wire.exchanges.at(-1)!.cookies, 'there was nothing to take away').toEqual([]);
  expect(await cookieOf(context, 'refresh')).toBe('');
  expect(await cookieOf(context, 'access')).toBe('');
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
});

test("the answer to another tab's refresh that comes after a log-in does not undo it", async ({
  context,
  site,
  openTab,
  wire,
  mailbox,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  expect(signedIn).toBeDefined();
  const another = { ...somebody(), name: 'Ken' };
  await program.makeMember(another, mailbox);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  const other = await openTab('/login');
  await other.logOut();
  await other.visit('/login');
  await other.logIn(another);
  await other.greets(another);
  await site.greets(another);
  const refresh = await cookieOf(context, 'refresh');
  answer.letGo();
  await expect.poll(() => wire.answered(REFRESH).length).toBe(1);
  await site.visit('/profile');
  await expect(site.field('display_name')).toHaveValue('Ken');
  expect(await cookieOf(context, 'refresh')).toBe(refresh);
});
