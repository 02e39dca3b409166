import { loseAccess } from '../../support/cookies.ts';
import { pretendOffline } from '../../support/offline.ts';
import { requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

test.use({ startsAt: '/profile' });

test('a post without network says so and keeps the input', async ({
  context,
  page,
  memberSite: site,
  words,
  troubles,
}) => {
  troubles.expect(/^net::ERR_INTERNET_DISCONNECTED POST \/api\/update_profile$/);
  troubles.allow(/^net::ERR_INTERNET_DISCONNECTED POST \/auth\/refresh$/);
  await site.fill({ bio: 'Typed in a tunnel' });
  const line = page.getByText(words('problems.offline'));
  await context.setOffline(true);
  await expect(line, 'nothing has failed yet').toBeHidden();
  await site.button('profile.submit').click();
  await expect(site.alert).toHaveText(words('problems.unreachable'));
  await expect(line).toBeVisible();
  await expect(site.field('bio')).toHaveValue('Typed in a tunnel');
  await context.setOffline(false);
  await expect(line).toBeHidden();
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.alert).toHaveCount(0);
});

test('a post during an outage says so, and a line shows until the server is back', async ({
  page,
  memberSite: site,
  words,
  troubles,
}) => {
  troubles.expect(/^503 POST \/api\/update_profile$/, /^503 POST \/auth\/refresh$/);
  await site.fill({ bio: 'Typed in a bad moment' });
  const line = page.getByText(words('problems.away'));
  await expect(line).toBeHidden();
  const problem = { status: 503, reason: 'unavailable', detail: 'Not now.', errors: {} };
  const unavailable = { status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) };
  await page.route(/\/(api|auth)\//, (route) => route.fulfill(unavailable));
  const refreshed = page.waitForResponse('**/auth/refresh');
  await site.button('profile.submit').click();
  await expect(site.alert).toHaveText('Not now.');
  await expect(line).toBeVisible();
  await refreshed;
  await expect(line).toBeVisible();
  await expect(site.field('bio')).toHaveValue('Typed in a bad moment');

  await page.unrouteAll();
  await expect(line, 'the next refresh is answered').toBeHidden({ timeout: 10_000 });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
});

test('a plain post without network says so and stays on the page', async ({
  context,
  page,
  memberSite: site,
  words,
  troubles,
}) => {
  troubles.expect(/^net::ERR_INTERNET_DISCONNECTED GET \/health\/live$/);
  troubles.allow(/^net::ERR_INTERNET_DISCONNECTED POST \/auth\/refresh$/);
  await context.setOffline(true);
  await site.header.getByRole('button', { name: words('nav.log_out'), exact: true }).click();
  const line = page.getByText(words('problems.offline'));
  await expect(line).toBeVisible();
  await expect(page).toHaveURL('/profile');
  await context.setOffline(false);
  await expect(line).toBeHidden({ timeout: 15_000 });
  await site.logOut();
});

test('a browser that wrongly reports being offline posts forms and logs out without an offline line', async ({
  page,
  memberSite: site,
  words,
}) => {
  await pretendOffline(page);
  await site.fill({ bio: 'Typed behind a VPN' });
  const posted = page.waitForRequest('**/api/update_profile');
  await site.button('profile.submit').click();
  await posted;
  await expect(page.getByText(words('problems.offline'))).toBeHidden();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await site.ready();
  await pretendOffline(page);
  await site.logOut();
});

test('with an expired access token a form pressed twice is posted once after one refresh', async ({
  context,
  page,
  memberSite: site,
  words,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/);
  await loseAccess(context, page);
  const requests = requestsOf(page);
  await site.fill({ bio: 'Typed for a long time' });
  await site.button('profile.submit').dblclick();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.field('bio')).toHaveValue('Typed for a long time');
  const posts = ['POST /api/update_profile', 'POST /auth/refresh', 'POST /api/update_profile'];
  expect(requests).toEqual([...posts, 'GET /profile']);
});
