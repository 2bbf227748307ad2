import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTimeline, type Timeline } from './timeline.ts';

it('knows which tokens layers with a window have, through all that happens to a sequence', () => {
  const count = fc.integer({ min: 1, max: 9 });
  const actions = fc.oneof(
    fc.record({ kind: fc.constantFrom('append' as const, 'far' as const, 'near' as const), count }),
    fc.record({ kind: fc.constantFrom('truncate' as const, 'copy' as const, 'forget' as const), count: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(actions, { maxLength: 12 }), (steps) => {
      let timeline: Timeline = createTimeline();
      /** By token: whether those layers have it. */
      let tokens: boolean[] = [];
      for (const step of steps) {
        if (step.kind === 'append') {
          timeline.append(step.count);
          tokens.push(...Array<boolean>(step.count).fill(true));
        } else if (step.kind === 'far') {
          timeline.appendFar(step.count);
          tokens.push(...Array<boolean>(step.count).fill(false));
        } else if (step.kind === 'near') {
          // Only tokens behind all that they have can be brought near.
          const last = tokens.lastIndexOf(true) + 1;
          const brought = Math.min(step.count, tokens.length - last);
          if (brought === 0) continue;
          timeline.bringNear(brought);
          tokens.fill(true, tokens.length - brought);
        } else if (step.kind === 'forget') {
          timeline.forgetNear(step.count);
          tokens = tokens.map((near, at) => near && at < step.count);
        } else {
          if (step.kind === 'truncate') timeline.truncate(step.count);
          else timeline = timeline.copy(step.count);
          tokens = tokens.slice(0, step.count);
        }
        expect(timeline.length).toBe(tokens.length);
        expect(timeline.nearLength).toBe(tokens.filter(Boolean).length);
        for (let kept = 0; kept <= tokens.length; kept++) {
          expect(timeline.copy(kept).nearLength).toBe(tokens.slice(0, kept).filter(Boolean).length);
        }
      }
    }),
    { numRuns: 300 },
  );
});
