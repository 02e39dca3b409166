// What must not happen in any test: console errors and warnings (broken hydration and violations of the
// content security policy among them), uncaught errors, failed requests.
import { expect, type BrowserContext } from '@playwright/test';

export class Troubles {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];

  /** This trouble belongs to the test, and has to come: `/^401 POST \/api\/login$/`. */
  expect(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  /** This trouble may come or not: whether the browser tells depends on which of two things is first. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  watch(context: BrowserContext, origin: string): void {
    context.on('console', (message) => {
      // A failed request is seen below, with its method and path.
      const isFailedRequest = message.text().startsWith('Failed to load resource');
      if (['error', 'warning', 'assert'].includes(message.type()) && !isFailedRequest) {
        this.seen.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    context.on('weberror', (error) => {
      this.seen.push(`uncaught: ${error.error().stack ?? error.error().message}`);
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
      // The page was left while its files were on their way; or scripts are off, and the browser loads none.
      const isGivenUp = ['net::ERR_ABORTED', 'csp'].includes(failure) && url.pathname.startsWith('/pkg/');
      if (url.origin === origin && !isGivenUp) {
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
