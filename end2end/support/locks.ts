// The Web Lock under which one tab of a browser refreshes.
import type { BrowserContext, Page } from '@playwright/test';

/** How many tabs of this page's browser hold the lock under which one refreshes, and how many wait for it. */
export function locksSeenBy(page: Page): Promise<{ held: number; pending: number }> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return { held: held.length, pending: pending.length };
  });
}

/** Another tab has the lock under which one refreshes, until `release`. */
export async function lockElsewhere(context: BrowserContext): Promise<{ release: () => Promise<void> }> {
  const tab = await context.newPage();
  await tab.goto('/');
  const lock = await tab.evaluateHandle(
    () =>
      new Promise<{ release: () => void }>((held) => {
        void navigator.locks.request('genkan-refresh', () => new Promise<void>((release) => held({ release })));
      }),
  );
  return { release: () => lock.evaluate((it) => it.release()) };
}
