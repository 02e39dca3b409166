// The servers are started beforehand, by `cargo xtask test e2e` or by hand. BASE_URL is the address of the ordinary
// one, SHORT_BASE_URL that of the one for `support/lifetimes.ts`.
import { defineConfig, type Project } from '@playwright/test';

import { chromium } from './support/chromium.ts';

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const languages = { en: 'en-US', ja: 'ja-JP' };

/** A member's whole walk, in each of the eight combinations. */
const walks: Project[] = Object.entries({ desktop, phone }).flatMap(([device, screen]) =>
  Object.entries(languages).flatMap(([language, locale]) =>
    [true, false].map((javaScriptEnabled) => ({
      name: `walk ${device} ${language} ${javaScriptEnabled ? 'scripts' : 'no scripts'}`,
      testMatch: 'walk.spec.ts',
      use: { ...screen, locale, javaScriptEnabled },
    })),
  ),
);

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 4,
  // A machine that stands still for half a second makes a store time out, which the site rightly answers with 503. A
  // test that met this passes the second time, and is listed as flaky.
  retries: 1,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: 'list',
  use: {
    ...desktop,
    baseURL: process.env.BASE_URL ?? 'http://localhost:3000',
    launchOptions: chromium,
    locale: languages.en,
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
  projects: [
    // First, and on three of the workers: it mostly waits, while the others run.
    { name: 'lifetimes', testMatch: 'lifetimes/**', timeout: 60_000, workers: 3 },
    ...walks,
    { name: 'scripts', testMatch: ['either/**', 'scripts/**', 'looks/**'] },
    { name: 'no scripts', testMatch: ['either/**', 'plain/**'], use: { javaScriptEnabled: false } },
  ],
});
