import { somebody } from '../../support/member.ts';
import { expect, test } from '../../support/test.ts';

test.describe('the sign-up form', () => {
  test.beforeEach(({ troubles, javaScriptEnabled }) => {
    if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/signup$/);
  });

  test('an empty form says beside each field what is missing, and the first has the focus', async ({ site }) => {
    await site.visit('/signup');
    await site.button('signup.submit').click();
    await site.hasProblem('email', 'fields.email.required');
    await site.hasProblem('display_name', 'fields.display_name.required');
    await site.hasProblem('password', 'fields.password.required');
    await expect(site.field('email')).toBeFocused();
  });

  test('invalid fields are named, and the input stays except the password', async ({ site }) => {
    await site.visit('/signup');
    await site.fill({ email: 'hana at example', display_name: 'Hana "花"', password: 'too short' });
    await site.button('signup.submit').click();
    await site.hasProblem('email', 'fields.email.invalid');
    await site.hasProblem('password', 'fields.password.too_short', { count: 15 });
    await expect(site.problem('display_name')).toBeHidden();
    await expect(site.field('email')).toHaveValue('hana at example');
    await expect(site.field('display_name')).toHaveValue('Hana "花"');
    await expect(site.field('password')).toHaveValue('');
    await expect(site.field('email')).toBeFocused();
  });

  test('the focus goes to the first invalid field', async ({ site }) => {
    const person = somebody();
    await site.visit('/signup');
    await site.fill({ email: person.email, display_name: 'あ'.repeat(51), password: person.password });
    await site.button('signup.submit').click();
    await site.hasProblem('display_name', 'fields.display_name.too_long', { max: 50 });
    await expect(site.problem('email')).toBeHidden();
    await expect(site.field('display_name')).toBeFocused();
  });

  test('a corrected form succeeds, and its problems disappear', async ({ site }) => {
    const person = somebody();
    await site.visit('/signup');
    await site.button('signup.submit').click();
    await site.hasProblem('email', 'fields.email.required');
    await site.ready();
    await site.signUp(person);
    await site.isAt('/signup/confirm', 'confirm.heading');
  });
});

test.describe('the log-in form', () => {
  test.beforeEach(({ troubles, javaScriptEnabled }) => {
    if (javaScriptEnabled !== false) troubles.expect(/^401 POST \/api\/login$/);
  });

  for (const [what, change] of Object.entries({
    'a wrong password': { password: 'not the password at all' },
    'an unknown address': { email: somebody().email },
  })) {
    test(`${what} gets the sentence that does not say which was wrong`, async ({ site, words, member }) => {
      const typed = { ...member, ...change };
      await site.visit('/login');
      await site.field('remember').check();
      await site.logIn(typed);
      await expect(site.alert).toHaveText(words('problems.bad_credentials'));
      await expect(site.field('email')).toHaveValue(typed.email);
      await expect(site.field('remember')).toBeChecked();
      await expect(site.field('password')).toHaveValue('');
      await expect(site.field('password')).toBeFocused();
    });
  }

  test('after a wrong password the right one still leads to the requested page', async ({
    site,
    words,
    member,
  }) => {
    await site.visit('/profile');
    await site.logIn({ ...member, password: 'not the password at all' });
    await expect(site.alert).toHaveText(words('problems.bad_credentials'));
    await site.ready();
    await site.logIn(member);
    await site.isAt('/profile', 'profile.heading');
  });
});
