import { resetLinkIn } from '../../support/mailbox.ts';
import { expect, test } from '../../support/test.ts';
import { wordsIn } from '../../support/words.ts';

const newPassword = 'seven carps in the pond';

test('a forgotten password is reset by a link, and only the new one logs in', async ({
  page,
  site,
  words,
  mailbox,
  program,
  member,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^401 POST \/api\/login$/);
  const { email, password } = member;
  await site.visit('/login');
  await site.logIn({ ...member, password: 'not the right one' });
  await expect(site.alert).toHaveText(words('problems.bad_credentials'));
  await site.ready();
  await site.link('login.forgot').click();

  await site.isAt('/forgot', 'forgot.heading');
  await site.fill({ email });
  await site.button('forgot.submit').click();
  await site.isAt('/forgot?sent', 'forgot.sent_heading');
  await expect(site.main).toContainText(words('forgot.sent', { minutes: 30 }));
  const mail = await mailbox.newestTo(email, 2);
  expect(mail.subject).toBe(words('mails.password_reset.subject'));

  await page.goto(resetLinkIn(mail));
  await expect(site.heading).toHaveText(words('reset.heading'));
  await expect(site.main).toContainText(email);
  await site.ready();
  await site.fill({ password: newPassword });
  await site.button('reset.submit').click();
  await site.greets(member);
  await expect(site.notice).toHaveText(words('notices.password_changed'));
  expect((await program.post('login', { email, password })).status()).toBe(401);
  expect((await program.post('login', { email, password: newPassword })).status()).toBe(200);
  const told = await mailbox.newestTo(email, 3);
  expect(told.subject).toBe(words('mails.password_changed.subject'));
});

test('a too short password is reported beside its field, and the link still works', async ({
  page,
  site,
  mailbox,
  program,
  member,
  troubles,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled !== false) troubles.expect(/^422 POST \/api\/reset_password$/);
  await program.post('request_password_reset', { email: member.email });
  const link = resetLinkIn(await mailbox.newestTo(member.email, 2));
  await page.goto(link);
  await site.ready();
  await site.fill({ password: 'too short' });
  await site.button('reset.submit').click();
  await site.hasProblem('password', 'fields.password.too_short', { count: 15 });
  await expect(page).toHaveURL(link);
  await expect(site.field('password')).toHaveValue('');
  await expect(site.field('password')).toBeFocused();
  await site.ready();
  await site.fill({ password: newPassword });
  await site.button('reset.submit').click();
  await site.greets(member);
});

test('a used link says so and leads to the page that mails another one', async ({
  page,
  site,
  words,
  mailbox,
  program,
  member,
}) => {
  await program.post('request_password_reset', { email: member.email });
  const link = resetLinkIn(await mailbox.newestTo(member.email, 2));
  const token = new URL(link).searchParams.get('token')!;
  expect((await program.post('reset_password', { token, password: newPassword })).status()).toBe(200);
  await page.goto(link);
  await expect(site.heading).toHaveText(words('reset.expired_heading'));
  await site.ready();
  await site.link('reset.again').click();
  await site.isAt('/forgot', 'forgot.heading');
});

test('a link that was used while its page was open says so and leads to the page that mails another one', async ({
  page,
  site,
  words,
  mailbox,
  program,
  member,
  troubles,
  javaScriptEnabled,
}) => {
  const hasScripts = javaScriptEnabled !== false;
  if (hasScripts) troubles.expect(/^422 POST \/api\/reset_password$/);
  await program.post('request_password_reset', { email: member.email });
  const link = resetLinkIn(await mailbox.newestTo(member.email, 2));
  await page.goto(link);
  await site.ready();
  const token = new URL(link).searchParams.get('token')!;
  expect((await program.post('reset_password', { token, password: newPassword })).status()).toBe(200);
  await site.fill({ password: newPassword });
  await site.button('reset.submit').click();
  const says = hasScripts ? site.alert : site.heading;
  await expect(says).toHaveText(words(hasScripts ? 'fields.token_expired' : 'reset.expired_heading'));
  if (hasScripts) await expect(site.field('password')).toBeFocused();
  await site.link('reset.again').click();
  await site.isAt('/forgot', 'forgot.heading');
});

test('the page of a link can be shown in the other language and still works', async ({
  page,
  site,
  words,
  mailbox,
  program,
  member,
}) => {
  await program.post('request_password_reset', { email: member.email });
  const link = resetLinkIn(await mailbox.newestTo(member.email, 2));
  await page.goto(link);
  await site.ready();
  await site.footer.getByRole('button', { name: words('language.ja') }).click();
  await expect(site.heading).toHaveText(wordsIn('ja')('reset.heading'));
  await expect(page).toHaveURL(link);
  await site.ready();
  await site.fill({ password: newPassword });
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/');
});

test('the change of password leads to the reset for a forgotten password', async ({ memberSite: site }) => {
  await site.visit('/settings/security');
  await site.link('security.forgot').click();
  await site.isAt('/forgot', 'forgot.heading');
});
