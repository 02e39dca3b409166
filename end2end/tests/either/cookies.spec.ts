import type { BrowserContext, Cookie } from '@playwright/test';

import { expect, test } from '../../support/test.ts';

const ACCESS = '__Host-Http-access';
const REFRESH = '__Host-Http-refresh';
const DAY = 24 * 3600;

async function cookie(context: BrowserContext, name: string): Promise<Cookie> {
  const found = (await context.cookies()).find((it) => it.name === name);
  expect(found, name).toBeDefined();
  return found!;
}

test('the cookies of a session are inaccessible to scripts and other sites', async ({ context, signedIn }) => {
  expect(signedIn).toBeDefined();
  const kept = { secure: true, httpOnly: true, path: '/', domain: 'localhost' };
  expect(await cookie(context, ACCESS)).toMatchObject({ ...kept, sameSite: 'Lax' });
  expect(await cookie(context, REFRESH)).toMatchObject({ ...kept, sameSite: 'Strict' });
  for (const other of await context.cookies()) {
    expect(other).toMatchObject({ ...kept, name: expect.stringMatching(/^__Host-Http-/) });
  }
});

test('without "keep me signed in" the session ends with the browser', async ({ context, signedIn }) => {
  expect(signedIn).toBeDefined();
  expect((await cookie(context, ACCESS)).expires).toBe(-1);
  expect((await cookie(context, REFRESH)).expires).toBe(-1);
});

test('with "keep me signed in" both cookies last equally long, for weeks', async ({ context, site, member }) => {
  await site.visit('/login');
  await site.field('remember').check();
  await site.logIn(member);
  await site.greets(member);
  const [access, refresh] = [await cookie(context, ACCESS), await cookie(context, REFRESH)];
  const lifetime = refresh.expires - Date.now() / 1000;
  expect(lifetime).toBeGreaterThan(29 * DAY);
  expect(lifetime).toBeLessThanOrEqual(90 * DAY);
  expect(Math.abs(access.expires - refresh.expires)).toBeLessThan(1);
});

test('log-out leaves no cookie of the session behind', async ({ context, memberSite: site }) => {
  await site.logOut();
  const names = (await context.cookies()).map((it) => it.name);
  expect(names).not.toContain(ACCESS);
  expect(names).not.toContain(REFRESH);
});
