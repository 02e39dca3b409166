import { chromium } from '../../support/chromium.ts';
import { expect, test } from '../../support/test.ts';

// Playwright switches the back/forward cache off; people have it.
test.use({ launchOptions: { ...chromium, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

test('going back after log-out shows nothing of the member, with the back/forward cache either', async ({
  page,
  site,
  signedIn,
}) => {
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
  await site.logOut();
  await page.goBack();
  await expect(page).toHaveURL('/login?next=%2Fprofile');
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
});
