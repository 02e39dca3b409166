// Pages that the browser fetches or renders ahead: nothing is rotated for a guess, and the click works.
import type { BrowserContext, Page } from '@playwright/test';

import { cookieOf, loseAccess } from '../../support/cookies.ts';
import { expect, LASTING, nextRefresh, REFRESH, saves, test } from '../../support/lifetimes.ts';
import type { Exchange, Wire } from '../../support/wire.ts';

const AHEAD = 'GET /profile';

/** Every page comes with the rule: what the pointer is on is fetched or rendered ahead. */
function speculate(wire: Wire, how: 'prefetch' | 'prerender'): void {
  wire.answerAll('GET /speculation.json', {
    status: 200,
    headers: { 'content-type': 'application/speculationrules+json' },
    body: JSON.stringify({ [how]: [{ where: { href_matches: '/profile' }, eagerness: 'moderate' }] }),
  });
  wire.addHeader('speculation-rules', '"/speculation.json"');
}

/** A link that loads a document, which those of the router do not. */
async function addLink(page: Page): Promise<void> {
  await page.evaluate(() => {
    const link = Object.assign(document.createElement('a'), { href: '/profile', rel: 'external', text: 'Ahead' });
    document.querySelector('main')!.prepend(link);
  });
}

async function fetchedAhead(wire: Wire): Promise<Exchange> {
  const ahead = () => wire.answered(AHEAD).find((it) => it.headers['sec-purpose']);
  await expect.poll(ahead, 'fetched ahead').toBeDefined();
  return ahead()!;
}

/** What the browser fetches ahead once `begin` has had it do so is refused, and changes no cookie. */
async function rotatesNothing(context: BrowserContext, wire: Wire, begin: () => Promise<void>): Promise<void> {
  const refresh = await cookieOf(context, 'refresh');
  await begin();
  expect(await fetchedAhead(wire)).toMatchObject({ status: 503, cookies: [] });
  expect(await cookieOf(context, 'refresh')).toBe(refresh);
}

const WAYS = ['prefetch', 'prerender'] as const;

test.describe('with an expired access token', () => {
  // The page in front must not refresh meanwhile.
  test.use({ server: LASTING });

  for (const how of WAYS) {
    test(`a ${how} rotates nothing, and the click works`, async ({
      context,
      page,
      site,
      wire,
      signedIn,
      troubles,
    }) => {
      troubles.expect(/^503 GET \/profile$/);
      speculate(wire, how);
      await site.visit('/');
      await addLink(page);
      await loseAccess(context, page);
      await rotatesNothing(context, wire, () => page.getByRole('link', { name: 'Ahead' }).hover());

      await page.getByRole('link', { name: 'Ahead' }).click();
      await site.isAt('/profile', 'profile.heading');
      await expect(site.main).toContainText(signedIn.email);
      expect(wire.answered(REFRESH)).toEqual([]);
      const clicked = wire.answered(AHEAD).at(-1)!;
      expect(clicked.headers['sec-purpose']).toBeUndefined();
      expect(clicked.cookies).toContain('__Host-Http-refresh');
    });
  }

  test('a prefetch by a link element rotates nothing, and the click works', async ({
    context,
    page,
    site,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^503 GET \/profile$/, /^net::ERR_ABORTED GET \/profile$/);
    await site.visit('/');
    await addLink(page);
    await loseAccess(context, page);
    await rotatesNothing(context, wire, () =>
      page.evaluate(() => {
        document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: '/profile' }));
      }),
    );
    await page.getByRole('link', { name: 'Ahead' }).click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
  });
});

for (const how of WAYS) {
  test(`with a good access token, a ${how} is shown on the click, and lives on`, async ({ page, site, wire, signedIn }) => {
    speculate(wire, how);
    await site.visit('/');
    await addLink(page);
    await page.getByRole('link', { name: 'Ahead' }).hover();
    expect(await fetchedAhead(wire)).toMatchObject({ status: 200 });

    await page.getByRole('link', { name: 'Ahead' }).click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered(AHEAD), 'the click needed no request').toHaveLength(1);
    expect((await nextRefresh(wire)).status).toBe(200);
    await saves(site, wire, `Ahead of time, ${signedIn.name}`);
  });
}
