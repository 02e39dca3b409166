// A session that was ended elsewhere: the page says so, and nothing that was typed is lost or shown to others.
import { ACCESS, comesBackTo, expect, isLedToLogIn, LASTING, REFRESH, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';

test.use({ startsAt: '/profile' });

test('without any action, the next refresh leads to the log-in page, which leads back to what was typed', async ({
  context,
  site,
  wire,
  program,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  await site.fill({ bio: 'Typed at length' });
  await program.endSessionOf(context);
  await isLedToLogIn(site, 'ends.logout', ACCESS);
  expect(wire.answered(REFRESH).map((it) => it.status)).toEqual([401]);
  await comesBackTo(site, signedIn, { bio: 'Typed at length' });
});

test('every tab says why', async ({ context, site, openTab, program, signedIn, troubles }) => {
  troubles.expect(/^401 POST \/auth\/refresh$/);
  // The other tab's, if both refresh when the first one hears of it.
  troubles.allow(/^net::ERR_ABORTED POST \/auth\/refresh$/);
  const other = await openTab('/profile');
  await program.endSessionOf(context);
  for (const tab of [site, other]) await isLedToLogIn(tab, 'ends.logout', ACCESS);
  // It would hear of the log-in that follows, and load anew while the browser is closed.
  await other.page.close();
  await comesBackTo(site, signedIn, {});
});

test.describe('with no refresh due', () => {
  test.use({ server: LASTING });

  test('the next action leads to the log-in page with the reason, which leads back to what was typed', async ({
    context,
    page,
    site,
    program,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 POST \/api\/update_profile$/);
    await site.fill({ display_name: 'Another name', bio: 'Typed at length' });
    await program.endSessionOf(context);
    await site.button('profile.submit').click();
    await isLedToLogIn(site, 'ends.logout');
    await expect(page.getByText(signedIn.email)).toHaveCount(0);
    await comesBackTo(site, signedIn, { display_name: 'Another name', bio: 'Typed at length' });
    await expect(site.header, 'it was kept, and not carried out').not.toContainText('Another name');
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
    await site.fill({ bio: 'Between the two of us' });
    await program.endSessionOf(context);
    await site.button('profile.submit').click();
    await isLedToLogIn(site, 'ends.logout');

    const another = { ...somebody(), name: 'Ken' };
    await program.makeMember(another, mailbox);
    await comesBackTo(site, another, { display_name: 'Ken', bio: '' });
    expect(await page.content()).not.toContain('Between the two of us');
    expect(await page.content()).not.toContain(signedIn.email);
  });

  for (const javaScriptEnabled of [true, false]) {
    test.describe(() => {
      test.use({ javaScriptEnabled });

      test(`a wrong password at the log-in loses nothing that was typed, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async ({
        context,
        site,
        words,
        program,
        signedIn,
        troubles,
      }) => {
        if (javaScriptEnabled) troubles.expect(/^401 POST \/api\/update_profile$/, /^401 POST \/api\/login$/);
        await site.fill({ bio: 'Typed at length' });
        await program.endSessionOf(context);
        await site.button('profile.submit').click();
        await isLedToLogIn(site, 'ends.logout');
        await site.logIn({ ...signedIn, password: 'not the password at all' });
        await expect(site.alert).toHaveText(words('problems.bad_credentials'));
        await site.ready();
        await comesBackTo(site, signedIn, { bio: 'Typed at length' });
      });
    });
  }

  test.describe('without scripts', () => {
    test.use({ javaScriptEnabled: false });

    test('a form leads to the log-in page with the reason, which leads back to what was typed', async ({
      context,
      site,
      program,
      signedIn,
    }) => {
      await site.fill({ bio: 'Typed at length' });
      await program.endSessionOf(context);
      await site.button('profile.submit').click();
      await isLedToLogIn(site, 'ends.logout');
      await comesBackTo(site, signedIn, { bio: 'Typed at length' });
    });
  });
});
