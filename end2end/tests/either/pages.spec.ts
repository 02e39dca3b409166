import { expect, test } from '../../support/test.ts';

test('the header marks the current page, and Back and Forward move through the pages', async ({
  page,
  site,
  words,
}) => {
  await site.visit('/');
  await site.headerLink('nav.sign_up').click();
  await site.isAt('/signup', 'signup.heading');
  await expect(page).toHaveTitle(new RegExp(`^${words('signup.title')} `));
  await expect(site.headerLink('nav.sign_up')).toHaveAttribute('aria-current', 'page');
  await site.link('signup.log_in').click();
  await site.isAt('/login', 'login.heading');
  await expect(site.headerLink('nav.sign_up')).not.toHaveAttribute('aria-current');
  await page.goBack();
  await site.isAt('/signup', 'signup.heading');
  await page.goForward();
  await site.isAt('/login', 'login.heading');
});

test('the settings navigation marks the current page', async ({ memberSite: site, words }) => {
  await site.visit('/profile');
  for (const name of ['security', 'sessions', 'account']) {
    await site.main.getByRole('navigation').getByRole('link', { name: words(`settings.${name}`) }).click();
    await site.isAt(`/settings/${name}`, `${name}.heading`);
    const current = site.main.getByRole('navigation').locator('[aria-current="page"]');
    await expect(current).toHaveText(words(`settings.${name}`));
  }
});
