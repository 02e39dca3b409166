import { loseAccess } from '../../support/cookies.ts';
import { pretendOffline } from '../../support/offline.ts';
import { holdBack, requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

test('a post without network says so and keeps what was typed', async ({
  context,
  page,
  site,
  words,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_INTERNET_DISCONNECTED POST \/api\/update_profile$/);
  troubles.allow(/^net::ERR_INTERNET_DISCONNECTED POST \/auth\/refresh$/);
  expect(signedIn).toBeDefined();
  await site.visit('/profile');
  await site.fill({ bio: 'Typed in a tunnel' });
  const line = page.getByText(words('problems.offline'));
  await context.setOffline(true);
  await expect(line, 'nothing has failed yet').toHaveCount(0);
  await site.button('profile.submit').click();
  await expect(site.alert).toHaveText(words('problems.unreachable'));
  await expect(line).toBeVisible();
  await expect(site.field('bio')).toHaveValue('Typed in a tunnel');
  await context.setOffline(false);
  await expect(line).toHaveCount(0);
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.alert).toHaveCount(0);
});

test('a form posted plainly without network says so, and the page stays', async ({
  context,
  page,
  site,
  words,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_INTERNET_DISCONNECTED GET \/health\/live$/);
  troubles.allow(/^net::ERR_INTERNET_DISCONNECTED POST \/auth\/refresh$/);
  expect(signedIn).toBeDefined();
  await context.setOffline(true);
  await site.header.getByRole('button', { name: words('nav.log_out'), exact: true }).click();
  const line = page.getByText(words('problems.offline'));
  await expect(line).toBeVisible();
  await expect(page).toHaveURL('/');
  await context.setOffline(false);
  await expect(line).toHaveCount(0, { timeout: 15_000 });
  await site.logOut();
});

test('a browser that is wrong about being offline posts forms and logs out, and no line says otherwise', async ({
  page,
  site,
  words,
  signedIn,
}) => {
  expect(signedIn).toBeDefined();
  await site.visit('/profile');
  await pretendOffline(page);
  await site.fill({ bio: 'Typed behind a VPN' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(page.getByText(words('problems.offline'))).toHaveCount(0);
  await site.logOut();
});

const busy = { status: 503, title: 'Service Unavailable', reason: 'busy', errors: {} };
for (const { what, answer, says } of [
  {
    what: 'the server',
    answer: { status: 503, contentType: 'application/problem+json', body: JSON.stringify(busy) },
    says: 'problems.busy',
  },
  {
    what: 'a proxy before it',
    answer: { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' },
    says: 'problems.store_unavailable',
  },
]) {
  test(`a post that ${what} cannot answer says so and keeps what was typed`, async ({
    page,
    site,
    words,
    signedIn,
    troubles,
  }) => {
    troubles.expect(new RegExp(`^${answer.status} POST /api/update_profile$`));
    expect(signedIn).toBeDefined();
    await site.visit('/profile');
    await site.fill({ bio: 'Typed in a bad moment' });
    await page.route('**/api/update_profile', (route) => route.fulfill(answer), { times: 1 });
    await site.button('profile.submit').click();
    await expect(site.alert).toHaveText(words(says));
    await expect(site.field('bio')).toHaveValue('Typed in a bad moment');
    await expect(page).toHaveURL('/profile');
    await site.button('profile.submit').click();
    await expect(site.notice).toHaveText(words('notices.saved'));
  });
}

test('with an expired access token a page is fetched after one refresh', async ({
  context,
  page,
  site,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/get_profile$/);
  expect(signedIn).toBeDefined();
  await loseAccess(context, page);
  const requests = requestsOf(page);
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  await expect(site.main).toContainText(signedIn.email);
  expect(requests).toEqual(['POST /api/get_profile', 'POST /auth/refresh', 'POST /api/get_profile']);
});

test('with an expired access token a form goes through after one refresh', async ({
  context,
  page,
  site,
  words,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/);
  expect(signedIn).toBeDefined();
  await site.visit('/profile');
  await loseAccess(context, page);
  const requests = requestsOf(page);
  await site.fill({ bio: 'Typed for a long time' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  expect(requests).toEqual(['POST /api/update_profile', 'POST /auth/refresh', 'POST /api/update_profile']);
  await expect(site.field('bio')).toHaveValue('Typed for a long time');
});

test('a page that waits for its answer says so', async ({ page, site, words, signedIn }) => {
  expect(signedIn).toBeDefined();
  const answer = await holdBack(page, '**/api/get_profile');
  await site.headerLink('nav.profile').click();
  await expect(site.main).toContainText(words('site.waiting'));
  answer.letGo();
  await site.isAt('/profile', 'profile.heading');
  await expect(site.main).toContainText(signedIn.email);
  await expect(site.main).not.toContainText(words('site.waiting'));
});

test('after a log-out in another tab the next action leads to the log-in page', async ({
  context,
  page,
  site,
  words,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/);
  await site.visit('/profile');
  const other = await context.newPage();
  await other.goto('/');
  const status = await other.evaluate(
    async () => (await fetch('/api/logout', { method: 'POST', headers: { accept: 'application/json' } })).status,
  );
  expect(status).toBe(200);

  await site.fill({ bio: 'Typed too late' });
  await site.button('profile.submit').click();
  await expect(page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
  await expect(other.getByRole('banner').getByRole('link', { name: words('nav.log_in') })).toBeVisible();
});

test('a session that was ended elsewhere says so on the log-in page, and logging in leads back', async ({
  context,
  page,
  site,
  words,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/get_profile$/);
  await program.endSessionOf(context);

  await site.headerLink('nav.profile').click();
  await expect(page).toHaveURL(/\/login\?next=(%2F|\/)profile$/);
  await expect(site.notice).toHaveText(words('ends.logout'));
  await site.ready();
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
});
