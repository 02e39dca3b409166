// Answers that get lost, come late or say that the server cannot: the page and what was typed stay.
import { cookieOf, loseAccess } from '../../support/cookies.ts';
import { pretendOffline } from '../../support/offline.ts';
import {
  ACCESS,
  accessHasExpired,
  expect,
  gaps,
  LASTING,
  nextRefresh,
  REFRESH,
  refusal,
  SAVE,
  saves,
  test,
} from '../../support/lifetimes.ts';
import type { Wire } from '../../support/wire.ts';

test.use({ startsAt: '/profile' });

const READ = 'POST /api/get_profile';
const RETRY_AFTER = 3;
const UNAVAILABLE = {
  status: 503,
  headers: { 'content-type': 'application/problem+json', 'retry-after': `${RETRY_AFTER}` },
  body: JSON.stringify({ status: 503, title: 'Service Unavailable', reason: 'unavailable', errors: {} }),
};

/** The calls of this kind, and the refreshes from the first to the last of them. */
function callsOf(wire: Wire, what: string, since = 0): string[] {
  const seen = wire.exchanges.slice(since).filter((it) => [what, REFRESH].includes(it.what));
  const isCall = (it: { what: string }) => it.what === what;
  const calls = seen.slice(seen.findIndex(isCall), seen.findLastIndex(isCall) + 1);
  return calls.map((it) => `${it.what} ${it.status}`);
}

test('one answer to a refresh lost, and the next works', async ({ context, site, wire, signedIn, troubles }) => {
  troubles.expect(/^net::ERR_EMPTY_RESPONSE POST \/auth\/refresh$/);
  const before = await cookieOf(context, 'refresh');
  await wire.loseNext(REFRESH);
  expect(await cookieOf(context, 'refresh'), 'the answer never came').toBe(before);
  expect((await nextRefresh(wire)).status).toBe(200);
  await expect.poll(() => cookieOf(context, 'refresh')).not.toBe(before);
  await saves(site, wire, `Still ${signedIn.name}`);
});

test('two answers in a row to a refresh lost, and those after them work', async ({
  context,
  site,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_EMPTY_RESPONSE POST \/auth\/refresh$/);
  const before = await cookieOf(context, 'refresh');
  for (let lost = 1; lost <= 2; lost += 1) await wire.loseNext(REFRESH);
  expect(await cookieOf(context, 'refresh'), 'no answer came').toBe(before);
  for (let count = 1; count <= 2; count += 1) expect((await nextRefresh(wire)).status).toBe(200);
  await saves(site, wire, `Still ${signedIn.name}`);
});

test('an answer to a refresh that never comes is given up, and the next works', async ({
  site,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  expect((await nextRefresh(wire)).status).toBe(200);
  await saves(site, wire, `Still ${signedIn.name}`);
  answer.letGo();
  await saves(site, wire, `For long ${signedIn.name}`);
});

test('a page that is left while it refreshes does not lose the new tokens', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  signedIn,
  troubles,
}) => {
  // The browser may give it up with the page; what comes then is the answer to another one.
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  expect(signedIn).toBeDefined();
  const before = await cookieOf(context, 'refresh');
  const answer = wire.holdNextAnswer(REFRESH);
  await answer.came;
  await page.goto(otherSite.page('/', 'Elsewhere'));
  answer.letGo();
  await expect.poll(() => cookieOf(context, 'refresh')).not.toBe(before);
  await site.visit('/profile');
  await saves(site, wire, 'Back again');
});

