// Prefetched and prerendered pages: they rotate nothing, and the click works.
import { cookieOf, loseAccess } from '../../support/cookies.ts';
import { expect, LASTING, nextRefresh, REFRESH, saves, test } from '../../support/lifetimes.ts';
import type { Exchange, Wire } from '../../support/wire.ts';

const AHEAD = 'GET /profile';

async function fetchedAhead(wire: Wire, request = AHEAD): Promise<Exchange> {
  const ahead = () => wire.answered(request).find((it) => it.headers['sec-purpose']);
  await expect.poll(ahead, 'fetched ahead').toBeDefined();
  return ahead()!;
}

test.describe('with no refresh due', () => {
  test.use({ server: LASTING });

  test('a link under the pointer is prefetched and shown on the click', async ({ site, wire, signedIn }) => {
    await site.headerLink('nav.profile').hover();
    expect(await fetchedAhead(wire)).toMatchObject({ status: 200, cookies: [] });
    await site.headerLink('nav.profile').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered(AHEAD), 'the click needed no request').toHaveLength(1);
  });

  test('a page that was prefetched before a log-out is not shown after it', async ({ site, wire, signedIn }) => {
    await site.visit('/profile');
    await expect(site.main).toContainText(signedIn.email);
    await site.headerLink('site.home').hover();
    await fetchedAhead(wire, 'GET /');
    await site.logOut();
  });

  test('with an expired access token a prefetch rotates nothing, and the click works', async ({
    context,
    page,
    site,
    wire,
    signedIn,
    troubles,
  }) => {
    troubles.expect(/^401 GET \/profile$/);
    await loseAccess(context, page);
    const refresh = await cookieOf(context, 'refresh');
    await site.headerLink('nav.profile').hover();
    expect(await fetchedAhead(wire)).toMatchObject({ status: 401, cookies: [] });
    expect(await cookieOf(context, 'refresh')).toBe(refresh);

    await site.headerLink('nav.profile').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered(REFRESH)).toEqual([]);
    const clicked = wire.answered(AHEAD).at(-1)!;
    expect(clicked.headers['sec-purpose']).toBeUndefined();
    expect(clicked.cookies).toContain('__Host-Http-refresh');
  });
});

test('a prerendered page is shown on the click and stays signed in', async ({ site, wire, signedIn }) => {
  wire.answerAll('GET /speculation-rules.json', {
    status: 200,
    headers: { 'content-type': 'application/speculationrules+json' },
    body: JSON.stringify({ prerender: [{ where: { href_matches: '/profile' }, eagerness: 'moderate' }] }),
  });
  await site.visit('/');
  await site.headerLink('nav.profile').hover();
  expect(await fetchedAhead(wire)).toMatchObject({ status: 200 });
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  expect((await nextRefresh(wire)).status).toBe(200);
  await saves(site, wire, `Ahead of time, ${signedIn.name}`);
});
