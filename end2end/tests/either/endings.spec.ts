// A session that ended elsewhere: the page says so, and input is neither lost nor shown to others.
import { isLedToLogIn } from '../../support/login.ts';
import { expect, test } from '../../support/test.ts';

test.use({ startsAt: '/profile' });

test('after the session has ended, the log-in page says why and leads back to the input, even after a wrong password', async ({
  context,
  page,
  site,
  words,
  program,
  signedIn,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^401 POST \/api\/update_profile$/, /^401 POST \/api\/login$/);
  await site.fill({ display_name: 'Another name', bio: 'Typed at length' });
  await program.endSessionOf(context);
  await site.button('profile.submit').click();
  await isLedToLogIn(site, 'ends.logout');
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
  await site.logIn({ ...signedIn, password: 'not the password at all' });
  await expect(site.alert).toHaveText(words('problems.bad_credentials'));
  await site.ready();

  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('display_name')).toHaveValue('Another name');
  await expect(site.field('bio')).toHaveValue('Typed at length');
  await page.goto('/');
  await expect(site.heading, 'it was kept, and not carried out').not.toContainText('Another name');
});

test('the input of an ended session is not shown to another member who logs in', async ({
  context,
  page,
  site,
  another,
  program,
  signedIn,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^401 POST \/api\/update_profile$/);
  await site.fill({ bio: 'Between the two of us' });
  await program.endSessionOf(context);
  await site.button('profile.submit').click();
  await isLedToLogIn(site, 'ends.logout');

  await site.logIn(another);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('display_name')).toHaveValue('Ken');
  await expect(site.field('bio')).toHaveValue('');
  expect(await page.content()).not.toContain('Between the two of us');
  expect(await page.content()).not.toContain(signedIn.email);
});
