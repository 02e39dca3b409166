// `test` with the fixtures for every test of the site. Import it from here, not from Playwright.
import { test as base, expect } from '@playwright/test';

import { Mailbox } from './mailbox.ts';
import { Program, somebody, type Person } from './member.ts';
import { OtherSite } from './other_site.ts';
import { Site } from './site.ts';
import { Troubles } from './troubles.ts';
import { wordsIn, type Language, type Words } from './words.ts';

interface Options {
  /** The page that `signedIn` starts at. */
  startsAt: string;
}

interface Fixtures {
  /** The browser's preferred language. */
  language: Language;
  words: Words;
  origin: string;
  troubles: Troubles;
  site: Site;
  mailbox: Mailbox;
  program: Program;
  /** A member who is not signed in. */
  member: Person;
  /** Another member, with another name. */
  another: Person;
  /** The member, signed in in the page, at `/` or where the test `startsAt`. */
  signedIn: Person;
  /** The site with a member signed in, for tests that do not need the member. */
  memberSite: Site;
  /** Another tab of the same browser, ready at this path. */
  openTab: (path: string) => Promise<Site>;
  otherSite: OtherSite;
}

export const test = base.extend<Options & Fixtures>({
  startsAt: ['/', { option: true }],

  language: async ({ locale }, use) => {
    await use(locale?.startsWith('ja') ? 'ja' : 'en');
  },

  words: async ({ language }, use) => {
    await use(wordsIn(language));
  },

  origin: async ({ baseURL }, use) => {
    await use(new URL(baseURL!).origin);
  },

  troubles: [
    async ({ context, origin }, use) => {
      const troubles = new Troubles();
      troubles.watch(context, origin);
      await context.addInitScript(noteHydration);
      await use(troubles);
      troubles.check();
    },
    { auto: true },
  ],

  site: async ({ page, words, javaScriptEnabled }, use) => {
    await use(new Site(page, words, javaScriptEnabled ?? true));
  },

  mailbox: async ({ request }, use) => {
    await use(new Mailbox(request));
  },

  program: async ({ playwright, baseURL, origin, language }, use) => {
    const request = await playwright.request.newContext({ baseURL });
    await use(new Program(request, origin, language));
    await request.dispose();
  },

  member: async ({ program, mailbox }, use) => {
    const member = somebody();
    await program.makeMember(member, mailbox);
    await use(member);
  },

  another: async ({ program, mailbox }, use) => {
    const another = { ...somebody(), name: 'Ken' };
    await program.makeMember(another, mailbox);
    await use(another);
  },

  // Signs in by a program with the browser's jar, because other tests cover the log-in form.
  signedIn: async ({ context, site, origin, language, member, startsAt }, use) => {
    const { email, password } = member;
    const browser = new Program(context.request, origin, language);
    expect((await browser.post('login', { email, password })).status()).toBe(200);
    await site.visit(startsAt);
    await site.showsMember();
    await use(member);
  },

  memberSite: async ({ site, signedIn: _ }, use) => {
    await use(site);
  },

  openTab: async ({ context, words, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const tab = new Site(await context.newPage(), words, javaScriptEnabled ?? true);
      await tab.visit(path);
      return tab;
    });
  },

  otherSite: async ({}, use) => {
    const site = await OtherSite.open();
    await use(site);
    site.close();
  },
});

/**
 * Runs in the page before its scripts, which mark the page once they run. The islands are hydrated in the same task, so
 * by the next one every form and button works.
 */
export function noteHydration(): void {
  const scripts = new MutationObserver(() => {
    scripts.disconnect();
    setTimeout(() => Object.assign(window, { isHydrated: true }));
  });
  scripts.observe(document, { subtree: true, attributeFilter: ['data-scripts'] });
}

export { expect };
