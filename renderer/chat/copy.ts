/** An answer as Markdown, with the sources it rests on, for use elsewhere. */
import type { Citation, Message } from '../../main/ipc/contract.ts';

export interface CopyTexts {
  heading: string;
  place(citation: Citation): string;
}

export function answerAsMarkdown(answer: Message, citations: readonly Citation[], texts: CopyTexts): string {
  const text = answer.text.trim();
  if (citations.length === 0) return `${text}\n`;
  const sources = citations.map((citation) => {
    const quote = citation.quote.replace(/\s+/g, ' ').trim();
    return `${citation.number}. ${citation.title}, ${texts.place(citation)}: “${quote}”`;
  });
  return `${text}\n\n**${texts.heading}**\n\n${sources.join('\n')}\n`;
}