test('while the server cannot answer, the page and what was typed stay, and a line says so', async ({
  page,
  site,
  words,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^503 POST \/auth\/refresh$/, /^503 POST \/api\/update_profile$/);
  await site.fill({ bio: 'Typed in a bad moment' });
  const line = page.getByText(words('problems.away'));
  await expect(line).toHaveCount(0);

  const outage = wire.answerAll('', UNAVAILABLE);
  await expect(line).toBeVisible({ timeout: ACCESS * 1000 });
  await site.button('profile.submit').click();
  await expect(site.alert).toHaveText(/./);
  await expect(site.field('bio')).toHaveValue('Typed in a bad moment');
  const refused = () => wire.answered(REFRESH);
  await expect
    .poll(() => refused().length, { message: 'attempts', timeout: 2 * ACCESS * 1000 })
    .toBeGreaterThanOrEqual(2);
  await expect(line).toBeVisible();
  await expect(page).toHaveURL('/profile');
  expect(refused().map((it) => it.status)).not.toContain(200);
  expect(Math.min(...gaps(refused())), 'asked again no sooner than told').toBeGreaterThanOrEqual(RETRY_AFTER);

  outage.stop();
  await expect(line).toHaveCount(0, { timeout: 4 * RETRY_AFTER * 1000 });
  await expect(site.field('bio')).toHaveValue('Typed in a bad moment');
  await expect(site.header).toContainText(words('nav.log_out'));
  await saves(site, wire, `Typed in a bad moment, ${signedIn.name}`);
  expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
});

test('offline for a while, and back: the page and what was typed stay, and a line says so', async ({
  context,
  page,
  site,
  words,
  wire,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_INTERNET_DISCONNECTED POST \/auth\/refresh$/);
  await site.fill({ bio: 'Typed in a tunnel' });
  const line = page.getByText(words('problems.offline'));
  await expect(line).toHaveCount(0);
  await context.setOffline(true);
  await expect(line, 'once a refresh has failed').toBeVisible({ timeout: ACCESS * 1000 });
  await accessHasExpired(context);
  await expect(line).toBeVisible();
  await expect(site.field('bio')).toHaveValue('Typed in a tunnel');

  const refresh = nextRefresh(wire);
  await context.setOffline(false);
  expect((await refresh).status).toBe(200);
  await expect(line).toHaveCount(0);
  await saves(site, wire, `Typed in a tunnel, ${signedIn.name}`);
  expect(wire.exchanges.filter((it) => it.status === 401)).toEqual([]);
});

test('a browser that is wrong about being offline refreshes all the same, and no line says otherwise', async ({
  page,
  site,
  words,
  wire,
  signedIn,
}) => {
  await pretendOffline(page);
  expect((await nextRefresh(wire)).status).toBe(200);
  await expect(page.getByText(words('problems.offline'))).toHaveCount(0);
  await saves(site, wire, `Typed behind a VPN by ${signedIn.name}`);
});

test.describe('with no refresh due', () => {
  test.use({ server: LASTING });

  test('pressing twice with an expired access token posts once', async ({
    context,
    page,
    site,
    words,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 POST \/api\/update_profile$/);
    await loseAccess(context, page);
    await site.fill({ bio: `Pressed twice by ${signedIn.name}` });
    await site.button('profile.submit').dblclick();
    await expect(site.notice).toHaveText(words('notices.saved'));
    expect(callsOf(wire, SAVE)).toEqual([`${SAVE} 401`, `${REFRESH} 200`, `${SAVE} 200`]);
  });

  test('a session that is not live any more is brought back, and the member notices nothing', async ({
    page,
    site,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 POST \/api\/update_profile$/);
    void wire.answerNext(SAVE, refusal('not_live'));
    await saves(site, wire, `Written by ${signedIn.name}`);
    expect(callsOf(wire, SAVE)).toEqual([`${SAVE} 401`, `${REFRESH} 200`, `${SAVE} 200`]);
    await expect(page).toHaveURL('/profile');
    expect(wire.answered('GET /profile'), 'never loaded anew').toHaveLength(1);
  });

  test('a call that is refused after its refresh, too, is not made a third time', async ({
    site,
    words,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 POST \/api\/get_profile$/);
    await site.header.getByRole('link', { name: words('site.home') }).click();
    await site.greets(signedIn);
    const [before, loaded] = [wire.exchanges.length, wire.answered('GET /profile').length];
    wire.answerAll(READ, refusal('access_expired'));
    await site.headerLink('nav.profile').click();
    // By way of the log-in page, which has nothing to ask of a member.
    await expect.poll(() => wire.answered('GET /profile').length, 'the server renders it').toBe(loaded + 1);
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(callsOf(wire, READ, before)).toEqual([`${READ} 401`, `${REFRESH} 200`, `${READ} 401`]);
  });
});
