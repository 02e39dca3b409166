// Every page and main state of the site, for the tests of its look.
import { linkIn, resetLinkIn, type Mailbox } from './mailbox.ts';
import { somebody, type Person } from './member.ts';
import type { Site } from './site.ts';
import type { Troubles } from './troubles.ts';
import { expect } from './test.ts';

interface Tools {
  site: Site;
  mailbox: Mailbox;
  troubles: Troubles;
}

/** Goes through every state that a visitor can see, and calls `look` at each. */
export async function eachStateOfAVisitor({ site, mailbox, troubles }: Tools, look: (state: string) => Promise<void>) {
  troubles.expect(/^422 POST \/api\/signup$/, /^422 POST \/api\/confirm_email$/, /^401 POST \/api\/login$/);
  troubles.expect(/^404 GET \/nowhere$/, /^405 GET \/auth\/refresh$/, /^422 POST \/api\/request_password_reset$/);

  await site.visit('/');
  await look('home');

  await site.visit('/signup');
  await look('signup');
  await site.button('signup.submit').click();
  await site.hasProblem('password', 'fields.password.required');
  await look('signup-errors');

  const person = somebody();
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  await look('confirm');
  await site.fill({ code: 'abc' });
  await site.button('confirm.submit').click();
  await site.hasProblem('code', 'fields.code.wrong');
  await look('confirm-error');

  const mail = await mailbox.newestTo(person.email);
  const link = linkIn(mail);
  await site.visit(link);
  await look('confirm-link');
  await site.page.context().clearCookies();
  await site.visit(link);
  await look('confirm-link-elsewhere');
  await site.visit('/signup/confirm?link=nonsense');
  await look('confirm-expired');

  await site.visit('/login');
  await look('login');
  await site.logIn(person);
  await expect(site.alert).toHaveText(site.words('problems.bad_credentials'));
  await look('login-error');

  await site.visit('/forgot');
  await look('forgot');
  await site.button('forgot.submit').click();
  await site.hasProblem('email', 'fields.email.required');
  await look('forgot-error');
  await site.ready();
  await site.fill({ email: person.email });
  await site.button('forgot.submit').click();
  await site.isAt('/forgot?sent', 'forgot.sent_heading');
  await look('forgot-sent');
  await site.visit('/reset?token=nonsense');
  await look('reset-expired');

  await site.visit('/nowhere');
  await look('not-found');
  await site.visit('/auth/refresh');
  await look('failure');
  await site.page.goto('/dev/mailbox');
  // The other tests have sent many similar mails.
  await site.page.evaluate(() => document.querySelectorAll('.letter:nth-child(n + 4)').forEach((it) => it.remove()));
  await look('mailbox');
}

/** Goes through every state that a member can see. The member is signed in, at `/`. */
export async function eachStateOfAMember(
  { site, mailbox, troubles }: Tools,
  member: Person,
  look: (state: string) => Promise<void>,
) {
  troubles.expect(/^422 POST \/api\/change_password$/, /^422 POST \/api\/reset_password$/);
  await look('welcome');
  await site.visit('/profile');
  await look('profile');
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(site.words('notices.saved'));
  await look('profile-saved');

  await site.visit('/settings/sessions');
  await look('sessions');
  await site.button('sessions.end').click();
  await expect(site.notice).toHaveText(site.words('notices.session_ended'));
  await look('sessions-alone');
  await site.visit('/settings/security');
  await look('security');
  await site.fill({ new_password: 'too short' });
  await site.button('security.submit').click();
  await site.hasProblem('new_password', 'fields.password.too_short', { count: 15 });
  await look('security-errors');
  await site.visit('/settings/account');
  await look('account');
  await site.logOut();
  await look('logged-out');

  await site.visit('/forgot');
  await site.fill({ email: member.email });
  await site.button('forgot.submit').click();
  await site.isAt('/forgot?sent', 'forgot.sent_heading');
  await site.visit(resetLinkIn(await mailbox.newestTo(member.email, 2)));
  await look('reset');
  await site.button('reset.submit').click();
  await site.hasProblem('password', 'fields.password.required');
  await look('reset-error');
}
