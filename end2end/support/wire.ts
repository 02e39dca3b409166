// The wire between browser and server: a proxy that keeps a record of every answer, and can lose one, hold one
// back or give one of its own. In the browser a lost answer would already have stored its cookies.
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** A request and its answer, as they went over the wire. */
export interface Exchange {
  /** As `POST /api/login`; without the query. */
  what: string;
  /** `performance.now()` when it came. */
  at: number;
  headers: IncomingHttpHeaders;
  /** Of the answer; 0 as long as there is none. */
  status: number;
  /** `performance.now()` when the answer went to the browser; infinite as long as there is none. */
  answeredAt: number;
  /** The names of the cookies that the answer sets or removes. */
  cookies: string[];
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** What is done to an exchange; nothing of it: the wire is a wire. */
interface Fault {
  /** Waited for before the server is asked. */
  before?: Promise<void>;
  /** Waited for between the server's answer and the browser. */
  after?: Promise<void>;
  /** Goes to the browser instead, and the server is not asked. */
  instead?: Answer;
  /** The server acts, and the browser never hears of it. */
  isLost?: boolean;
}

interface Trap extends Fault {
  /** Begins with this. */
  what: string;
  left: number;
  sprung: () => void;
}

/**
 * In milliseconds: how late every answer is, on top of what the server takes. `WIRE_DELAY=700` shows which tests
 * hope for a quick machine.
 */
const DELAY = Number(process.env.WIRE_DELAY ?? 0);

export class Wire {
  readonly exchanges: Exchange[] = [];
  private readonly traps: Trap[] = [];

  private constructor(
    private readonly listener: Server,
    private readonly server: URL,
    /** Where the browser finds the server. */
    readonly url: string,
  ) {}

  static async to(server: string): Promise<Wire> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const wire = new Wire(listener, new URL(server), `http://localhost:${port}`);
    listener.on('request', (incoming, outgoing) => {
      wire.pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    return wire;
  }

  close(): void {
    this.listener.close();
    this.listener.closeAllConnections();
  }

  /** The exchanges of this kind that have been answered: `POST /auth/refresh`. */
  answered(what: string): Exchange[] {
    return this.exchanges.filter((it) => it.what === what && it.status > 0);
  }

  /** The next answer of this kind does not arrive. */
  loseNext(what: string): Promise<void> {
    return this.trap(what, 1, { isLost: true });
  }

  /** The next request of this kind waits before it reaches the server; `came` resolves when it is there. */
  holdNext(what: string): { came: Promise<void>; letGo: () => void } {
    const { held, letGo } = holding();
    return { came: this.trap(what, 1, { before: held }), letGo };
  }

  /** The next answer of this kind waits on its way back, while the server has done its part. */
  holdNextAnswer(what: string): { came: Promise<void>; letGo: () => void } {
    const { held, letGo } = holding();
    return { came: this.trap(what, 1, { after: held }), letGo };
  }

  /** Every request of this kind gets this answer. */
  answerAll(what: string, answer: Answer): void {
    void this.trap(what, Number.POSITIVE_INFINITY, { instead: answer });
  }

  private trap(what: string, left: number, fault: Fault): Promise<void> {
    return new Promise((resolve) => this.traps.push({ what, left, ...fault, sprung: resolve }));
  }

  private async pass(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    const path = incoming.url ?? '/';
    const exchange: Exchange = {
      what: `${incoming.method} ${path.replace(/\?.*/, '')}`,
      at: performance.now(),
      headers: incoming.headers,
      status: 0,
      answeredAt: Number.POSITIVE_INFINITY,
      cookies: [],
    };
    this.exchanges.push(exchange);
    const trap = this.traps.find((it) => it.left > 0 && exchange.what.startsWith(it.what));
    if (trap) trap.left -= 1;
    const sent = await buffer(incoming);

    if (trap?.instead) {
      const { status, headers, body } = trap.instead;
      Object.assign(exchange, { status, answeredAt: performance.now() });
      outgoing.writeHead(status, { ...headers, 'cache-control': 'no-store', connection: 'close' }).end(body);
      trap.sprung();
      return;
    }
    if (trap?.before) {
      trap.sprung();
      await trap.before;
    }
    const answer = await this.ask(incoming, sent);
    exchange.cookies = (answer.headers['set-cookie'] ?? []).map((it) => it.replace(/=.*/, ''));
    if (trap && !trap.before) trap.sprung();
    await trap?.after;
    await setTimeout(DELAY);
    Object.assign(exchange, { status: answer.status, answeredAt: performance.now() });
    if (trap?.isLost) {
      outgoing.destroy();
      return;
    }
    // Each over a connection of its own: Chromium repeats by itself what is lost on one that it uses again.
    outgoing.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
  }

  private ask({ method, url, headers }: Incoming, sent: Buffer): Promise<Received> {
    const { hostname, port, origin, host } = this.server;
    // The server knows itself by its own address.
    const own = { ...headers, host, ...(headers.origin === this.url && { origin }) };
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path: url, headers: own }, async (answer) => {
        try {
          resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) });
        } catch (error) {
          reject(error);
        }
      });
      asked.on('error', reject).end(sent);
    });
  }
}

interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

type Incoming = import('node:http').IncomingMessage;
type Outgoing = import('node:http').ServerResponse;

function holding(): { held: Promise<void>; letGo: () => void } {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { held, letGo };
}
