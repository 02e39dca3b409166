// Requests that another site can make a member's browser send.
import { accessHasExpired, expect, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';

const BOUNCED = [200, 200];

test.describe('a link on another site', () => {
  test('followed with an expired access token arrives signed in, and Back leads to the other site', async ({
    context,
    page,
    site,
    wire,
    otherSite,
    origin,
    signedIn,
  }) => {
    const links = otherSite.page('/links', `<a href="${origin}/profile?from=elsewhere">To the members</a>`);
    await page.goto(links);
    await accessHasExpired(context);
    await page.getByRole('link').click();
    await site.isAt('/profile?from=elsewhere', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered('GET /profile').map((it) => it.status)).toEqual(BOUNCED);

    await page.goBack();
    await expect(page).toHaveURL(links);
    await page.goForward();
    await site.isAt('/profile?from=elsewhere', 'profile.heading');
  });

  test('followed with a valid access token arrives signed in at once', async ({ page, site, wire, otherSite, origin, signedIn }) => {
    await page.goto(otherSite.page('/links', `<a href="${origin}/profile">To the members</a>`));
    await page.getByRole('link').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered('GET /profile').map((it) => it.status)).toEqual([200]);
  });
});

/** The contents of another site's page, and our server's responses. */
const ATTEMPTS = {
  'logs out': (origin: string) => `<form method="post" action="${origin}/api/logout"><button>Win</button></form>`,
  refreshes: (origin: string) => `<form method="post" action="${origin}/auth/refresh"><button>Win</button></form>`,
  'logs in as somebody else': (origin: string) => `
    <form method="post" action="${origin}/api/login">
      <input name="email" value="${somebody().email}"><input name="password" value="whatever it may be">
      <button>Win</button>
    </form>`,
};

test('forms on another site cannot log out, log in or refresh', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  origin,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^403 POST \/api\/logout$/, /^403 POST \/auth\/refresh$/, /^403 POST \/api\/login$/);
  await page.goto(otherSite.page('/', 'Nothing to see'));
  const before = await context.cookies();
  for (const [what, content] of Object.entries(ATTEMPTS)) {
    await page.goto(otherSite.page('/prize', content(origin)));
    await page.getByRole('button').click();
    await expect(site.heading, what).toHaveText(site.words('problems.refused'));
    expect(wire.exchanges.findLast((it) => it.what.startsWith('POST')), what).toMatchObject({ status: 403, cookies: [] });
    expect(await context.cookies(), what).toEqual(before);
  }
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
});

test('images, frames and scripts of another site can neither log out nor refresh', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  origin,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^net::ERR_BLOCKED_BY_RESPONSE/, /^console error: Framing .* "frame-ancestors 'none'"/);
  await page.goto(otherSite.page('/prize', '<p>Nothing to see.</p>'));
  const before = await context.cookies();
  const seen = wire.exchanges.length;
  await page.evaluate(async (origin) => {
    const come = (element: HTMLElement) =>
      new Promise((resolve) => {
        element.onload = element.onerror = resolve;
        document.body.append(element);
      });
    await come(Object.assign(new Image(), { src: `${origin}/api/logout` }));
    await come(Object.assign(document.createElement('iframe'), { src: `${origin}/profile` }));
    for (const path of ['/api/logout', '/auth/refresh']) {
      // The browser withholds the response from the page.
      await fetch(origin + path, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {});
    }
  }, origin);
  const attempts = wire.exchanges.slice(seen);
  expect(attempts.map((it) => it.what)).toEqual(
    expect.arrayContaining(['GET /api/logout', 'GET /profile', 'POST /api/logout', 'POST /auth/refresh']),
  );
  expect(attempts.flatMap((it) => it.cookies)).toEqual([]);
  expect(await context.cookies()).toEqual(before);
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
});
