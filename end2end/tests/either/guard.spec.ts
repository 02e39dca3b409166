import { expect, test } from '../../support/test.ts';

test('a members page leads through the log-in page and back', async ({ site, member }) => {
  await site.visit('/profile?from=here%26there');
  await site.isAt('/login?next=%2Fprofile%3Ffrom%3Dhere%2526there', 'login.heading');
  await site.logIn(member);
  await site.isAt('/profile?from=here%26there', 'profile.heading');
});

test('a log-in never continues on another site', async ({ site, member }) => {
  await site.visit('/login?next=https%3A%2F%2Fexample.com%2Fprofile');
  await site.logIn(member);
  await site.greets(member);
});

test('a member is redirected away from the log-in and sign-up pages', async ({ site, signedIn }) => {
  await site.visit('/login');
  await site.greets(signedIn);
  await site.visit('/signup');
  await site.greets(signedIn);
  await site.visit('/login?next=%2Fprofile');
  await site.isAt('/profile', 'profile.heading');
});

test('a missing page says so with its status and leads back', async ({ page, site, words, troubles }) => {
  troubles.expect(/^404 GET \/nowhere$/);
  const response = await site.visit('/nowhere');
  expect(response?.status()).toBe(404);
  await site.isAt('/nowhere', 'problems.not_found');
  await expect(page).toHaveTitle(new RegExp(words('problems.not_found')));
  await site.link('problems.back_home').click();
  await expect(page).toHaveURL('/');
  await expect(site.heading).toContainText(words('home.heading'));
});

test('going back after log-out shows nothing of the member', async ({ page, site, signedIn }) => {
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
  await site.logOut();
  await page.goBack();
  await expect(page).toHaveURL('/login?next=%2Fprofile');
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
  expect(await page.content()).not.toContain(signedIn.email);
});
