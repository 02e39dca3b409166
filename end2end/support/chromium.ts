import { existsSync } from 'node:fs';

import type { LaunchOptions } from '@playwright/test';

const DEBIANS = '/usr/bin/chromium';

/** The launch options: the machine's own browser, else Playwright's, without background requests. */
export const chromium: LaunchOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? (existsSync(DEBIANS) ? DEBIANS : undefined),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
