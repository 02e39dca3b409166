// Scripts that arrive late or never: until then the browser posts forms.
import { codeIn } from '../../support/mailbox.ts';
import { somebody } from '../../support/member.ts';
import { holdBack, postsIn, requestsOf } from '../../support/requests.ts';
import { Site } from '../../support/site.ts';
import { expect, test } from '../../support/test.ts';

const WASM = /\.wasm$/;

test('with the WASM blocked every form posts plainly, once', async ({ page, words, mailbox, troubles }) => {
  troubles.expect(/^net::ERR_FAILED GET \/pkg\/genkan\..*\.wasm$/);
  await page.route(WASM, (route) => route.abort());
  const site = new Site(page, words, false);
  const requests = requestsOf(page);
  const person = somebody();
  await site.visit('/signup');
  await site.button('signup.submit').click();
  await site.hasProblem('email', 'fields.email.required');
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  await site.fill({ code: codeIn(await mailbox.newestTo(person.email)) });
  await site.button('confirm.submit').click();
  await site.greets(person);
  await site.visit('/profile');
  await site.fill({ bio: 'By hand' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.field('bio')).toHaveValue('By hand');
  await site.visit('/settings/security');
  await site.fill({ current_password: person.password, new_password: 'a pond behind the house' });
  await site.button('security.submit').click();
  await expect(site.notice).toHaveText(words('notices.password_changed'));
  await site.logOut();
  await site.visit('/login');
  await site.logIn({ ...person, password: 'a pond behind the house' });
  await site.greets(person);
  expect(postsIn(requests)).toEqual(
    ['signup', 'signup', 'confirm_email', 'update_profile', 'change_password', 'logout', 'login'].map(
      (it) => `POST /api/${it}`,
    ),
  );
});

test('input typed before the scripts arrive is kept, and so is the focus', async ({ page, site }) => {
  const wasm = await holdBack(page, WASM);
  await page.goto('/signup');
  const person = somebody();
  await site.fill({ email: person.email, password: person.password });
  await site.field('display_name').pressSequentially(person.name);
  await page.keyboard.press('ArrowLeft');
  const caret = () => site.field('display_name').evaluate((it: HTMLInputElement) => it.selectionStart);
  const before = await caret();
  wasm.letGo();
  await site.ready();
  await expect(site.field('email')).toHaveValue(person.email);
  await expect(site.field('password')).toHaveValue(person.password);
  await expect(site.field('display_name')).toHaveValue(person.name);
  await expect(site.field('display_name')).toBeFocused();
  expect(await caret()).toBe(before);
  const requests = requestsOf(page);
  await site.button('signup.submit').click();
  await site.isAt('/signup/confirm', 'confirm.heading');
  expect(postsIn(requests)).toEqual(['POST /api/signup']);
});

test('a form submitted before the scripts arrive is posted once', async ({ page, site, member }) => {
  const wasm = await holdBack(page, WASM);
  await page.goto('/login', { waitUntil: 'commit' });
  const requests = requestsOf(page);
  await site.logIn(member);
  await expect(page).toHaveURL('/');
  wasm.letGo();
  await site.greets(member);
  expect(postsIn(requests)).toEqual(['POST /api/login']);
});
