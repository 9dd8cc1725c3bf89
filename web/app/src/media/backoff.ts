/**
 * When to try again (docs/protocol.md, "Coming back"): after 0, 0.5, 1, 2, 4, then every 5 seconds, each ± 20 % by
 * chance, so that a restarted server is not met by everybody in the same instant.
 */
const STEPS_MS = [0, 500, 1000, 2000, 4000, 5000] as const;
const JITTER = 0.2;

/** Milliseconds to wait before the attempt number `attempt` (from 0). `random` is in [0, 1). */
export function backoff(attempt: number, random: number): number {
  const base = STEPS_MS[Math.min(Math.max(0, Math.trunc(attempt)), STEPS_MS.length - 1)] ?? 5000;
  return Math.round(base * (1 - JITTER + 2 * JITTER * random));
}
