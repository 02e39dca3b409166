// The development mailbox, with the mails that the site would have sent.
import { expect, type APIRequestContext } from '@playwright/test';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

export class Mailbox {
  constructor(private readonly request: APIRequestContext) {}

  /** The newest mail to an address, once `count` have arrived. */
  async newestTo(address: string, count = 1): Promise<Mail> {
    let mails: Mail[] = [];
    await expect
      .poll(async () => {
        mails = await this.to(address);
        return mails.length;
      }, `mails to ${address}`)
      .toBe(count);
    return mails.at(-1)!;
  }

  private async to(address: string): Promise<Mail[]> {
    const answer = await this.request.get('/dev/mailbox.json');
    expect(answer.status(), 'the server runs with DEV_MAILBOX=on').toBe(200);
    const mails: Mail[] = await answer.json();
    return mails.filter((mail) => mail.to === address);
  }
}

export function codeIn(mail: Mail): string {
  return oneMatch(mail.subject, /\b\d{6}\b/);
}

export function linkIn(mail: Mail): string {
  return oneMatch(mail.text, /https?:\/\/\S+\/signup\/confirm\?\S+/);
}

export function resetLinkIn(mail: Mail): string {
  return oneMatch(mail.text, /https?:\/\/\S+\/reset\?\S+/);
}

function oneMatch(text: string, pattern: RegExp): string {
  const match = text.match(pattern);
  if (!match) {
    throw new Error(`${pattern} is not in: ${text}`);
  }
  return match[0];
}
