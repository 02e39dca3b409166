// What happens in one tab, the others follow; and the answer that comes last is not one from before.
import { cookieOf } from '../../support/cookies.ts';
import { expect, LASTING, REFRESH, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';
import type { Site } from '../../support/site.ts';
import type { Wire } from '../../support/wire.ts';

const LOG_IN = 'POST /api/login';
const LOG_OUT = 'POST /api/logout';
/**
 * In milliseconds. The tabs are to follow within a second of being told, which is when the page that the answer
 * leads to is hydrated; the other second is for that, on a machine that other tests keep busy.
 */
const IN_TIME = 2000;

/** When this tab asks for a document, from now on, by `performance.now()`. */
function documentsOf(tab: Site): number[] {
  const asked: number[] = [];
  tab.page.on('request', (it) => {
    if (it.isNavigationRequest()) asked.push(performance.now());
  });
  return asked;
}

/** After the answer to the last such post, each of these tabs has asked for a document by itself, and soon. */
async function isFollowed(wire: Wire, post: string, tabs: Record<string, number[]>): Promise<void> {
  const { answeredAt } = wire.answered(post).at(-1)!;
  for (const [tab, documents] of Object.entries(tabs)) {
    const first = () => documents.find((it) => it > answeredAt);
    await expect.poll(first, `${tab} follows ${post}`).toBeDefined();
    expect(first()! - answeredAt, `${tab} follows ${post}, in ms`).toBeLessThan(IN_TIME);
  }
}

async function showsNobody(tab: Site): Promise<void> {
  await expect(tab.headerLink('nav.log_in')).toBeVisible();
  await expect(tab.header.getByRole('button', { name: tab.words('nav.log_out') })).toHaveCount(0);
}

test.describe('with no refresh due', () => {
  test.use({ server: LASTING });

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
    const documents = { home: documentsOf(home), profile: documentsOf(profile) };
    await profile.fill({ bio: 'Typed before the log-out' });

    await site.logOut();
    await isFollowed(wire, LOG_OUT, documents);
    await expect(home.page).toHaveURL('/');
    await showsNobody(home);
    await expect(home.page.getByText(signedIn.name)).toHaveCount(0);
    await expect(profile.page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
    await showsNobody(profile);
    await expect(profile.page.getByText(signedIn.email)).toHaveCount(0);
    for (const tab of [home, profile]) await tab.ready();

    const another = { ...somebody(), name: 'Ken' };
    await program.makeMember(another, mailbox);
    await site.visit('/login');
    await site.logIn(another);
    await site.greets(another);
    await isFollowed(wire, LOG_IN, documents);
    await home.greets(another);
    await profile.isAt('/profile', 'profile.heading');
    await expect(profile.field('display_name')).toHaveValue('Ken');
    await expect(profile.field('bio'), 'what another member typed').toHaveValue('');
    await expect(profile.header).toContainText(words('nav.log_out'));
  });

  test('a log-in is followed by the tabs of a visitor', async ({ site, openTab, wire, member }) => {
    const [home, logIn] = [await openTab('/'), await openTab('/login?next=%2Fprofile')];
    const documents = { home: documentsOf(home), logIn: documentsOf(logIn) };
    await site.visit('/login');
    await site.logIn(member);
    await site.greets(member);
    await isFollowed(wire, LOG_IN, documents);
    await home.greets(member);
    await logIn.isAt('/profile', 'profile.heading');
  });
});

test('the answer to a refresh that comes after a log-out signs nobody in', async ({
  context,
  site,
  wire,
  signedIn,
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
  expect(wire.exchanges.at(-1)!.cookies, 'there was nothing to take away').toEqual([]);
  expect(await cookieOf(context, 'refresh')).toBe('');
  expect(await cookieOf(context, 'access')).toBe('');
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
});

test("the answer to another tab's refresh that comes after a log-in does not undo it", async ({
  site,
  openTab,
  wire,
  mailbox,
  program,
  signedIn,
  troubles,
}) => {
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  expect(signedIn).toBeDefined();
  const another = { ...somebody(), name: 'Ken' };
  await program.makeMember(another, mailbox);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  const held = wire.exchanges.findLast((it) => it.what === REFRESH)!;
  const other = await openTab('/login');
  await other.logOut();
  await other.visit('/login');
  await other.logIn(another);
  await other.greets(another);
  await site.greets(another);
  answer.letGo();
  await expect.poll(() => held.status).toBe(200);
  await site.visit('/profile');
  await expect(site.field('display_name')).toHaveValue('Ken');
});
