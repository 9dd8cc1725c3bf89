/** What is open beside a button, until one turns away from it; and where the focus goes when what had it is gone. */
import { useLayoutEffect } from 'preact/hooks';

/** Escape and a touch outside of the box close what is open; after Escape the button, if one is given, has the focus again. */
export function useClosing(box: { current: HTMLElement | null }, open: boolean, close: () => void, button?: { current: HTMLElement | null }): void {
  // In place as soon as it can be seen, so that no key is lost.
  useLayoutEffect(() => {
    if (!open) return undefined;
    const elsewhere = (e: Event): void => {
      if (e.target instanceof Node && !box.current?.contains(e.target)) close();
    };
    const escape = (e: KeyboardEvent): void => {
      if (e.key !== 'Escape') return;
      close();
      button?.current?.focus();
    };
    addEventListener('pointerdown', elsewhere);
    addEventListener('keydown', escape);
    return () => {
      removeEventListener('pointerdown', elsewhere);
      removeEventListener('keydown', escape);
    };
  }, [open]);
}

/** When what has the focus in the box goes away, home has it: the keyboard goes on from there, not from the top of the page. */
export function useKeptFocus(box: { current: HTMLElement | null }, home: () => HTMLElement | null | undefined): void {
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return undefined;
    let last: Element | null = null;
    const note = (e: Event): void => void (last = e.target as Element);
    const look = new MutationObserver(() => {
      if (!last || last.isConnected) return;
      last = null;
      if (!document.activeElement || document.activeElement === document.body) home()?.focus({ preventScroll: true });
    });
    at.addEventListener('focusin', note);
    look.observe(at, { childList: true, subtree: true });
    return () => {
      at.removeEventListener('focusin', note);
      look.disconnect();
    };
  }, []);
}
