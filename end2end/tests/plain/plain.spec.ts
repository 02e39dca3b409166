// Tests only for browsers without scripts.
import { loseAccess } from '../../support/cookies.ts';
import { expect, test } from '../../support/test.ts';

test('with an expired access token a form post succeeds and loses no input', async ({
  context,
  page,
  site,
  words,
  signedIn,
}) => {
  await site.visit('/profile');
  await loseAccess(context, page);
  await site.fill({ bio: `Typed slowly by ${signedIn.name}` });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.field('bio')).toHaveValue(`Typed slowly by ${signedIn.name}`);
  expect((await context.cookies()).map((it) => it.name)).toContain('__Host-Http-access');
});

test('a form of an ended session leads to the log-in page, which says why, and back', async ({
  context,
  site,
  words,
  program,
  signedIn,
}) => {
  await site.visit('/profile');
  await program.endSessionOf(context);
  await site.button('profile.submit').click();
  await site.isAt('/login?next=%2Fprofile', 'login.heading');
  await expect(site.notice).toHaveText(words('ends.logout'));
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
});

test('nothing that needs scripts is shown', async ({ page, site }) => {
  await site.visit('/login');
  await expect(page.locator('.peek')).toBeHidden();
});
