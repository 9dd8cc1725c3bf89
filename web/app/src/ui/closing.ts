/** What is open beside a button, until one turns away from it. */
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
