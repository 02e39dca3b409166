// Failures that no test may cause: console errors and warnings (including hydration errors and violations of the
// content security policy), uncaught errors, and failed requests.
import { expect, type BrowserContext } from '@playwright/test';

export class Troubles {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];

  /** Expects this trouble, which must occur: `/^401 POST \/api\/login$/`. */
  expect(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  /** Allows this trouble, which may occur or not, depending on a race. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  watch(context: BrowserContext, origin: string): void {
    context.on('console', (message) => {
      // Failed requests are reported below, with method and path.
      const isFailedRequest = message.text().startsWith('Failed to load resource');
      if (['error', 'warning', 'assert'].includes(message.type()) && !isFailedRequest) {
        this.seen.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    context.on('weberror', (error) => {
      const { message, stack } = error.error();
      // On a slow machine Chromium gives up a view transition, whose promise no script of ours holds.
      if (message.startsWith('Transition was ')) return;
      this.seen.push(`uncaught: ${stack || message}`);
    });
    context.on('response', (response) => {
      const url = new URL(response.url());
      if (response.status() >= 400 && url.origin === origin) {
        this.seen.push(`${response.status()} ${response.request().method()} ${url.pathname}`);
      }
    });
    context.on('requestfailed', (request) => {
      const url = new URL(request.url());
      const failure = request.failure()?.errorText ?? 'failed';
      // The page was left while its files were loading, or scripts are disabled and not loaded.
      const isGivenUp = ['net::ERR_ABORTED', 'csp'].includes(failure) && url.pathname.startsWith('/pkg/');
      // Chromium gives up a page that it loads ahead of time, which nobody sees.
      const isAhead = request.headers()['sec-purpose'] !== undefined;
      if (url.origin === origin && !isGivenUp && !isAhead) {
        this.seen.push(`${failure} ${request.method()} ${url.pathname}`);
      }
    });
  }

  check(): void {
    const foreseen = [...this.expected, ...this.allowed];
    const unexpected = this.seen.filter((it) => !foreseen.some((pattern) => pattern.test(it)));
    expect(unexpected, 'troubles that the test does not expect').toEqual([]);
    const missing = this.expected.filter((pattern) => !this.seen.some((it) => pattern.test(it)));
    expect(missing.map(String), 'troubles that the test expects').toEqual([]);
  }
}
