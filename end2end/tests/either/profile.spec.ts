import { expect, test } from '../../support/test.ts';

test.use({ startsAt: '/profile' });

test('a saved profile is shown on every later page', async ({ site, words, signedIn }) => {
  await site.fill({ display_name: 'Somebody new' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await site.ready();
  await site.header.getByRole('link', { name: words('site.home') }).click();
  await site.greets({ ...signedIn, name: 'Somebody new' });
  await site.headerLink('nav.profile').click();
  await expect(site.field('display_name')).toHaveValue('Somebody new');
});

test('the hint of the bio says that there is none until one is saved', async ({
  page,
  site,
  words,
  signedIn,
}) => {
  const hint = page.locator('#bio-hint');
  await expect(hint).toContainText(words('profile.bio_empty'));
  await site.fill({ bio: `Something about ${signedIn.name}` });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(hint).not.toContainText(words('profile.bio_empty'));
});

test('a too long profile says so beside the field and keeps the input', async ({
  site,
  signedIn,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/update_profile$/);
  const bio = `${signedIn.name} `.repeat(80);
  await site.fill({ display_name: '', bio });
  await site.button('profile.submit').click();
  await site.hasProblem('display_name', 'fields.display_name.required');
  await site.hasProblem('bio', 'fields.bio.too_long', { max: 500 });
  await expect(site.field('bio')).toHaveValue(bio);
  await expect(site.field('display_name')).toBeFocused();
});
