// A session that was ended elsewhere: the page says so, and nothing that was typed is lost or shown to others.
import type { BrowserContext } from '@playwright/test';

import { ACCESS, cookiesOf, expect, REFRESH, test } from '../../support/lifetimes.ts';
import { somebody, type Program } from '../../support/member.ts';

const LOG_IN = /\/login\?next=(%2F|\/)profile$/;

/** Ends this browser's session, from another one. */
async function endFromElsewhere(context: BrowserContext, program: Program): Promise<void> {
  expect((await program.post('logout', {}, await cookiesOf(context))).status()).toBe(200);
}

test('the next action leads to the log-in page with the reason, which leads back to what was typed', async ({
  context,
  page,
  site,
  words,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/);
  await site.visit('/profile');
  await site.fill({ display_name: 'Another name', bio: 'Typed at length' });
  await endFromElsewhere(context, program);
  await site.button('profile.submit').click();
  await expect(page).toHaveURL(LOG_IN);
  await expect(site.notice).toHaveText(words('ends.logout'));
  await expect(page.getByText(signedIn.email)).toHaveCount(0);
  await site.ready();
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed at length');
  await expect(site.field('display_name')).toHaveValue('Another name');
  await expect(site.header, 'it was kept, and not carried out').not.toContainText('Another name');
});

test('without any action, the next refresh does', async ({ context, page, site, words, wire, program, signedIn, troubles }) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  await site.visit('/profile');
  await site.fill({ bio: 'Typed at length' });
  await endFromElsewhere(context, program);
  await expect(page).toHaveURL(LOG_IN, { timeout: ACCESS * 1000 });
  await expect(site.notice).toHaveText(words('ends.logout'));
  expect(wire.answered(REFRESH).map((it) => it.status)).toEqual([401]);
  await site.ready();
  await site.logIn(signedIn);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('bio')).toHaveValue('Typed at length');
});

test('what was typed is not shown to another member who logs in there', async ({
  context,
  page,
  site,
  mailbox,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/update_profile$/);
  await site.visit('/profile');
  await site.fill({ bio: 'Between the two of us' });
  await endFromElsewhere(context, program);
  await site.button('profile.submit').click();
  await expect(page).toHaveURL(LOG_IN);
  await site.ready();

  const another = { ...somebody(), name: 'Ken' };
  await program.makeMember(another, mailbox);
  await site.logIn(another);
  await site.isAt('/profile', 'profile.heading');
  await expect(site.field('display_name')).toHaveValue('Ken');
  await expect(site.field('bio')).toHaveValue('');
  expect(await page.content()).not.toContain('Between the two of us');
  expect(await page.content()).not.toContain(signedIn.email);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a form leads to the log-in page with the reason, which leads back to what was typed', async ({
    context,
    site,
    words,
    program,
    signedIn,
  }) => {
    await site.visit('/profile');
    await site.fill({ bio: 'Typed at length' });
    await endFromElsewhere(context, program);
    await site.button('profile.submit').click();
    await site.isAt('/login?next=%2Fprofile', 'login.heading');
    await expect(site.notice).toHaveText(words('ends.logout'));
    await site.logIn(signedIn);
    await site.isAt('/profile', 'profile.heading');
    await expect(site.field('bio')).toHaveValue('Typed at length');
  });
});
