// The site's own texts. Tests name a key, never the words.
import { readFileSync } from 'node:fs';

export type Language = 'en' | 'ja';
export type Words = (key: string, values?: Record<string, string | number>) => string;

/** The texts of a language; a missing key fails the test. */
export function wordsIn(language: Language): Words {
  const file = new URL('../../app/texts.json', import.meta.url);
  const texts: unknown = JSON.parse(readFileSync(file, 'utf8'));

  return (key, values = {}) => {
    const text = [...key.split('.'), language].reduce<any>((node, part) => node?.[part], texts);
    if (typeof text !== 'string') {
      throw new Error(`texts.json has no ${language} words for ${key}`);
    }
    return text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => {
      if (!(name in values)) {
        throw new Error(`${key} needs a value for ${name}`);
      }
      return String(values[name]);
    });
  };
}

export function otherThan(language: Language): Language {
  return language === 'en' ? 'ja' : 'en';
}
