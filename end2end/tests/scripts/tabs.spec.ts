// Tabs follow each other's log-ins and log-outs.
import { expect, test } from '../../support/test.ts';

test('every tab follows a log-out and the log-in of another member', async ({
  site,
  openTab,
  words,
  another,
  signedIn,
}) => {
  const [home, profile] = [await openTab('/'), await openTab('/profile')];
  await profile.fill({ bio: 'Typed before the log-out' });

  await site.logOut();
  await expect(home.headerLink('nav.log_in')).toBeVisible();
  await expect(home.page.getByText(signedIn.name)).toHaveCount(0);
  await profile.isAt('/login?next=%2Fprofile', 'login.heading');
  await expect(profile.notice).toHaveText(words('ends.logout'));
  await expect(profile.page.getByText(signedIn.email)).toHaveCount(0);
  await home.ready();

  await site.visit('/login');
  await site.logIn(another);
  await site.greets(another);
  await home.greets(another);
  await profile.isAt('/profile', 'profile.heading');
  await expect(profile.field('display_name')).toHaveValue('Ken');
  await expect(profile.field('bio'), 'what another member typed').toHaveValue('');
});
