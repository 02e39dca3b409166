// A page that was rendered before a deployment, and the server after it.
import type { Page } from '@playwright/test';

import { Site } from '../../support/site.ts';
import { expect, test } from '../../support/test.ts';

/** From now on every response comes from another version, as far as the page can tell. */
async function deploy(page: Page): Promise<void> {
  await page.route(/\/(api|auth)\//, async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ response, headers: { ...response.headers(), 'genkan-version': 'another' } });
  });
}

test.describe('with a member', () => {
  test.use({ startsAt: '/profile' });

  test('a form that another version refuses stays, with its input and a line', async ({
    page,
    memberSite: site,
    words,
    troubles,
  }) => {
    troubles.expect(/^422 POST \/api\/update_profile$/);
    await deploy(page);
    const line = page.getByText(words('problems.outdated'));
    await site.fill({ display_name: '', bio: 'Typed before the deployment' });
    await expect(line).toBeHidden();
    await site.button('profile.submit').click();
    await expect(line).toBeVisible();
    await site.hasProblem('display_name', 'fields.display_name.required');
    await expect(site.field('bio')).toHaveValue('Typed before the deployment');

    await site.fill({ display_name: 'Hana' });
    await site.button('profile.submit').click();
    await expect(site.notice).toHaveText(words('notices.saved'));
    await expect(line, 'the new version has rendered the page').toBeHidden();
  });
});

test('a page whose files are gone is plain HTML that works', async ({ page, words, member, troubles }) => {
  troubles.expect(/^404 GET \/pkg\//);
  await page.route(/\/pkg\//, (route) => route.fulfill({ status: 404 }));
  const site = new Site(page, words, false);
  await site.visit('/login');
  await site.logIn(member);
  await site.greets(member);
});
