// Members with scripts off: nothing keeps their tokens fresh but the server itself, in the answer.
import { accessHasExpired, expect, REFRESH, test } from '../../support/lifetimes.ts';

test.use({ javaScriptEnabled: false });

test('with an expired access token a form post goes through, once, and nothing typed is lost', async ({
  context,
  site,
  words,
  wire,
  signedIn,
}) => {
  await site.visit('/profile');
  await site.fill({ bio: `Typed slowly by ${signedIn.name}` });
  await accessHasExpired(context);
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.field('bio')).toHaveValue(`Typed slowly by ${signedIn.name}`);

  const posts = wire.answered('POST /api/update_profile');
  expect(posts.map((it) => it.status)).toEqual([303]);
  expect(posts[0]!.cookies, 'both tokens are new').toEqual(
    expect.arrayContaining(['__Host-Http-access', '__Host-Http-refresh']),
  );
  expect(wire.answered(REFRESH)).toEqual([]);
});

test('a session is kept by its pages alone, over access lifetimes, and without a redirect', async ({
  context,
  site,
  wire,
  signedIn,
}) => {
  for (let lifetime = 1; lifetime <= 2; lifetime += 1) {
    await accessHasExpired(context);
    await site.headerLink('nav.profile').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
  }
  expect(wire.answered('GET /profile').map((it) => it.status)).toEqual([200, 200]);
  expect(wire.answered(REFRESH)).toEqual([]);
});
