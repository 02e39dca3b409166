// Pages whose body the server alone renders, within the hydrated app.
import { requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

test('going back to such a page within the app loads it', async ({ page, site, words, signedIn }) => {
  expect(signedIn).toBeDefined();
  await site.visit('/settings/sessions');
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  await page.goBack();
  await site.isAt('/settings/sessions', 'sessions.heading');
  await expect(site.main).toContainText(words('sessions.here'));
  await page.goForward();
  await site.isAt('/profile', 'profile.heading');
});

test('such a page keeps its title and asks for nothing more once it is hydrated', async ({
  page,
  site,
  words,
  signedIn,
}) => {
  expect(signedIn).toBeDefined();
  const requests = requestsOf(page);
  await site.visit('/settings/sessions');
  await expect(page).toHaveTitle(new RegExp(`^${words('sessions.title')} `));
  await expect(site.main).toContainText(words('sessions.here'));
  expect(requests).toEqual(['GET /settings/sessions']);
});

test('the ways between the pages about a member mark the one that is shown', async ({ site, words, signedIn }) => {
  expect(signedIn).toBeDefined();
  await site.visit('/profile');
  for (const [path, name] of [
    ['/settings/security', 'security'],
    ['/settings/sessions', 'sessions'],
    ['/settings/account', 'account'],
  ] as const) {
    await site.main.getByRole('navigation').getByRole('link', { name: words(`settings.${name}`) }).click();
    await site.isAt(path, `${name}.heading`);
    const current = site.main.getByRole('navigation').locator('[aria-current="page"]');
    await expect(current).toHaveText(words(`settings.${name}`));
  }
});
