// A proxy between browser and server that records every response, and can drop, delay or replace one. Dropped in the
// browser instead, a response would already have stored its cookies.
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** A request and its response on the wire. */
export interface Exchange {
  /** Such as `POST /api/login`; without the query. */
  what: string;
  /** `performance.now()` when the request arrived. */
  at: number;
  headers: IncomingHttpHeaders;
  /** The status of the response; 0 until there is one. */
  status: number;
  /** `performance.now()` when the response was sent to the browser; infinite until then. */
  answeredAt: number;
  /** The names of the cookies that the response sets or removes. */
  cookies: string[];
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Changes to an exchange; without any, it is passed through. */
interface Fault {
  /** Awaited before the request is sent to the server. */
  before?: Promise<void>;
  /** Awaited before the response is sent to the browser. */
  after?: Promise<void>;
  /** Sent to the browser instead of asking the server. */
  instead?: Answer;
  /** The server handles the request, and the response is dropped. */
  isLost?: boolean;
}

interface Trap extends Fault {
  /** The prefix of the exchanges. */
  what: string;
  left: number;
  sprung: () => void;
}

/**
 * The additional delay of every response, in milliseconds. `WIRE_DELAY=700` shows which tests depend on a fast machine.
 */
const DELAY = Number(process.env.WIRE_DELAY ?? 0);

export class Wire {
  readonly exchanges: Exchange[] = [];
  private readonly traps: Trap[] = [];

  private constructor(
    private readonly listener: Server,
    private readonly server: URL,
    /** The origin at which the browser reaches the server. */
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

  /** The answered exchanges of this kind, such as `POST /auth/refresh`. */
  answered(what: string): Exchange[] {
    return this.exchanges.filter((it) => it.what === what && it.status > 0);
  }

  /** Drops the next response of this kind. */
  loseNext(what: string): Promise<void> {
    return this.trap(what, 1, { isLost: true });
  }

  /** Holds the next request of this kind before the server; `came` resolves when it arrives. */
  holdNext(what: string): { came: Promise<void>; letGo: () => void } {
    const { held, letGo } = holding();
    return { came: this.trap(what, 1, { before: held }), letGo };
  }

  /** Holds the next response of this kind after the server has sent it. */
  holdNextAnswer(what: string): { came: Promise<void>; letGo: () => void } {
    const { held, letGo } = holding();
    return { came: this.trap(what, 1, { after: held }), letGo };
  }

  /** Answers every request of this kind with this response. */
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
    // A connection for each request: Chromium retries by itself if a reused connection breaks.
    outgoing.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
  }

  private ask({ method, url, headers }: Incoming, sent: Buffer): Promise<Received> {
    const { hostname, port, origin, host } = this.server;
    // The server expects its own address.
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
