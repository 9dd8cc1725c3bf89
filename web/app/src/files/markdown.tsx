/** Markdown as elements: marked reads it, and no HTML of the text ever becomes any of the page. A lazy chunk. */
import { lexer, type Token, type Tokens } from 'marked';
import type { ComponentChildren, VNode } from 'preact';

export function Markdown({ text }: { text: string }) {
  return <>{blocks(lexer(text))}</>;
}

const blocks = (tokens: readonly Token[] | undefined): ComponentChildren => tokens?.map((t, i) => <One key={i} t={t} />);

/** Only addresses that a person can judge; no javascript:, no data:. */
export function safeHref(href: string): string | null {
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol) ? href : null;
  } catch {
    return null;
  }
}

function One({ t }: { t: Token }): VNode | null {
  const inner = 'tokens' in t && t.tokens ? blocks(t.tokens) : null;
  switch (t.type) {
    case 'heading': {
      const Tag = `h${Math.min(6, (t as Tokens.Heading).depth + 1)}` as 'h2';
      return <Tag>{inner}</Tag>;
    }
    case 'paragraph': return <p>{inner}</p>;
    case 'strong': return <strong>{inner}</strong>;
    case 'em': return <em>{inner}</em>;
    case 'del': return <del>{inner}</del>;
    case 'codespan': return <code>{(t as Tokens.Codespan).text}</code>;
    case 'code': return <pre><code>{(t as Tokens.Code).text}</code></pre>;
    case 'blockquote': return <blockquote>{inner}</blockquote>;
    case 'hr': return <hr />;
    case 'br': return <br />;
    case 'list': return <List t={t as Tokens.List} />;
    case 'table': return <Table t={t as Tokens.Table} />;
    case 'link': {
      const href = safeHref((t as Tokens.Link).href);
      return href ? <a href={href} target="_blank" rel="noopener noreferrer nofollow">{inner}</a> : <span>{inner}</span>;
    }
    case 'image': return <span>[{(t as Tokens.Image).text}]</span>; // no request goes anywhere else
    case 'checkbox': return <input type="checkbox" checked={(t as { checked?: boolean }).checked === true} disabled />;
    case 'space': return null;
    case 'text': return inner ? <>{inner}</> : <>{unescape((t as Tokens.Text).text)}</>;
    default: return <>{t.raw}</>; // HTML is shown as it is written
  }
}

const List = ({ t }: { t: Tokens.List }) => {
  const Tag = t.ordered ? 'ol' : 'ul';
  return <Tag {...(t.ordered && typeof t.start === 'number' ? { start: t.start } : {})}>{t.items.map((i, n) => <li key={n}>{blocks(i.tokens)}</li>)}</Tag>;
};

const Table = ({ t }: { t: Tokens.Table }) => (
  <table>
    <thead><tr>{t.header.map((c, i) => <th key={i}>{blocks(c.tokens)}</th>)}</tr></thead>
    <tbody>{t.rows.map((r, n) => <tr key={n}>{r.map((c, i) => <td key={i}>{blocks(c.tokens)}</td>)}</tr>)}</tbody>
  </table>
);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const unescape = (s: string): string => s.replace(/&(amp|lt|gt|quot|#39);/g, (_, e: string) => ENTITIES[e] ?? '');
