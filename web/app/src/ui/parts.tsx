/** Small parts that several pages use. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { LANGS, lang, setLang, t, type Lang } from '../i18n';
import { initials, personClass } from '../lib/person';
import { setTheme, theme, type Theme } from '../store/app';
import { useKeptFocus } from './closing';
import { Icon, Logo } from './icons';

export function Avatar({ name, seat }: { name: string; seat: number }) {
  return <span class={`avatar person ${personClass(seat)}`} aria-hidden="true">{name.trim() ? initials(name) : <Icon name="self" size={28} />}</span>;
}

export function LangSelect({ small = true }: { small?: boolean }) {
  return (
    <select class={small ? 'select small' : 'select'} data-test="lang" aria-label={t('app.lang')} value={lang.value} onChange={(e) => setLang(e.currentTarget.value as Lang)}>
      {Object.entries(LANGS).map(([id, name]) => <option key={id} value={id} lang={id}>{name}</option>)}
    </select>
  );
}

export function ThemeSelect({ small = true }: { small?: boolean }) {
  return (
    <select class={small ? 'select small' : 'select'} data-test="theme" aria-label={t('app.theme')} value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as Theme)}>
      <option value="auto">{t('app.theme.auto')}</option>
      <option value="light">{t('app.theme.light')}</option>
      <option value="dark">{t('app.theme.dark')}</option>
    </select>
  );
}

export function Top({ home }: { home: () => void }) {
  const back = (e: MouseEvent): void => {
    if (e.metaKey || e.ctrlKey || e.shiftKey) return;
    e.preventDefault();
    home();
  };
  return (
    <header class="top">
      <a class="brand" href="/" onClick={back}><Logo />Tablée</a>
    </header>
  );
}

/** Language and appearance: at the top right of a wide page, at the end of a narrow one. Comes last in reading order. */
export function Prefs() {
  return <footer class="prefs"><LangSelect /><ThemeSelect /></footer>;
}

/** A modal dialog: the browser keeps the focus inside and gives it back afterwards. */
export function Dialog({ name, title, close, children }: { name: string; title: string; close: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useKeptFocus(ref, () => ref.current);
  // In place as soon as it is there, so that no key goes to the page behind it.
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // When the opener is gone (a menu that closed), the page's own "more" button takes the focus.
      const to = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.querySelector<HTMLElement>('[data-test="more"]');
      to?.focus();
    };
  }, []);
  return (
    <dialog ref={ref} data-test={`dialog-${name}`} aria-label={title} tabIndex={-1} onCancel={(e) => { e.preventDefault(); close(); }} onClick={(e) => e.target === ref.current && close()}>
      <div class="dialog-head">
        <h2>{title}</h2>
        <button type="button" class="icon-btn" data-test="dialog-close" aria-label={t('app.close')} onClick={close}><Icon name="close" /></button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
