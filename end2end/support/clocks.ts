// What runs in a page before its scripts, to give it clocks that are wrong.
import type { BrowserContext, Page } from '@playwright/test';

/** The browser's clock is this many hours ahead; behind, if negative. `setClock` sets it while the page lives. */
export async function wrongClock(context: BrowserContext, hours: number): Promise<void> {
  await context.addInitScript((hours) => {
    const clock = { ahead: hours * 3_600_000 };
    Object.assign(window, { clock });
    const now = Date.now;
    Date.now = () => now() + clock.ahead;
    const RealDate = Date;
    window.Date = new Proxy(RealDate, {
      construct: (_, given) => (given.length > 0 ? Reflect.construct(RealDate, given) : new RealDate(Date.now())),
    });
  }, hours);
}

export async function setClock(page: Page, hours: number): Promise<void> {
  await page.evaluate((hours) => ((window as any).clock.ahead = hours * 3_600_000), hours);
}

/**
 * Makes a page that is frozen take it for the sleep of the whole machine: `performance.now()` stands still,
 * nothing tells of it afterwards, and the page was never behind another.
 */
export async function sleepsUnawares(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const now = performance.now.bind(performance);
    let asleepSince: number | undefined;
    let slept = 0;
    Performance.prototype.now = () => (asleepSince ?? now()) - slept;
    const listen = (event: string, act: () => void) => {
      const hush = (it: Event) => {
        act();
        it.stopImmediatePropagation();
      };
      window.addEventListener(event, hush, true);
    };
    listen('freeze', () => {
      asleepSince = now();
    });
    listen('resume', () => {
      slept += now() - (asleepSince ?? now());
      asleepSince = undefined;
    });
    for (const event of ['visibilitychange', 'focus', 'blur']) listen(event, () => {});
    Object.defineProperty(Document.prototype, 'hidden', { get: () => false });
    Object.defineProperty(Document.prototype, 'visibilityState', { get: () => 'visible' });
  });
}
