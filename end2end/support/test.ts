// `test` with what every test of the site needs. Import it from here, not from Playwright.
import { test as base, expect } from '@playwright/test';

import { Mailbox } from './mailbox.ts';
import { Program, somebody, type Person } from './member.ts';
import { Site } from './site.ts';
import { Troubles } from './troubles.ts';
import { wordsIn, type Language, type Words } from './words.ts';

interface Options {
  /** Where the member arrives who is `signedIn`. */
  startsAt: string;
}

interface Fixtures {
  /** The language that the browser asks for. */
  language: Language;
  words: Words;
  origin: string;
  troubles: Troubles;
  site: Site;
  mailbox: Mailbox;
  program: Program;
  /** Somebody with an account, not signed in. */
  member: Person;
  /** The member, signed in in the page, at `/` or where the test `startsAt`. */
  signedIn: Person;
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
    async ({ context, origin, javaScriptEnabled }, use) => {
      const troubles = new Troubles();
      // Without scripts nothing uses it. The browser says so after a few seconds, if the test is still there.
      if (javaScriptEnabled === false) troubles.allow(/\.wasm was preloaded using link preload but not used/);
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

  signedIn: async ({ page, site, member, startsAt }, use) => {
    await site.visit(`/login?next=${encodeURIComponent(startsAt)}`);
    await site.logIn(member);
    await expect(page).toHaveURL(startsAt);
    await site.showsMember();
    await use(member);
  },
});

/**
 * Runs in the page before its scripts. The router listens to `popstate` while the page is being hydrated,
 * which is one task: by the next task, every form and button is alive.
 */
export function noteHydration(): void {
  const listen = window.addEventListener;
  window.addEventListener = function (this: Window, ...given: Parameters<typeof listen>) {
    if (given[0] === 'popstate') {
      setTimeout(() => Object.assign(window, { isHydrated: true }));
    }
    return listen.apply(this, given);
  };
}

export { expect };
