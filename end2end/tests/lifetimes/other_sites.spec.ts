// What another site can bring a member's browser to do.
import { accessHasExpired, expect, test } from '../../support/lifetimes.ts';
import { somebody } from '../../support/member.ts';

const BOUNCED = [200, 200];

test.describe('a link on another site', () => {
  test('with an expired access token arrives signed in, and Back leads to the other site', async ({
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

  test('with a good access token arrives signed in at once', async ({ page, site, wire, otherSite, origin, signedIn }) => {
    await page.goto(otherSite.page('/links', `<a href="${origin}/profile">To the members</a>`));
    await page.getByRole('link').click();
    await site.isAt('/profile', 'profile.heading');
    await expect(site.main).toContainText(signedIn.email);
    expect(wire.answered('GET /profile').map((it) => it.status)).toEqual([200]);
  });

  test('in a new tab, with an expired access token, arrives signed in', async ({
    context,
    page,
    otherSite,
    origin,
    signedIn,
  }) => {
    await page.goto(
      otherSite.page('/links', `<a href="${origin}/profile" target="_blank" rel="noopener">To the members</a>`),
    );
    await accessHasExpired(context);
    const [tab] = await Promise.all([context.waitForEvent('page'), page.getByRole('link').click()]);
    await expect(tab.getByRole('main')).toContainText(signedIn.email);
    await expect(tab).toHaveURL(`${origin}/profile`);
  });

  test('of a visitor is not bounced', async ({ page, site, wire, otherSite, origin }) => {
    await page.goto(otherSite.page('/links', `<a href="${origin}/profile">To the members</a>`));
    await page.getByRole('link').click();
    await site.isAt('/login?next=%2Fprofile', 'login.heading');
    expect(wire.answered('GET /profile').map((it) => it.status)).toEqual([303]);
  });
});

/** What a page of another site holds, and what our server says to it. */
const ATTEMPTS = {
  'a form that logs out': {
    content: (origin: string) => `<form method="post" action="${origin}/api/logout"><button>Win</button></form>`,
    refused: /^403 POST \/api\/logout$/,
  },
  'a form that refreshes': {
    content: (origin: string) => `<form method="post" action="${origin}/auth/refresh"><button>Win</button></form>`,
    refused: /^403 POST \/auth\/refresh$/,
  },
  'a form that logs in as somebody else': {
    content: (origin: string) => `<form method="post" action="${origin}/api/login">
      <input name="email" value="${somebody().email}"><input name="password" value="whatever it may be">
      <button>Win</button></form>`,
    refused: /^403 POST \/api\/login$/,
  },
  'a link to the log-out': {
    content: (origin: string) => `<a role="button" href="${origin}/api/logout">Win</a>`,
    refused: /^405 GET \/api\/logout$/,
  },
};

for (const [what, { content, refused }] of Object.entries(ATTEMPTS)) {
  for (const access of ['a good', 'an expired']) {
    test(`${what}, on another site, changes nothing, with ${access} access token`, async ({
      context,
      page,
      site,
      wire,
      otherSite,
      origin,
      signedIn,
      troubles,
    }) => {
      troubles.expect(refused);
      await page.goto(otherSite.page('/prize', content(origin)));
      const before = await context.cookies();
      if (access === 'an expired') await accessHasExpired(context);
      await page.getByRole('button').click();
      await expect(site.heading).toHaveText(/./);
      expect(wire.exchanges.at(-1)!.cookies).toEqual([]);
      expect(await context.cookies()).toEqual(before);

      await site.visit('/profile');
      await site.isAt('/profile', 'profile.heading');
      await expect(site.main).toContainText(signedIn.email);
    });
  }
}

test('pictures, frames and scripts of another site can neither log out nor refresh', async ({
  context,
  page,
  site,
  wire,
  otherSite,
  origin,
  signedIn,
  troubles,
}) => {
  troubles.expect(/^405 GET \/api\/logout$/, /^403 POST \/api\/logout$/, /^403 POST \/auth\/refresh$/);
  troubles.expect(/^console error: .*frame-ancestors/);
  await page.goto(otherSite.page('/prize', '<p>Nothing to see.</p>'));
  const before = await context.cookies();
  await page.evaluate(async (origin) => {
    const come = (element: HTMLElement) =>
      new Promise((resolve) => {
        element.onload = element.onerror = resolve;
        document.body.append(element);
      });
    await come(Object.assign(new Image(), { src: `${origin}/api/logout` }));
    await come(Object.assign(document.createElement('iframe'), { src: `${origin}/profile` }));
    for (const path of ['/api/logout', '/auth/refresh']) {
      await fetch(origin + path, { method: 'POST', mode: 'no-cors', credentials: 'include' });
    }
  }, origin);
  expect(wire.exchanges.slice(-4).flatMap((it) => it.cookies)).toEqual([]);
  expect(await context.cookies()).toEqual(before);
  await site.visit('/profile');
  await expect(site.main).toContainText(signedIn.email);
});
