import { expect, test } from '../../support/test.ts';

for (const { seconds, key, values } of [
  { seconds: 7, key: 'problems.rate_limited_briefly', values: {} },
  { seconds: 150, key: 'problems.rate_limited', values: { count: 3 } },
]) {
  test(`a form that is posted too often says when to come back after ${seconds} s`, async ({
    page,
    site,
    words,
    member,
    troubles,
  }) => {
    troubles.expect(/^429 POST \/api\/login$/);
    const problem = {
      status: 429,
      title: 'Too Many Requests',
      reason: 'rate_limited',
      errors: {},
      retry_after: seconds,
    };
    await site.visit('/login');
    await page.route(
      '**/api/login',
      (route) =>
        route.fulfill({
          status: 429,
          headers: { 'retry-after': String(seconds) },
          contentType: 'application/problem+json',
          body: JSON.stringify(problem),
        }),
      { times: 1 },
    );
    await site.logIn(member);
    await expect(site.alert).toHaveText(words(key, values));
    // What was typed is not at fault: it is sent as it is once more.
    await expect(site.field('password')).toHaveValue(member.password);
    await site.button('login.submit').click();
    await site.showsMember();
  });
}
