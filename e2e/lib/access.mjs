// What a page must be for everybody: checked by axe-core, and by our own measure of focus, targets and overflow.
import axe from 'axe-core';

/** The serious and critical findings of axe on the page as it is, in a form that a person can act on. */
export async function axeFindings(visitor) {
  await settled(visitor);
  await visitor.evaluate(axe.source);
  const result = await visitor.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 160)} — ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 220)}`));
}

/** Waits until nothing is being animated: half-faded text has no contrast yet. */
export function settled(visitor) {
  return visitor.until('animations end', () => document.getAnimations().every((a) =>
    a.playState !== 'running' || a.effect?.getComputedTiming().iterations === Infinity), null, 5_000);
}

/** What does not fit: a page that scrolls sideways, controls outside the window, too small to hit, or text too small. */
export function layoutFaults(visitor, { smallestText = 0 } = {}) {
  return visitor.evaluate((smallest) => {
    const faults = [];
    const name = (e) => e.closest('[data-test]')?.dataset.test ?? e.tagName;
    if (document.scrollingElement.scrollWidth > innerWidth) faults.push(`the page is ${document.scrollingElement.scrollWidth} px wide`);
    for (const e of document.querySelectorAll('button, a, input, select, textarea')) {
      if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const r = e.getBoundingClientRect();
      if (r.width === 0 || r.height <= 1) continue; // visually hidden
      const inline = getComputedStyle(e).display === 'inline' || e.type === 'checkbox' || e.type === 'range';
      if (!inline && (r.width < 24 || r.height < 24)) faults.push(`${name(e)} is ${Math.round(r.width)} × ${Math.round(r.height)} px`);
      if (e.closest('[role="toolbar"]')) continue; // it scrolls
      if (r.right > innerWidth + 1 || r.left < -1) faults.push(`${name(e)} sticks out sideways (${Math.round(r.left)}…${Math.round(r.right)})`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest('svg, script, style, [aria-hidden="true"]')) continue;
      if (parseFloat(getComputedStyle(e).fontSize) < smallest) faults.push(`"${walker.currentNode.data.trim().slice(0, 30)}" is ${getComputedStyle(e).fontSize}`);
    }
    return [...new Set(faults)];
  }, smallestText);
}

/** Presses Tab until the focus is on that hook, and checks that the focus can be seen on the way. */
export async function tabTo(visitor, hookName, limit = 60) {
  for (let i = 0; i < limit; i++) {
    const at = await visitor.evaluate(() => {
      const e = document.activeElement;
      const s = getComputedStyle(e);
      const seen = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
      return { hook: e.dataset?.test ?? '', tag: e.tagName, seen, html: e.outerHTML.slice(0, 120) };
    });
    if (at.tag !== 'BODY' && i > 0 && !at.seen) throw new Error(`the focus cannot be seen on ${at.html}`);
    if (at.hook === hookName) return;
    await visitor.press('Tab');
  }
  throw new Error(`Tab does not lead to ${hookName}`);
}

/** All that the page says: visible text, labels, titles, placeholders; without what people typed. */
export function strings(visitor) {
  return visitor.evaluate(() => {
    const said = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (!e.closest('script, style, option, [data-test="chat-message"], [data-test="diagnostic"]')) said.add(walker.currentNode.data.trim());
    }
    for (const e of document.querySelectorAll('*')) {
      for (const a of ['aria-label', 'title', 'placeholder', 'alt']) if (e.hasAttribute(a)) said.add(e.getAttribute(a).trim());
    }
    return [...said].filter((s) => /\p{L}+\s+\p{L}+/u.test(s)); // two words: single ones may be the same in both
  });
}

