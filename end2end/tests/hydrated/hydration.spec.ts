import type { Page } from '@playwright/test';

import { somebody } from '../../support/member.ts';
import { holdBack, postsIn, requestsOf } from '../../support/requests.ts';
import { expect, test } from '../../support/test.ts';

/** Marks the document; another document does not have the mark. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isMarked: true }));
}

function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => 'isMarked' in window);
}

test('links and Back lead from page to page within one document, and the focus goes along', async ({ page, site, words }) => {
  await site.visit('/');
  await mark(page);
  const requests = requestsOf(page);
  await site.headerLink('nav.sign_up').click();
  await site.isAt('/signup', 'signup.heading');
  await expect(page.locator('#main')).toBeFocused();
  await expect(page).toHaveTitle(new RegExp(words('signup.title')));
  await expect(site.headerLink('nav.sign_up')).toHaveAttribute('aria-current', 'page');
  await site.link('signup.log_in').click();
  await site.isAt('/login', 'login.heading');
  await expect(site.headerLink('nav.sign_up')).not.toHaveAttribute('aria-current');
  await page.goBack();
  await site.isAt('/signup', 'signup.heading');
  expect(await isMarked(page)).toBe(true);
  expect(requests).toEqual([]);
});

test('a form posts by itself, without loading a document', async ({ page, site, words, signedIn }) => {
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  await mark(page);
  const requests = requestsOf(page);
  await site.fill({ bio: `Written by ${signedIn.name}` });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  expect(requests).toEqual(['POST /api/update_profile']);
  expect(await isMarked(page)).toBe(true);
});

test('what was saved is shown on every page after it', async ({ site, words, signedIn }) => {
  await site.headerLink('nav.profile').click();
  await site.isAt('/profile', 'profile.heading');
  await site.fill({ display_name: 'Somebody new' });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await site.header.getByRole('link', { name: words('site.home') }).click();
  await site.greets({ ...signedIn, name: 'Somebody new' });
  await site.headerLink('nav.profile').click();
  await expect(site.field('display_name')).toHaveValue('Somebody new');
});

for (const path of ['/', '/profile']) {
  test(`${path} rendered signed in hydrates so: no request, and never a signed-out word`, async ({
    page,
    site,
    words,
    signedIn,
  }) => {
    expect(signedIn).toBeDefined();
    await page.addInitScript(noteEveryHeader);
    const requests = requestsOf(page);
    await site.visit(path);
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([`GET ${path}`]);

    const headers = await page.evaluate(() => [...(window as any).headers] as string[]);
    expect(headers.join()).toContain(words('nav.log_out'));
    expect(headers.join()).not.toContain(words('nav.log_in'));
    expect(headers.join()).not.toContain(words('site.waiting'));
  });
}

/** Runs in the page: keeps what the page said at any moment while it was loaded and hydrated. */
function noteEveryHeader(): void {
  const headers = new Set<string>();
  Object.assign(window, { headers });
  new MutationObserver(() => {
    const [header, main] = [document.querySelector('header'), document.querySelector('main')];
    headers.add(`${header?.textContent} ${main?.textContent}`);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

test('what was typed before the scripts arrived stays', async ({ page, site }) => {
  const wasm = await holdBack(page, /\.wasm$/);
  await page.goto('/signup', { waitUntil: 'commit' });
  const person = somebody();
  await site.fill({ email: person.email, display_name: person.name, password: person.password });
  wasm.letGo();
  await site.ready();
  await expect(site.field('email')).toHaveValue(person.email);
  await expect(site.field('password')).toHaveValue(person.password);
  await site.button('signup.submit').click();
  await site.isAt('/signup/confirm', 'confirm.heading');
});

test('a form that is submitted before the scripts arrived goes through', async ({ page, site, member }) => {
  const wasm = await holdBack(page, /\.wasm$/);
  await page.goto('/login', { waitUntil: 'commit' });
  await site.logIn(member);
  await expect(page).toHaveURL('/');
  wasm.letGo();
  await site.greets(member);
});

test('pressing twice posts once, and the button says that it is at it', async ({ page, site, words, signedIn }) => {
  expect(signedIn).toBeDefined();
  await site.visit('/profile');
  const requests = requestsOf(page);
  const post = await holdBack(page, '**/api/update_profile');
  const button = site.button('profile.submit');
  await button.dblclick();
  const busy = site.button('profile.saving');
  await expect(busy).toHaveAttribute('aria-busy', 'true');
  await expect(busy).toBeFocused();
  await busy.press('Enter');
  await site.field('display_name').press('Enter');
  post.letGo();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(button).not.toHaveAttribute('aria-busy');
  expect(requests).toEqual(['POST /api/update_profile']);
});

test('pressing twice on a form that loads a page posts once, and the new session is kept', async ({
  page,
  site,
  words,
  program,
  signedIn,
}) => {
  const { email, password } = signedIn;
  await site.visit('/settings/security');
  await site.fill({ current_password: password, new_password: 'a pond behind the house' });
  const requests = requestsOf(page);
  const post = await holdBack(page, '**/api/change_password');
  await site.button('security.submit').dblclick();
  post.letGo();
  await expect(site.notice).toHaveText(words('notices.password_changed'));
  expect(postsIn(requests)).toEqual(['POST /api/change_password']);
  await site.visit('/profile');
  await site.isAt('/profile', 'profile.heading');
  await expect(site.main).toContainText(email);
  const logIn = await program.post('login', { email, password: 'a pond behind the house' });
  expect(logIn.status(), 'with the new password').toBe(200);
});

test('a password can be shown while it is typed', async ({ site, words, page }) => {
  await site.visit('/login');
  await site.fill({ password: 'a secret of mine' });
  await expect(site.field('password')).toHaveAttribute('type', 'password');
  await site.button('fields.show_password').click();
  await expect(site.field('password')).toHaveAttribute('type', 'text');
  await expect(site.field('password')).toHaveValue('a secret of mine');
  await page.getByRole('button', { name: words('fields.hide_password') }).click();
  await expect(site.field('password')).toHaveAttribute('type', 'password');
});

test('a password that is shown is hidden again when it is posted and when the page is left', async ({
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

test('a page that is about somebody else by now loads anew instead of posting', async ({ page, site, signedIn }) => {
  await site.visit('/settings/sessions');
  await mark(page);
  const requests = requestsOf(page);
  // What another tab has announced, and this one has not heard.
  await page.evaluate(() => localStorage.setItem('genkan-session', 'another member, another session'));
  await page.evaluate(() => {
    document.querySelector<HTMLFormElement>('form[action="/api/logout_everywhere"]')!.requestSubmit();
  });
  await page.waitForFunction(() => !('isMarked' in window));
  expect(postsIn(requests)).toEqual([]);
  await site.visit('/profile');
  await expect(site.main, 'still signed in').toContainText(signedIn.email);
});
