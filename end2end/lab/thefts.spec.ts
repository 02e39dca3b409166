import type { APIRequestContext } from '@playwright/test';

import { addressOf, type Approach } from './approaches.ts';
import { expect, signInByForm, signInByPage, test } from './support.ts';

const WITH_COOKIES: Approach[] = ['redis', 'genkan'];

/** Looks at the page from somewhere else, with nothing but the token. */
async function pageWith(token: unknown, approach: Approach, elsewhere: APIRequestContext) {
  const headers = { authorization: `Bearer ${String(token)}` };
  return (await elsewhere.get(`${addressOf(approach)}/page`, { headers })).text();
}

test('an injected script reads a token in localStorage', async ({ page, inject, newMember, request }) => {
  const member = await newMember('spa_local_storage');
  await signInByPage(page, 'spa_local_storage', member);
  const stolen = await inject(`return localStorage.getItem('token');`);
  expect(await pageWith(stolen, 'spa_local_storage', request)).toContain(member);
});

test("an injected script takes a token in memory from the page's next request", async ({
  page,
  inject,
  newMember,
  request,
}) => {
  const member = await newMember('spa_memory');
  await signInByPage(page, 'spa_memory', member);
  const stored = await inject(`return localStorage.length + sessionStorage.length;`);
  expect(stored).toBe(0);

  await inject(`
    const usual = window.fetch;
    window.fetch = (resource, options) => {
      window.stolen = new Headers(options?.headers).get('authorization') ?? window.stolen;
      return usual(resource, options);
    };
  `);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForFunction('window.stolen');
  const stolen = String(await page.evaluate('window.stolen')).replace('Bearer ', '');
  expect(await pageWith(stolen, 'spa_memory', request)).toContain(member);
});

test('an injected script asks for a token that a page would keep in memory', async ({
  page,
  inject,
  newMember,
  request,
}) => {
  const member = await newMember('spa_memory');
  await signInByPage(page, 'spa_memory', member);
  const stolen = await inject(`
    return (await (await fetch('/refresh', { method: 'POST' })).json()).token;
  `);
  expect(await pageWith(stolen, 'spa_memory', request)).toContain(member);
});

test('an injected script cannot read HttpOnly cookies', async ({ page, context, inject, newMember }) => {
  for (const approach of WITH_COOKIES) {
    await context.clearCookies();
    const member = await newMember(approach);
    await signInByForm(page, approach, member);
    const seen = await inject(`
      const body = new URLSearchParams({ member: '${member}' });
      const response = await fetch('/login', { method: 'POST', body });
      const request = new XMLHttpRequest();
      request.open('POST', '/login', false);
      request.setRequestHeader('content-type', 'application/x-www-form-urlencoded');
      request.send(body.toString());
      return JSON.stringify([
        document.cookie,
        await cookieStore.getAll(),
        [...response.headers],
        request.status,
        request.getAllResponseHeaders(),
      ]);
    `);
    expect(seen).toContain('204');
    const cookies = await context.cookies();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie.httpOnly).toBe(true);
      expect(seen).not.toContain(cookie.value);
    }
  }
});

test('an injected script can act as the member', async ({ page, context, inject, newMember }) => {
  for (const approach of WITH_COOKIES) {
    await context.clearCookies();
    const member = await newMember(approach);
    await signInByForm(page, approach, member);
    const seen = await inject(`
      await fetch('/count', { method: 'POST' });
      return (await fetch('/page')).text();
    `);
    expect(seen).toContain(`<p id=name>${member}</p>`);
    expect(seen).toContain('<p id=count>1</p>');
  }
});
