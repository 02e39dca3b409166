import { somebody } from '../support/member.ts';
import { codeIn } from '../support/mailbox.ts';
import { expect, test } from '../support/test.ts';
import { otherThan, wordsIn } from '../support/words.ts';

test('a member signs up, edits the profile, logs out, comes back and changes the language', async ({
  page,
  site,
  words,
  language,
  mailbox,
}) => {
  const person = somebody();

  await test.step('sign up', async () => {
    await site.visit('/');
    await expect(page.locator('html')).toHaveAttribute('lang', language);
    await site.headerLink('nav.sign_up').click();
    await site.isAt('/signup', 'signup.heading');
    await site.signUp(person);
  });

  await test.step('confirm with the code from the mail', async () => {
    await site.isAt('/signup/confirm', 'confirm.heading');
    await expect(site.main).toContainText(person.email);
    const mail = await mailbox.newestTo(person.email);
    expect(mail.subject).toBe(words('mails.confirm.subject', { code: codeIn(mail) }));
    await site.fill({ code: codeIn(mail) });
    await site.button('confirm.submit').click();
    await site.greets(person);
    await expect(site.notice).toHaveText(words('notices.confirmed'));
  });

  await test.step('edit the profile', async () => {
    await site.headerLink('nav.profile').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(person.email);
    await expect(site.field('display_name')).toHaveValue(person.name);
    person.name = '花 <b>Hana</b> & Co.';
    await site.fill({ display_name: person.name, bio: 'Two lines,\none door. 玄関' });
    await site.button('profile.submit').click();
    await expect(site.notice).toHaveText(words('notices.saved'));
    await expect(site.notice).toBeInViewport();
  });

  await test.step('log out', async () => {
    await site.logOut();
    await expect(page).toHaveURL('/');
    await expect(site.heading).toContainText(words('home.heading'));
    await expect(site.headerLink('nav.log_in')).toBeVisible();
  });

  await test.step('log in where the profile asks for it', async () => {
    await site.visit('/profile');
    await site.isAt('/login?next=%2Fprofile', 'login.heading');
    await site.logIn(person);
    await site.isAt('/profile', 'profile.heading');
    await expect(site.field('display_name')).toHaveValue(person.name);
    await expect(site.field('bio')).toHaveValue('Two lines,\none door. 玄関');
  });

  await test.step('change the language of this browser', async () => {
    const other = wordsIn(otherThan(language));
    await site.footer.getByRole('button', { name: words(`language.${otherThan(language)}`) }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', otherThan(language));
    await expect(site.heading).toHaveText(other('profile.heading'));
    await page.goto('/');
    await expect(site.heading).toHaveText(other('welcome.heading', { name: person.name }));
  });
});
