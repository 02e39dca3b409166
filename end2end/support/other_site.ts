// Another site, at the numeric address: `localhost` and `127.0.0.1` are different sites for a browser.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class OtherSite {
  private readonly pages = new Map<string, string>();

  private constructor(
    private readonly listener: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<OtherSite> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const site = new OtherSite(listener, `http://127.0.0.1:${port}`);
    listener.on('request', (incoming, outgoing) => {
      const content = site.pages.get(incoming.url ?? '/');
      const page = `<!doctype html><html lang="en"><head><title>Another site</title>
        <link rel="icon" href="data:,"></head><body>${content}</body></html>`;
      outgoing.writeHead(content === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
      outgoing.end(page);
    });
    return site;
  }

  close(): void {
    this.listener.close();
    this.listener.closeAllConnections();
  }

  /** Serves a page there, and returns its address. */
  page(path: string, content: string): string {
    this.pages.set(path, content);
    return this.url + path;
  }
}
