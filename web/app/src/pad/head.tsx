/** Above the text: its title, whether it is saved, who is in it, and what must be said. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { initials } from '../lib/person';
import { mayWrite } from './api';
import { threads } from './comments';
import { PadIcon, type PadIconName } from './icons';
import { PadMenu } from './menu';
import type { Pad, Trouble } from './model';
import { shellKept } from './shell';
import type { PadView } from './state';
import { tp } from './text';

const TITLE_MAX = 120;

export function Title({ pad }: { pad: Pad }) {
  const title = pad.info.value?.title ?? pad.options.title ?? '';
  const unnamed = tp(pad.info.value?.main ? 'list.main' : 'untitled');
  const [draft, setDraft] = useState<string | null>(null);
  const keep = async (): Promise<void> => {
    const next = draft?.trim();
    if (next === undefined || next === title) return setDraft(null);
    // The server tells everybody, us too; until then what was typed stays.
    await pad.api.change(pad.id, { title: next }).then((info) => (pad.info.value = { ...info, right: pad.right.value }), () => undefined);
    setDraft(null);
  };
  if (!mayWrite(pad.right.value) || !pad.info.value) return <h1 class="pad-title" data-test="pad-title">{title || unnamed}</h1>;
  return (
    <h1 class="pad-title">
      <input data-test="pad-title" aria-label={tp('title')} placeholder={unnamed} value={draft ?? title} maxLength={TITLE_MAX} onInput={(e) => setDraft(e.currentTarget.value)} onBlur={() => void keep()}
        onKeyDown={(e) => { if (e.key === 'Enter') e.currentTarget.blur(); if (e.key === 'Escape') setDraft(null); }} />
    </h1>
  );
}

/** “Saved” is the server's word; nothing else is called so. */
export function SavedState({ pad }: { pad: Pad }) {
  const ready = pad.synced.value || pad.kept.value;
  const state = !ready ? 'loading' : !mayWrite(pad.right.value) ? 'reading' : pad.saved.value === 'saved' && !pad.online.value ? 'offline' : pad.saved.value;
  const icon: PadIconName = state === 'saved' ? 'check' : state === 'reading' ? 'eye' : 'wait';
  return <span class={`pad-saved ${state}`} data-test="pad-saved" data-state={state} role="status" title={tp(`saved.${state}.long`)}><PadIcon name={icon} size={16} /><span>{tp(`saved.${state}`)}</span></span>;
}

const SHOWN = 5;

/** A click on a person follows them through the text. */
export function People({ pad, view }: { pad: Pad; view: PadView }) {
  const people = pad.people.value;
  return (
    <ul class="pad-people" aria-label={tp('people')}>
      {people.slice(0, SHOWN).map((p) => (
        <li key={p.client}>
          {p.me
            ? <span class={`avatar person ${p.color}`} data-test="pad-person" data-me="true" title={tp('person.me', { name: p.name })} role="img" aria-label={tp('person.me', { name: p.name })}>{initials(p.name)}</span>
            : <button type="button" class={`avatar person ${p.color}`} data-test="pad-person" data-name={p.name} aria-pressed={view.following.value === p.client} title={tp(view.following.value === p.client ? 'person.unfollow' : 'person.follow', { name: p.name })} aria-label={tp('person.follow', { name: p.name })}
                onClick={() => (view.following.value = view.following.value === p.client ? 0 : p.client)}>{initials(p.name)}</button>}
        </li>
      ))}
      {people.length > SHOWN && <li class="hint num">+{people.length - SHOWN}</li>}
    </ul>
  );
}

interface HeadProps {
  readonly pad: Pad;
  readonly view: PadView;
  readonly compact: boolean;
  /** A whiteboard: nothing that is about text. */
  readonly board?: boolean;
  readonly exportAs?: (format: 'png' | 'svg') => Promise<void>;
  readonly close?: () => void;
  readonly children?: ComponentChildren;
}

