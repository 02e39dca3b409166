// The last response wins in the cookie jar, so a form that gives the browser another session waits until no other tab
// refreshes.
import { lockElsewhere, locksSeenBy } from '../../support/locks.ts';
import { postsIn, requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

test('a log-in waits until no other tab is refreshing', async ({ page, context, site, member }) => {
  const lock = await lockElsewhere(context);
  const requests = requestsOf(page);
  await site.visit('/login');
  await site.logIn(member);
  await expect.poll(() => locksSeenBy(page)).toEqual({ held: 1, pending: 1 });
  expect(postsIn(requests)).toEqual([]);

  await lock.release();
  await site.showsMember();
  expect(postsIn(requests)).toEqual(['POST /api/login']);
});

test('a change of password pressed twice waits until no other tab is refreshing and is posted once', async ({
  page,
  context,
  site,
  words,
  signedIn,
}) => {
  const lock = await lockElsewhere(context);
  const requests = requestsOf(page);
  await site.visit('/settings/security');
  await site.fill({ current_password: signedIn.password, new_password: 'a pond behind the house' });
  await site.button('security.submit').dblclick();
  await expect.poll(() => locksSeenBy(page)).toEqual({ held: 1, pending: 1 });
  expect(postsIn(requests)).toEqual([]);

  await lock.release();
  await expect(site.notice).toHaveText(words('notices.password_changed'));
  expect(postsIn(requests)).toEqual(['POST /api/change_password']);
  await site.visit('/profile');
  await expect(site.main, 'the new session is kept').toContainText(signedIn.email);
});
