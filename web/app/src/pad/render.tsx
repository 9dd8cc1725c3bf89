/**
 * Markdown as elements, from the editor's own parser. There is no HTML on the way: tags in the text come out as the
 * text they are, and only addresses that lead where they say become links, so there is nothing to sanitise.
 */
import type { SyntaxNode } from '@lezer/common';
import { Fragment, type ComponentChildren, type VNode } from 'preact';
import { linkify } from '../lib/linkify';
import { parser } from './markdown';

const SKIP = new Set(['HeaderMark', 'QuoteMark', 'ListMark', 'EmphasisMark', 'CodeMark', 'LinkMark', 'StrikethroughMark', 'TaskMarker', 'TableDelimiter', 'LinkReference', 'HTMLComment', 'CommentBlock', 'Comment', 'CodeInfo', 'LinkTitle', 'LinkLabel', 'ProcessingInstruction', 'ProcessingInstructionBlock']);

/** http, https, mailto, a path of ours or a place in this text; all else is no link. */
export function safeAddress(raw: string): string | null {
  const address = raw.trim().replace(/^<|>$/g, '');
  if (/^(https?:\/\/|mailto:)/i.test(address)) {
    try {
      const url = new URL(address);
      return url.username === '' && url.password === '' ? url.href : null;
    } catch {
      return null;
    }
  }
  return /^(#[\w\p{L}-]*|\/(?![/\\])[^\s\\]*)$/u.test(address) ? address : null;
}

/** Pictures come from this server only: a picture from elsewhere would tell that somebody reads here. */
const ownPicture = (address: string): string | null => (/^\/(?![/\\])[^\s\\]*$/.test(address) ? address : null);

/** A heading's name in an address. */
export const slug = (text: string): string => text.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');

class Render {
  constructor(readonly text: string, readonly missingPicture: string, readonly wiki: (title: string) => string | null) {}

  slice(n: { from: number; to: number }): string {
    return this.text.slice(n.from, n.to);
  }

  plain(from: number, to: number): ComponentChildren {
    const raw = this.text.slice(from, to).replace(/\\([!-/:-@[-`{-~])/g, '$1');
    return linkify(raw).map((p) => ('href' in p ? <a href={p.href} target="_blank" rel="noopener noreferrer">{p.text}</a> : p.text));
  }

  private wikiLink(node: SyntaxNode): VNode {
    const title = this.text.slice(node.from + 2, node.to - 2);
    const path = this.wiki(title);
    return path ? <a href={path}>{title}</a> : <span class="md-missing">{title}</span>;
  }

  private skip(at: number): number {
    while (this.text[at] === ' ') at++;
    return at;
  }

  /** The children of a node, with the text between them. */
  inside(node: SyntaxNode, from = node.from, to = node.to): ComponentChildren[] {
    const out: ComponentChildren[] = [];
    let at = from;
    for (let c = node.firstChild; c; c = c.nextSibling) {
      if (c.to <= from || c.from >= to) continue;
      if (c.from > at) out.push(this.plain(at, c.from));
      out.push(this.node(c));
      at = Math.max(at, c.to);
    }
    if (at < to) out.push(this.plain(at, to));
    return out;
  }

  private blocks(node: SyntaxNode): ComponentChildren[] {
    const out: ComponentChildren[] = [];
    for (let c = node.firstChild; c; c = c.nextSibling) out.push(this.node(c));
    return out;
  }

  private heading(node: SyntaxNode): VNode {
    const level = Math.min(6, Number(/\d/.exec(node.name)?.[0] ?? 1));
    const Tag = `h${level}` as 'h1';
    const marks = node.getChildren('HeaderMark');
    const first = marks[0];
    const last = marks.length > 1 || node.name.startsWith('Setext') ? marks.at(-1) : undefined;
    const from = first && first !== last ? first.to : node.from;
    const content = this.text.slice(from, last ? last.from : node.to).trim();
    return <Tag id={slug(content)}>{this.inside(node, this.skip(from), last ? last.from : node.to)}</Tag>;
  }

  private address(node: SyntaxNode): string {
    const url = node.getChild('URL');
    return url ? this.slice(url) : '';
  }

  private label(node: SyntaxNode): ComponentChildren[] {
    const marks = node.getChildren('LinkMark');
    const open = marks[0];
    const close = marks.find((m) => this.slice(m).startsWith(']'));
    return open && close ? this.inside(node, open.to, close.from) : [this.plain(node.from, node.to)];
  }

  private link(node: SyntaxNode): ComponentChildren {
    const href = safeAddress(this.address(node));
    if (!href) return node.getChild('URL') ? <>{this.label(node)}</> : this.plain(node.from, node.to);
    const out = /^https?:/i.test(href) ? { target: '_blank', rel: 'noopener noreferrer' } : {};
    return <a href={href} {...out}>{this.label(node)}</a>;
  }

  private picture(node: SyntaxNode): ComponentChildren {
    const marks = node.getChildren('LinkMark');
    const close = marks.find((m) => this.slice(m).startsWith(']'));
    const alt = marks[0] && close ? this.text.slice(marks[0].to, close.from) : '';
    const address = this.address(node);
    const src = ownPicture(address);
    if (src) return <img src={src} alt={alt} loading="lazy" />;
    const href = safeAddress(address);
    return href ? <a href={href} target="_blank" rel="noopener noreferrer">{alt || this.missingPicture}</a> : alt;
  }

  private list(node: SyntaxNode): VNode {
    const items = node.getChildren('ListItem').map((item) => this.item(item));
    if (node.name === 'BulletList') return <ul>{items}</ul>;
    const mark = node.firstChild?.getChild('ListMark');
    return <ol start={mark ? Number.parseInt(this.slice(mark), 10) || 1 : 1}>{items}</ol>;
  }

  private item(item: SyntaxNode): VNode {
    const parts: ComponentChildren[] = [];
    let task: boolean | null = null;
    let empty = false;
    for (let c = item.firstChild; c; c = c.nextSibling) {
      if (c.name === 'ListMark') continue;
      if (c.name === 'Task') {
        const marker = c.getChild('TaskMarker');
        task = marker ? /x/i.test(this.slice(marker)) : false;
        empty = this.text.slice(marker ? marker.to : c.from, c.to).trim() === '';
        parts.push(<span>{this.inside(c, this.skip(marker ? marker.to : c.from))}</span>);
      } else if (c.name === 'Paragraph') parts.push(parts.length === 0 ? this.inside(c) : <p>{this.inside(c)}</p>);
      else parts.push(this.node(c));
    }
    // The box is named by its task; one that is still empty by its state.
    return task === null ? <li>{parts}</li> : <li class="md-todo"><label><input type="checkbox" checked={task} disabled {...(empty ? { 'aria-label': task ? '✓' : '–' } : {})} />{parts[0]}</label>{parts.slice(1)}</li>;
  }

  private table(node: SyntaxNode): VNode {
    const row = (r: SyntaxNode, Cell: 'th' | 'td'): VNode => <tr>{r.getChildren('TableCell').map((c) => <Cell>{this.inside(c)}</Cell>)}</tr>;
    const head = node.getChild('TableHeader');
    return (
      <div class="md-scroll" tabIndex={0} role="region" aria-label={head ? this.slice(head).replace(/\|/g, ' ').trim() : ''}><table>
        {head && <thead>{row(head, 'th')}</thead>}
        <tbody>{node.getChildren('TableRow').map((r) => row(r, 'td'))}</tbody>
      </table></div>
    );
  }

  private code(node: SyntaxNode): VNode {
    const parts = node.getChildren('CodeText').map((c) => this.slice(c));
    return <pre tabIndex={0}><code>{parts.join('')}</code></pre>;
  }

  node(node: SyntaxNode): ComponentChildren {
    const { name } = node;
    if (SKIP.has(name)) return null;
    if (/^(ATX|Setext)Heading/.test(name)) return this.heading(node);
    switch (name) {
      case 'Document': return this.blocks(node);
      case 'Paragraph': return <p>{this.inside(node)}</p>;
      case 'Blockquote': return <blockquote>{this.blocks(node)}</blockquote>;
      case 'BulletList': case 'OrderedList': return this.list(node);
      case 'Table': return this.table(node);
      case 'FencedCode': case 'CodeBlock': return this.code(node);
      case 'HorizontalRule': return <hr />;
      case 'StrongEmphasis': return <strong>{this.inside(node)}</strong>;
      case 'Emphasis': return <em>{this.inside(node)}</em>;
      case 'Strikethrough': return <s>{this.inside(node)}</s>;
      case 'InlineCode': {
        const marks = node.getChildren('CodeMark');
        return <code>{this.text.slice(marks[0]?.to ?? node.from, marks.at(-1)?.from ?? node.to)}</code>;
      }
      case 'HardBreak': return <br />;
      case 'WikiLink': return this.wikiLink(node);
      case 'Link': return this.link(node);
      case 'Image': return this.picture(node);
      case 'Autolink': case 'URL': {
        const shown = this.slice(node).replace(/^<|>$/g, '');
        const href = safeAddress(/^www\./i.test(shown) ? `https://${shown}` : shown);
        return href ? <a href={href} target="_blank" rel="noopener noreferrer">{shown}</a> : shown;
      }
      case 'Escape': return this.text.slice(node.from + 1, node.to);
      case 'Entity': case 'HTMLTag': case 'HTMLBlock': return this.slice(node);
      default: return this.inside(node);
    }
  }
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly from: number;
}

/** Longer texts are looked through line by line: to be parsed they would take a second. */
const PARSE_MOST = 200_000;

/** Headings by their lines alone: `# …` outside of fenced code. */
function headingLines(text: string): Heading[] {
  const out: Heading[] = [];
  let fence = '';
  for (const m of text.matchAll(/^( {0,3})(?:(#{1,6})[ \t]+(\S.*)|(`{3,}|~{3,})(.*))$/gm)) {
    const [, indent = '', marks, words = '', mark, rest = ''] = m;
    if (mark) {
      if (!fence) fence = mark;
      else if (mark.startsWith(fence) && rest.trim() === '') fence = '';
    } else if (!fence && marks) out.push({ level: marks.length, from: m.index + indent.length, text: words.replace(/\s+#*\s*$/, '') });
  }
  return out;
}

/** The headings, for a table of contents. */
export function headings(text: string): Heading[] {
  if (text.length > PARSE_MOST) return headingLines(text);
  const out: Heading[] = [];
  parser.parse(text).iterate({
    enter: (n) => {
      const level = /^(?:ATX|Setext)Heading(\d)$/.exec(n.name)?.[1];
      if (level) out.push({ level: Number(level), from: n.from, text: text.slice(n.from, n.to).replace(/^#+\s*|\s*#*\s*$|\n.*$/g, '') });
      return !level;
    },
  });
  return out;
}

export function Markdown({ text, missingPicture, wiki = () => null }: { text: string; missingPicture: string; wiki?: (title: string) => string | null }) {
  return <Fragment>{new Render(text, missingPicture, wiki).node(parser.parse(text).topNode)}</Fragment>;
}
