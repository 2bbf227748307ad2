/** The text of a stretch of speech → its sentences, each with the time at which it is said. */
import type { Span, SpeechSegment } from './segmenter.ts';

export interface SpokenSentence extends Span {
  text: string;
}

/** An end of a sentence, or, in a long one, the end of a part of it. */
const sentenceEnd = /(?<=[.!?…]["'”’)\]]*)\s+(?=\S)/u;
/** What ends with a full stop and is no sentence. */
const abbreviation = /(?:^|[\s(])(?:\p{Lu}|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|No|vs|etc|e\.g|i\.e)\.$/u;
/** A pause this far from where a sentence's end is expected, in seconds, or in parts of the speech, is taken for it. */
const nearest = { seconds: 1, share: 0.12 };

/** Divides a text into its sentences. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let open = '';
  for (const part of text.trim().split(sentenceEnd)) {
    open = open ? `${open} ${part}` : part;
    if (abbreviation.test(open)) continue;
    sentences.push(open);
    open = '';
  }
  if (open) sentences.push(open);
  return sentences.filter(Boolean);
}

/** What goes on for longer, in seconds, is divided at a pause, whatever the model made of it. */
const longestSentence = 6;
/** Such a pause is not shorter, and not nearer to either end. */
const dividingPause = 0.3;
const shortestPart = 1.5;

/**
 * The sentences of what is said in a segment, with times. How long a sentence takes is estimated by its letters; where
 * its end is expected near a pause, it ends with the pause. A long one, such as the model writes when it hears no end, is
 * divided at its pauses. Times are ordered, and within the segment.
 */
export function timedSentences(text: string, segment: SpeechSegment): SpokenSentence[] {
  const sentences = sentencesOf(text);
  const letters = sentences.map((sentence) => sentence.replace(/\s/g, '').length + 1);
  const total = letters.reduce((sum, count) => sum + count, 0);
  const speech = spokenTime(segment);
  const timed: SpokenSentence[] = [];
  let start = segment.start;
  let written = 0;
  sentences.forEach((sentence, i) => {
    written += letters[i] ?? 0;
    const last = i === sentences.length - 1;
    const expected = timeOf(segment, (speech * written) / total);
    const pause = last ? undefined : pauseNear(segment, expected, start, speech);
    const end = last ? segment.end : Math.max(start, pause?.start ?? expected);
    timed.push({ text: sentence, start, end });
    start = Math.max(end, pause?.end ?? end);
  });
  return timed.flatMap((sentence) => divided(sentence, segment.pauses));
}

/** A sentence in parts that are not too long, where it has pauses; its letters tell which words come before a pause. */
function divided(sentence: SpokenSentence, pauses: readonly Span[]): SpokenSentence[] {
  const { text, start, end } = sentence;
  const words = text.split(' ');
  if (end - start <= longestSentence || words.length < 2) return [sentence];
  const [pause] = pauses
    .filter((it) => it.start - start >= shortestPart && end - it.end >= shortestPart)
    .filter((it) => it.end - it.start >= dividingPause)
    .toSorted((a, b) => b.end - b.start - (a.end - a.start));
  if (!pause) return [sentence];
  const within = pauses.filter((it) => it.start >= start && it.end <= end);
  const spoken = (from: number, to: number): number =>
    spokenTime({ start: from, end: to, pauses: within.filter((it) => it.start >= from && it.end <= to) });
  const wanted = (text.length * spoken(start, pause.start)) / Math.max(1e-3, spoken(start, end));
  const ends = words.map((_, i) => words.slice(0, i + 1).join(' ').length);
  const distance = (i: number): number => Math.abs((ends[i] ?? 0) - wanted);
  const last = Array.from({ length: words.length - 1 }, (_, i) => i).reduce((best, i) =>
    distance(i) < distance(best) ? i : best,
  );
  return [
    ...divided({ text: words.slice(0, last + 1).join(' '), start, end: pause.start }, pauses),
    ...divided({ text: words.slice(last + 1).join(' '), start: pause.end, end }, pauses),
  ];
}

/** Seconds of speech in a segment, pauses left out. */
function spokenTime({ start, end, pauses }: SpeechSegment): number {
  return pauses.reduce((sum, pause) => sum - (pause.end - pause.start), end - start);
}

/** The time at which so many seconds of the segment's speech are over. */
function timeOf({ start, pauses }: SpeechSegment, spoken: number): number {
  let time = start + spoken;
  for (const pause of pauses) {
    if (pause.start >= time) break;
    time += pause.end - pause.start;
  }
  return time;
}

/** The pause after `after` that is nearest to where a sentence's end is expected, if one is near. */
function pauseNear({ pauses }: SpeechSegment, expected: number, after: number, speech: number): Span | undefined {
  const distance = (pause: Span): number =>
    Math.max(pause.start - expected, expected - pause.end, 0) +
    Math.abs((pause.start + pause.end) / 2 - expected) * 1e-3;
  const most = Math.max(nearest.seconds, nearest.share * speech);
  const [best] = pauses.filter((pause) => pause.start > after).toSorted((a, b) => distance(a) - distance(b));
  return best && distance(best) <= most ? best : undefined;
}
