import { expect, test } from '../../support/test.ts';

test.use({ startsAt: '/profile' });

test('what was saved is shown on every page after it', async ({ site, words, signedIn }) => {
  await site.fill({ display_name: 'Somebody new' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await site.ready();
  await site.header.getByRole('link', { name: words('site.home') }).click();
  await site.greets({ ...signedIn, name: 'Somebody new' });
  await site.headerLink('nav.profile').click();
  await expect(site.field('display_name')).toHaveValue('Somebody new');
});

test('the hint of the text about a member says that there is none, until one is saved', async ({
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

test('a profile that is too long says so beside the field and keeps what was typed', async ({
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
