// What injected scripts and browsers do to the approaches of the lab, and the report. `cargo xtask lab --quick` runs it.
// It starts an instance of each approach with the program LAB, at PORTS and on the stores in DATABASE_URL and REDIS_URL.
import { defineConfig } from '@playwright/test';

import { chromium } from '../support/chromium.ts';
import { addressOf, APPROACHES, portOf } from './approaches.ts';

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/lab',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 15_000,
  expect: { timeout: 5_000 },
  reporter: 'list',
  use: { launchOptions: chromium },
  webServer: APPROACHES.map((approach) => ({
    command: `exec "$LAB" serve ${approach}`,
    env: { PORT: String(portOf(approach)), LAB_KEY: Buffer.alloc(32, 1).toString('base64') },
    url: `${addressOf(approach)}/health`,
    stdout: 'pipe' as const,
    stderr: 'pipe' as const,
  })),
});
