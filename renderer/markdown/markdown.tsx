/**
 * Draws Markdown that nobody here wrote: no raw HTML, no links that open, no pictures from elsewhere.
 */
import { Check, Copy, ImageOff } from 'lucide-react';
import { type ComponentProps, memo, type ReactNode, useRef } from 'react';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { ScrollBox } from '../design/scroll-box.tsx';
import { useCopy } from '../design/use-copy.ts';
import { useTexts } from '../i18n/i18n.ts';
import { rehypeDirections } from './directions.ts';
import { useExtras } from './extras.ts';
import styles from './markdown.module.css';

/** An address as it is shown. */
const shownAddress = (address: string): string => address.replace(/^(https?:\/\/|mailto:)/i, '');

/** A link: its address is shown, unless that is its text, and copied on a click; nothing is opened. */
function Address({ href, children }: ComponentProps<'a'>): ReactNode {
  const { t } = useTexts();
  const { copied, copy } = useCopy();
  const address = href ?? '';
  if (!/^(https?|mailto):/i.test(address)) return <span>{children}</span>;
  const isItsText = typeof children === 'string' && shownAddress(children) === shownAddress(address);
  const beside = copied ? t('app.copied') : isItsText ? '' : shownAddress(address);
  return (
    <button
      type="button"
      className={styles.address}
      title={address}
      aria-label={copied ? t('app.copied') : t('chat.copyAddress', { address })}
      onClick={() => copy(address)}
    >
      {children}
      {beside && (
        <span className={styles.addressText} aria-hidden="true">
          {` ${beside}`}
        </span>
      )}
    </button>
  );
}

function Picture({ alt }: ComponentProps<'img'>): ReactNode {
  const { t } = useTexts();
  return (
    <span className={styles.picture}>
      <ImageOff size={14} aria-hidden="true" />
      {alt ? t('chat.image', { description: alt }) : t('chat.imageWithout')}
    </span>
  );
}

function CodeBlock({ children }: ComponentProps<'pre'>): ReactNode {
  const { t } = useTexts();
  const { copied, copy } = useCopy();
  const pre = useRef<HTMLPreElement>(null);
  return (
    <div className={styles.codeBlock}>
      <pre ref={pre} dir="ltr">
        {children}
      </pre>
      <button
        type="button"
        className={styles.copyCode}
        aria-label={copied ? t('app.copied') : t('chat.copyCode')}
        onClick={() => copy(pre.current?.textContent ?? '')}
      >
        {copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
      </button>
    </div>
  );
}

/** A table scrolls by itself, so that a wide one does not widen the page. */
function Table({ children }: ComponentProps<'table'>): ReactNode {
  const { t } = useTexts();
  return (
    <ScrollBox className={styles.tableScroll} label={t('chat.table')}>
      <table>{children}</table>
    </ScrollBox>
  );
}

const components: Components = {
  a: Address,
  img: Picture,
  pre: CodeBlock,
  table: Table,
};

interface MarkdownProps {
  text: string;
  /** Whether dollar signs are read as mathematics. */
  math: boolean;
  /** Plugins that run after all others. */
  marks?: Options['rehypePlugins'];
  /** How elements that marks add are drawn. */
  markComponents?: Components;
}

export const Markdown = memo(function Markdown({ text, math, marks, markComponents }: MarkdownProps): ReactNode {
  const { remark, rehype } = useExtras(text, math ? ['math', 'code'] : ['code']);
  return (
    <div className={styles.prose}>
      <ReactMarkdown
        remarkPlugins={[remarkGfm, ...remark]}
        rehypePlugins={[rehypeDirections, ...rehype, ...(marks ?? [])]}
        components={markComponents ? { ...components, ...markComponents } : components}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});