export function PadHead({ pad, view, compact, board = false, exportAs, close, children }: HeadProps) {
  void pad.tick.value;
  const open = threads(pad).filter((t) => !t.resolved).length;
  const toggle = (mode: 'preview' | 'history'): void => {
    view.mode.value = view.mode.value === mode ? 'edit' : mode;
  };
  const comments = (): void => {
    const shown = view.side.value === 'comments' && view.mode.value !== 'history';
    if (view.mode.value === 'history') view.mode.value = 'edit';
    view.side.value = shown ? null : 'comments';
  };
  return (
    <header class="pad-head">
      {children}
      <Title pad={pad} />
      <SavedState pad={pad} />
      <People pad={pad} view={view} />
      <div class="pad-actions">
        {!board && <><Toggle test="pad-preview-toggle" icon="eye" word={tp('preview')} on={view.mode.value === 'preview'} click={() => toggle('preview')} />
        <Toggle test="pad-comments" icon="comment" word={tp('comments')} badge={open} on={view.side.value === 'comments' && view.mode.value !== 'history'} click={comments} /></>}
        {!compact && !board && <Toggle test="pad-history" icon="history" word={tp('history')} on={view.mode.value === 'history'} click={() => toggle('history')} />}
        {!compact && pad.right.value === 'own' && <button type="button" class="btn small go" data-test="pad-share" onClick={() => (view.dialog.value = 'share')}><PadIcon name="share" size={18} />{tp('share')}</button>}
        <PadMenu pad={pad} view={view} compact={compact} {...(exportAs ? { exportAs } : {})} />
        {close && <button type="button" class="icon-btn" data-test="notes-close" aria-label={tp('closePane')} title={tp('closePane')} onClick={close}><PadIcon name="close" size={24} /></button>}
      </div>
    </header>
  );
}

function Toggle({ test, icon, word, on, badge = 0, click }: { test: string; icon: PadIconName; word: string; on: boolean; badge?: number; click: () => void }) {
  return (
    <button type="button" class="pad-toggle" data-test={test} aria-pressed={on} title={word} onClick={click}>
      <PadIcon name={icon} /><span>{word}</span>{badge > 0 && <b class="num" aria-label={tp('comments.open', { count: badge })}>{badge}</b>}
    </button>
  );
}

export function Banners({ pad, view }: { pad: Pad; view: PadView }) {
  const trouble: Trouble = pad.trouble.value;
  const copy = (): void => void navigator.clipboard?.writeText(pad.text.toString()).then(() => (view.notice.value = tp('copied')), () => undefined);
  const offline = useLasting(!pad.online.value && (pad.synced.value || pad.kept.value));
  return (
    <div class="pad-banners">
      {trouble && (
        <div class="banner bad" role="alert" data-test="pad-banner" data-banner={trouble}>
          <span>{tp(`trouble.${trouble}`)}</span>
          <button type="button" class="btn small" onClick={copy}>{tp('copyText')}</button>
          {trouble === 'too_big' && <button type="button" class="btn small" onClick={() => pad.retry()}>{tp('tryAgain')}</button>}
          {trouble === 'refused' && <button type="button" class="btn small" onClick={() => void pad.forget().then(() => location.reload())}>{tp('reload')}</button>}
        </div>
      )}
      {!trouble && offline && <div class="banner" role="status" data-test="pad-banner" data-banner="offline">{tp(mayWrite(pad.right.value) ? (!pad.kept.value ? 'offline.open' : shellKept.value ? 'offline.reopen' : 'offline.kept') : 'offline.read')}</div>}
      {view.notice.value && <div class="banner" role="status" data-test="pad-banner" data-banner="notice"><span>{view.notice.value}</span><button type="button" class="btn small" onClick={() => (view.notice.value = '')}>{tp('hide')}</button></div>}
    </div>
  );
}

/** A short break of the line is not worth a word. */
const LASTING_MS = 1_500;

function useLasting(now: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), LASTING_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return lasting && now;
}
