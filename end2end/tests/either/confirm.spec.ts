import { codeIn, linkIn } from '../../support/mailbox.ts';
import { somebody } from '../../support/member.ts';
import { expect, test } from '../../support/test.ts';

test('a wrong code is refused beside the field, and the right one still works', async ({
  site,
  mailbox,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/confirm_email$/);
  const person = somebody();
  await site.visit('/signup');
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  const code = codeIn(await mailbox.newestTo(person.email));

  await site.fill({ code: code.replace(/^./, (digit) => String((Number(digit) + 1) % 10)) });
  await site.button('confirm.submit').click();
  await site.hasProblem('code', 'fields.code.wrong');
  await expect(site.field('code')).toBeFocused();
  await site.ready();

  await site.fill({ code });
  await site.button('confirm.submit').click();
  await site.greets(person);
});

test('a new code is mailed and replaces the old one', async ({
  site,
  words,
  mailbox,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/confirm_email$/);
  const person = somebody();
  await site.visit('/signup');
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  const first = await mailbox.newestTo(person.email);

  await site.button('confirm.resend').click();
  await expect(site.notice).toHaveText(words('notices.code_sent'));
  const second = await mailbox.newestTo(person.email, 2);
  expect(codeIn(second)).not.toBe(codeIn(first));
  await site.ready();

  await site.fill({ code: codeIn(first) });
  await site.button('confirm.submit').click();
  await site.hasProblem('code', 'fields.code.wrong');
  await site.ready();
  await site.fill({ code: codeIn(second) });
  await site.button('confirm.submit').click();
  await site.greets(person);
});

test('opening the link of the mail confirms nothing; its button signs in the browser that signed up', async ({
  page,
  site,
  mailbox,
  program,
}) => {
  const person = somebody();
  const { email, password } = person;
  await site.visit('/signup');
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  const link = linkIn(await mailbox.newestTo(email));

  await page.goto(link);
  await expect(site.button('confirm.link_submit')).toBeVisible();
  await expect(site.main).toContainText(email);
  expect((await program.post('login', { email, password })).status(), 'before the button').toBe(401);
  await site.ready();
  await site.button('confirm.link_submit').click();
  await site.greets(person);
});

test('the link of the mail in another browser asks for the password and leads to the log-in page', async ({
  page,
  site,
  words,
  mailbox,
  program,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/confirm_email$/);
  const person = somebody();
  const { email, name, password } = person;
  await program.post('signup', { email, display_name: name, password });
  const link = linkIn(await mailbox.newestTo(email));
  await page.goto(link);
  await expect(site.main).toContainText(words('confirm.link_elsewhere'));
  await site.ready();

  await site.fill({ password: 'another tree by the gate' });
  await site.button('confirm.link_submit').click();
  await site.hasProblem('password', 'fields.password.wrong');
  await expect(site.main).toContainText(email);
  expect((await program.post('login', { email, password })).status(), 'before the right one').toBe(401);
  await site.ready();

  await site.fill({ password });
  await site.button('confirm.link_submit').click();
  await site.isAt('/login', 'login.heading');
  await expect(site.notice).toHaveText(words('notices.confirmed_log_in'));
  await site.logIn(person);
  await site.greets(person);

  await page.goto(link);
  await expect(site.heading).toHaveText(words('confirm.confirmed_heading'));
});

test('an invalid link says so and leads back to the sign-up page', async ({ site }) => {
  await site.visit('/signup/confirm?link=nonsense');
  await site.isAt('/signup/confirm?link=nonsense', 'confirm.expired_heading');
  await site.link('confirm.start_over').click();
  await site.isAt('/signup', 'signup.heading');
});

test('signing up with the address of a member looks the same, and the member gets a mail that says so', async ({
  site,
  words,
  mailbox,
  member,
}) => {
  await site.visit('/signup');
  await site.signUp({ ...somebody(), email: member.email });
  await site.isAt('/signup/confirm', 'confirm.heading');
  await expect(site.main).toContainText(member.email);
  const mail = await mailbox.newestTo(member.email, 2);
  expect(mail.subject).toBe(words('mails.already_member.subject'));
});
