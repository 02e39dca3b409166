import { existsSync } from 'node:fs';

import type { LaunchOptions } from '@playwright/test';

const DEBIANS = '/usr/bin/chromium';

/** How the browser is started: the machine's own, else Playwright's, with nothing that talks to the outside. */
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
