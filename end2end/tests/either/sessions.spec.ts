// Ended sessions, in the browser that ends one and in the browser whose session ends.
import { Site } from '../../support/site.ts';
import { expect, noteHydration, test as base } from '../../support/test.ts';

interface Fixtures {
  /** A second browser with the member signed in, at `/`. */
  elsewhere: Site;
}

const test = base.extend<Fixtures>({
  elsewhere: async ({ browser, baseURL, locale, javaScriptEnabled, words, member }, use) => {
    const context = await browser.newContext({ baseURL, locale, javaScriptEnabled });
    await context.addInitScript(noteHydration);
    const elsewhere = new Site(await context.newPage(), words, javaScriptEnabled ?? true);
    await elsewhere.visit('/login');
    await elsewhere.logIn(member);
    await elsewhere.greets(member);
    await use(elsewhere);
    await context.close();
  },
});

/** The next action in this browser leads to the log-in page, which says why. */
async function isSentToLogIn(site: Site, reason: string): Promise<void> {
  await site.headerLink('nav.profile').click();
  await site.isAt('/login?next=%2Fprofile', 'login.heading');
  await expect(site.notice).toHaveText(site.words(reason));
}

test('a session ended from another browser leads to the log-in page on the next step', async ({
  site,
  words,
  signedIn,
  elsewhere,
}) => {
  await site.main.getByRole('link', { name: words('welcome.sessions') }).click();
  await site.isAt('/settings/sessions', 'sessions.heading');
  const others = site.main.getByRole('region', { name: words('sessions.elsewhere') });
  // The browser in which the member signed up, and the second browser, which was used last.
  await expect(others.getByRole('listitem')).toHaveCount(2);
  const last = others.getByRole('listitem').first();
  await expect(last).toContainText(words('sessions.device', { browser: 'Chrome', system: 'Linux' }));
  await last.getByRole('button', { name: words('sessions.end') }).click();
  await expect(site.notice).toHaveText(words('notices.session_ended'));
  await expect(others.getByRole('listitem')).toHaveCount(1);

  await isSentToLogIn(elsewhere, 'ends.revoked');
  await elsewhere.logIn(signedIn);
  await elsewhere.isAt('/profile', 'profile.heading');
});

test('one press ends all other sessions, and the page says that none is left', async ({
  memberSite: site,
  words,
  elsewhere,
}) => {
  await site.visit('/settings/sessions');
  await site.button('sessions.end_others').click();
  await expect(site.notice).toHaveText(words('notices.others_ended'));
  await expect(site.main).toContainText(words('sessions.none_elsewhere'));
  await expect(site.button('sessions.end_others')).toHaveCount(0);
  await isSentToLogIn(elsewhere, 'ends.revoked');
});

test('a log-out everywhere ends this browser’s session and every other', async ({
  page,
  memberSite: site,
  words,
  elsewhere,
}) => {
  await site.visit('/settings/sessions');
  await site.button('sessions.everywhere').click();
  await expect(page).toHaveURL('/');
  await expect(site.notice).toHaveText(words('notices.logged_out_everywhere'));
  await expect(site.headerLink('nav.log_in')).toBeVisible();
  await isSentToLogIn(elsewhere, 'ends.revoked');
});

test('ending a session that is already over says so', async ({ page, memberSite: site, words, elsewhere }) => {
  await site.visit('/settings/sessions');
  await page.evaluate(() => {
    document.querySelector<HTMLInputElement>('[name="session_id"]')!.value = 'no such session';
  });
  await site.button('sessions.end').first().click();
  await expect(site.alert).toHaveText(words('sessions.not_found'));
  await elsewhere.headerLink('nav.profile').click();
  await elsewhere.isAt('/profile', 'profile.heading');
});

test('after a change of password this browser stays signed in, and the others have to log in', async ({
  site,
  words,
  signedIn,
  elsewhere,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/change_password$/);
  await site.visit('/settings/security');
  await site.isAt('/settings/security', 'security.heading');
  await site.fill({ current_password: 'not the password at all', new_password: 'a pond behind the house' });
  await site.button('security.submit').click();
  await site.hasProblem('current_password', 'fields.password.wrong');
  await expect(site.field('current_password')).toBeFocused();
  await expect(site.field('new_password')).toHaveValue('');
  await site.ready();

  await site.fill({ current_password: signedIn.password, new_password: 'a pond behind the house' });
  await site.button('security.submit').click();
  await expect(site.notice).toHaveText(words('notices.password_changed'));
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');

  await isSentToLogIn(elsewhere, 'ends.password_changed');
  await elsewhere.logIn({ ...signedIn, password: 'a pond behind the house' });
  await elsewhere.isAt('/profile', 'profile.heading');
});

test('an account is deleted only with its password, and every browser is told', async ({
  page,
  site,
  words,
  signedIn,
  elsewhere,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/delete_account$/);
  await site.visit('/settings/account');
  await site.fill({ password: 'not the password at all' });
  await site.button('account.submit').click();
  await site.hasProblem('password', 'fields.password.wrong');
  await site.ready();

  await site.fill({ password: signedIn.password });
  await site.button('account.submit').click();
  await expect(page).toHaveURL('/');
  await expect(site.notice).toHaveText(words('notices.account_deleted'));
  await isSentToLogIn(elsewhere, 'ends.deleted');
});
