// Waiting for conditions, never for time to pass.

const PAUSE = 100; // ms between two looks: a busy page should not be asked more often

/** How long, in ms, anything may take that should be immediate: machines that run tests are busy machines. PATIENCE says otherwise. */
export const PATIENCE = Number(process.env.PATIENCE) || 30_000;

/** Calls look until it gives something truthy, and returns that. After ms it fails, naming what and the last answer. */
export async function until(what, look, ms = PATIENCE) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`${what}: not within ${ms / 1000} s (last: ${seen})`);
    }
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}
