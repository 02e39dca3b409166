import type { BrowserContext, Page } from '@playwright/test';

import { expect, test } from '../../support/test.ts';

/** Collects every body that the server answers. Each answer is stopped for it: a body goes with its page. */
async function bodiesOf(page: Page): Promise<string[]> {
  const bodies: string[] = [];
  const browser = await page.context().newCDPSession(page);
  browser.on('Fetch.requestPaused', async ({ requestId, responseStatusCode }) => {
    if (responseStatusCode !== 303) {
      const { body, base64Encoded } = await browser.send('Fetch.getResponseBody', { requestId });
      bodies.push(base64Encoded ? Buffer.from(body, 'base64').toString() : body);
    }
    await browser.send('Fetch.continueRequest', { requestId });
  });
  await browser.send('Fetch.enable', {
    patterns: [
      { requestStage: 'Response', resourceType: 'Document' },
      { requestStage: 'Response', resourceType: 'Fetch' },
    ],
  });
  return bodies;
}

async function tokensOf(context: BrowserContext): Promise<string[]> {
  const cookies = await context.cookies();
  return cookies.filter(({ name }) => /-(access|refresh)$/.test(name)).map(({ value }) => value);
}

test('no token is in a body, in the page, in storage or in the address', async ({
  context,
  page,
  site,
  words,
  member,
}) => {
  const bodies = await bodiesOf(page);
  await site.visit('/login');
  await site.logIn(member);
  await site.greets(member);
  const tokens = await tokensOf(context);
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  await site.fill({ bio: 'No token here' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  const refreshed = await page.evaluate(async () => (await fetch('/auth/refresh', { method: 'POST' })).json());
  expect(Object.keys(refreshed).sort()).toEqual(['access_expires_in', 'session_expires_in']);
  tokens.push(...(await tokensOf(context)));
  await site.visit('/profile');

  const inPage = await page.evaluate(() =>
    JSON.stringify([
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      location.href,
      history.state,
      document.documentElement.outerHTML,
      performance.getEntries().map((entry) => entry.name),
    ]),
  );
  expect(tokens).toHaveLength(4);
  expect(bodies.length, 'two documents of the log-in, three of the profile, a refresh').toBeGreaterThanOrEqual(6);
  for (const token of tokens) {
    // A token ends in its signature; what it begins with is the same for all.
    const secret = token.slice(-30);
    expect(inPage.includes(secret), 'a token in the page').toBe(false);
    expect(bodies.some((body) => body.includes(secret)), 'a token in a body').toBe(false);
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
  // Who was announced last to the other tabs: two ids, no token.
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['genkan-session']);
  expect(await page.evaluate(() => localStorage.getItem('genkan-session'))).toMatch(/^[0-9a-f-]{36} [0-9a-f-]{36}$/);
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});
