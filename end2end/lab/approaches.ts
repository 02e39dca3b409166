/** The approaches that are tried, as `lab serve` calls them. */
export const APPROACHES = ['spa_local_storage', 'spa_memory', 'redis', 'genkan'] as const;

export type Approach = (typeof APPROACHES)[number];

const PORTS = (process.env.PORTS ?? '3401,3402,3403,3404').split(',').map(Number);

/** The port of its instance. */
export function portOf(approach: Approach): number | undefined {
  return PORTS[APPROACHES.indexOf(approach)];
}

/** By this name, because browsers keep `Secure` cookies of http://localhost. */
export function addressOf(approach: Approach): string {
  return `http://localhost:${portOf(approach)}`;
}
