import type { Page } from '@playwright/test';

import { expect, test } from '../../support/test.ts';

/** Presses Tab and returns the name of the focused element. */
async function tab(page: Page): Promise<string> {
  await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const it = document.activeElement;
    return it?.getAttribute('aria-label') ?? (it?.id || it?.textContent?.trim() || '');
  });
}

test('the first Tab offers to skip to the content', async ({ page, site, words }) => {
  await site.visit('/login');
  expect(await tab(page)).toBe(words('site.skip'));
  await expect(page.getByRole('link', { name: words('site.skip') })).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(site.main).toBeFocused();
  expect(await tab(page)).toBe('email');
});

test('Tab moves through the page in reading order', async ({ page, site, words }) => {
  await site.visit('/login');
  const order = [];
  for (let i = 0; i < 13; i++) order.push(await tab(page));
  expect(order).toEqual([
    words('site.skip'),
    words('site.home'),
    words('nav.log_in'),
    words('nav.sign_up'),
    'email',
    'password',
    words('fields.show_password'),
    'remember',
    words('login.submit'),
    words('login.forgot'),
    words('login.sign_up'),
    words('language.en'),
    words('language.ja'),
  ]);
});

test('a member logs in, edits the profile and logs out without a mouse', async ({ page, site, words, member }) => {
  const type = (text: string) => page.keyboard.type(text);
  const press = (key: string) => page.keyboard.press(key);

  await site.visit('/login');
  for (let i = 0; i < 5; i++) await tab(page);
  await type(member.email);
  await press('Tab');
  await type(member.password);
  await press('Enter');
  await site.greets(member);

  for (let i = 0; i < 3; i++) await tab(page);
  await press('Enter');
  await site.isAt('/profile', 'profile.heading');
  await site.field('bio').focus();
  await type('By keyboard');
  await press('Tab');
  await press('Tab');
  await expect(site.button('profile.submit')).toBeFocused();
  await press('Space');
  await expect(site.notice).toHaveText(words('notices.saved'));

  await site.header.getByRole('button', { name: words('nav.log_out') }).focus();
  await press('Enter');
  await expect(site.notice).toHaveText(words('notices.logged_out'));
});

test('the focused element is visibly focused', async ({ page, site }) => {
  await site.visit('/login');
  for (let i = 0; i < 12; i++) {
    const name = await tab(page);
    const outline = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement!);
      return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
    });
    expect(outline, name).toBeGreaterThanOrEqual(2);
  }
});
