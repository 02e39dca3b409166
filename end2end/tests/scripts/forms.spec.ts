// Forms that the page's scripts post.
import { linkIn } from '../../support/mailbox.ts';
import { Program, somebody } from '../../support/member.ts';
import { holdBack, requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

for (const path of ['/', '/profile']) {
  test(`${path} makes no requests by itself`, async ({ page, memberSite: site }) => {
    const requests = requestsOf(page);
    await site.visit(path);
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([`GET ${path}`]);
  });
}

test('pressing twice posts once, the button shows progress, and the next page loads', async ({
  page,
  memberSite: site,
  words,
}) => {
  await site.visit('/profile');
  const requests = requestsOf(page);
  const post = await holdBack(page, '**/api/update_profile');
  await site.button('profile.submit').dblclick();
  const busy = site.button('fields.one_moment');
  await expect(busy).toHaveAttribute('aria-busy', 'true');
  await expect(busy).toBeFocused();
  await busy.press('Enter');
  await site.field('display_name').press('Enter');
  post.letGo();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.button('profile.submit')).not.toHaveAttribute('aria-busy');
  expect(requests).toEqual(['POST /api/update_profile', 'GET /profile']);
});

test('the problem of a field that nobody sees is announced', async ({
  context,
  page,
  site,
  words,
  mailbox,
  origin,
  language,
  troubles,
}) => {
  troubles.expect(/^422 POST \/api\/confirm_email$/);
  const person = somebody();
  await site.visit('/signup');
  await site.signUp(person);
  await site.isAt('/signup/confirm', 'confirm.heading');
  await site.visit(linkIn(await mailbox.newestTo(person.email)));
  const browser = new Program(context.request, origin, language);
  expect((await browser.post('resend_confirmation', { email: person.email })).status()).toBe(200);
  await site.button('confirm.link_submit').click();
  await expect(site.alert).toHaveText(words('fields.code.older_mail'));
  await expect(page.locator('[aria-invalid=true]')).toHaveCount(0);
});

test('a password can be shown while it is being typed', async ({ site, words, page }) => {
  await site.visit('/login');
  await site.fill({ password: 'a secret of mine' });
  await expect(site.field('password')).toHaveAttribute('type', 'password');
  await site.button('fields.show_password').click();
  await expect(site.field('password')).toHaveAttribute('type', 'text');
  await expect(site.field('password')).toHaveValue('a secret of mine');
  await page.getByRole('button', { name: words('fields.hide_password') }).click();
  await expect(site.field('password')).toHaveAttribute('type', 'password');
});

test('a shown password is hidden again when it is posted and when the page is left', async ({
  page,
  site,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST \/api\/login$/);
  await site.visit('/login');
  const password = site.field('password');
  await site.fill({ email: member.email, password: 'a secret of mine' });
  await site.button('fields.show_password').click();
  const answer = await holdBack(page, '**/api/login');
  await site.button('login.submit').click();
  await expect(password, 'while the answer is awaited').toHaveAttribute('type', 'password');
  await expect(site.button('fields.show_password')).toBeVisible();
  answer.letGo();
  await expect(site.alert).toBeVisible();

  await site.button('fields.show_password').click();
  await expect(password).toHaveAttribute('type', 'text');
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await expect(password).toHaveAttribute('type', 'password');
});

for (const { what, answer, says } of [
  {
    what: 'is posted too often',
    answer: { status: 429, reason: 'rate_limited', detail: 'Try again in 3 minutes.' },
    says: () => 'Try again in 3 minutes.',
  },
  {
    what: 'the server is too busy for',
    answer: { status: 503, reason: 'busy', detail: 'Many are at the door.' },
    says: () => 'Many are at the door.',
  },
  {
    what: 'a proxy answers',
    answer: { status: 502 },
    says: (words: (key: string) => string) => words('problems.store_unavailable'),
  },
]) {
  test(`a form that ${what} says so and keeps its input, passwords included`, async ({
    page,
    site,
    words,
    member,
    troubles,
  }) => {
    troubles.expect(new RegExp(`^${answer.status} POST /api/login$`));
    const refusal =
      'reason' in answer
        ? { contentType: 'application/problem+json', body: JSON.stringify({ ...answer, errors: {} }) }
        : { contentType: 'text/html', body: '<h1>Bad gateway</h1>' };
    // So small that the notice is out of sight of the button.
    await page.setViewportSize({ width: 390, height: 300 });
    await site.visit('/login');
    await page.route('**/api/login', (route) => route.fulfill({ status: answer.status, ...refusal }), { times: 1 });
    await site.logIn(member);
    await expect(site.alert).toHaveText(says(words));
    await expect(site.alert).toBeInViewport({ ratio: 0.9 });
    await expect(site.field('password')).toHaveValue(member.password);
    await expect(site.button('login.submit')).toBeFocused();
    await site.button('login.submit').click();
    await site.showsMember();
  });
}
