import { randomUUID } from 'node:crypto';

import { expect, type APIRequestContext, type APIResponse, type BrowserContext } from '@playwright/test';

import { cookiesOf } from './cookies.ts';
import { codeIn, type Mailbox } from './mailbox.ts';
import type { Language } from './words.ts';

export interface Person {
  email: string;
  name: string;
  password: string;
}

/** A person who is not yet a member. */
export function somebody(): Person {
  return {
    email: `hana-${randomUUID()}@example.com`,
    name: 'Hana 花',
    password: 'seven lanterns by the gate',
  };
}

/** A program that calls the server functions, with its own cookie jar. */
export class Program {
  constructor(
    private readonly request: APIRequestContext,
    private readonly origin: string,
    private readonly language: Language,
  ) {}

  post(name: string, form: Record<string, string> = {}, cookie?: string): Promise<APIResponse> {
    return this.request.post(`/api/${name}`, {
      form,
      headers: {
        origin: this.origin,
        accept: 'application/json',
        'accept-language': this.language,
        ...(cookie && { cookie }),
      },
    });
  }

  /** Ends this browser's session from elsewhere, with a copy of its cookies. */
  async endSessionOf(context: BrowserContext): Promise<void> {
    expect((await this.post('logout', {}, await cookiesOf(context))).status()).toBe(200);
  }

  /** Signs a person up and confirms the address. */
  async makeMember(person: Person, mailbox: Mailbox): Promise<void> {
    const { email, name, password } = person;
    expect((await this.post('signup', { email, display_name: name, password })).status()).toBe(200);
    const code = codeIn(await mailbox.newestTo(email));
    expect((await this.post('confirm_email', { email, code })).status()).toBe(200);
  }
}
