// Pages that an extension, a translator or a proxy has changed before the scripts run.
import { loseAccess } from '../../support/cookies.ts';
import { expect, test } from '../../support/test.ts';

const PROXY = '/proxy/of/somebody';

/** Runs in the page before its scripts, which start once its elements exist. */
function tamper(proxy: string): void {
  const element = (name: string) => Object.assign(document.createElement(name), { className: 'inserted' });
  document.addEventListener('DOMContentLoaded', () => {
    document.body.prepend(element('div'));
    document.head.prepend(element('meta'));
    for (const it of document.querySelectorAll('form, leptos-island')) it.prepend(element('span'));
    for (const it of document.querySelectorAll('input, textarea')) it.after(element('span'));
    for (const it of document.querySelectorAll('form')) it.action = new URL(it.action).origin + proxy + new URL(it.action).pathname;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: Node[] = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found.filter((it) => it.parentElement?.tagName !== 'TEXTAREA')) {
      const font = document.createElement('font');
      text.parentNode!.replaceChild(font, text);
      font.append(text);
    }
  });
}

test('on a page changed before its scripts run, log-in, refused forms, refreshes and times work', async ({
  context,
  page,
  site,
  words,
  member,
  troubles,
}) => {
  troubles.expect(/^401 POST .*\/api\/login$/, /^422 POST .*\/api\/update_profile$/);
  troubles.expect(/^401 POST .*\/api\/update_profile$/);
  await page.addInitScript(tamper, PROXY);
  await page.route(`**${PROXY}/**`, (route) => route.continue({ url: route.request().url().replace(PROXY, '') }));
  const posts: string[] = [];
  page.on('request', (it) => {
    if (it.method() === 'POST') posts.push(`${it.resourceType()} ${new URL(it.url()).pathname.replace(PROXY, '')}`);
  });

  await site.visit('/login');
  await expect(page.locator('font').first()).toBeAttached();
  await site.logIn({ ...member, password: 'not the password at all' });
  await expect(site.alert).toHaveText(words('problems.bad_credentials'));
  await site.fill({ password: member.password });
  await site.button('fields.show_password').click();
  await expect(site.field('password')).toHaveAttribute('type', 'text');
  await site.button('login.submit').click();
  await site.greets(member);

  await site.visit('/profile');
  await expect(site.main.locator('time > font'), 'shown anew in the time zone of the browser').toHaveCount(0);
  await site.fill({ display_name: '', bio: 'Typed' });
  await site.button('profile.submit').click();
  await site.hasProblem('display_name', 'fields.display_name.required');
  await loseAccess(context, page);
  await site.fill({ display_name: member.name });
  await site.button('profile.submit').click();
  await expect(site.notice).toHaveText(words('notices.saved'));
  await expect(site.field('bio')).toHaveValue('Typed');
  await site.ready();
  await site.logOut();
  expect(posts).toEqual([
    'fetch /api/login',
    'fetch /api/login',
    'fetch /api/update_profile',
    'fetch /api/update_profile',
    'fetch /auth/refresh',
    'fetch /api/update_profile',
    'document /api/logout',
  ]);
});
