import { expect, test } from './app.ts';
import { addShortNote, answerComplete, answerUnderWay, ask, documentRow, lastAnswer, sources } from './person.ts';

const title = 'Three islands';

test('the focus goes back to where it was when a dialog is closed', async ({ window }) => {
  await addShortNote(window);
  const question = window.getByRole('textbox', { name: 'Question' });
  await question.fill('Who built');
  await window.keyboard.press('Control+,');
  await expect(window.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await window.keyboard.press('Escape');
  await expect(question).toBeFocused();

  const more = documentRow(window, title).getByRole('button', { name: /^Actions for/ });
  await more.focus();
  await window.keyboard.press('Enter');
  await window.getByRole('menuitem', { name: 'Rename…' }).press('Enter');
  await expect(window.getByRole('dialog').getByRole('textbox')).toBeFocused();
  await window.keyboard.type('Harbours');
  await window.keyboard.press('Enter');
  await expect(documentRow(window, 'Harbours').getByRole('button', { name: /^Actions for/ })).toBeFocused();

  await window.keyboard.press('Enter');
  await window.getByRole('menuitem', { name: 'Remove…' }).press('Enter');
  await window.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).press('Enter');
  await expect(documentRow(window, 'Harbours')).toHaveCount(0);
  await expect(window.locator('[data-pane-focus]').first()).toBeFocused();
});

/** Pastes these types of data where the focus is. */
const pasting = (data: Record<string, string>) => ({
  data,
  paste: (given: Record<string, string>): void => {
    const transfer = new DataTransfer();
    for (const [type, content] of Object.entries(given)) {
      if (type.startsWith('image/')) transfer.items.add(new File([content], 'image.png', { type }));
      else transfer.setData(type, content);
    }
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
    );
  },
});

test('long text that is pasted goes where it is wanted, also with a picture of it', async ({ window }) => {
  await window.getByRole('textbox', { name: 'Question' }).focus();
  const { data, paste } = pasting({
    'text/plain': 'Herring and clay. '.repeat(200),
    'text/html': '<table><tr><td>Herring and clay.',
    'image/png': 'no picture',
  });
  await window.evaluate(`(${paste})(${JSON.stringify(data)})`);
  const dialog = window.getByRole('dialog', { name: 'Add the pasted text as a document?' });
  await dialog.getByRole('button', { name: 'Put it into the question' }).click();
  await expect(window.getByRole('textbox', { name: 'Question' })).toBeFocused();
  await expect(window.getByRole('textbox', { name: 'Question' })).toHaveValue(/^Herring and clay\./);
  await expect(window.getByRole('list', { name: 'Documents' })).toHaveCount(0);
});

test('Escape stops the answer, and the button to the end goes where the end is seen', async ({ window }) => {
  await addShortNote(window);
  await window.keyboard.press('Control+k');
  await ask(window, 'What do the people of Averil live on?');
  await answerComplete(window);

  await ask(window, 'Describe each of the islands at length, one after the other.');
  await answerUnderWay(window);
  const stop = window.getByRole('button', { name: 'Stop', exact: true });
  // The pointer is there from sending, and would not move.
  await window.mouse.move(10, 10);
  await stop.hover();
  await expect(window.getByRole('tooltip')).toBeVisible();
  await window.keyboard.press('Escape');
  await expect(lastAnswer(window).getByText('Stopped before it was finished.')).toBeVisible();

  const toEnd = window.getByRole('button', { name: 'Go to the end' });
  if (await toEnd.isVisible()) await toEnd.click();
  await expect(toEnd).toBeHidden();
});

test('where there is room for the reader or the conversation, going to either shows it', async ({ window }) => {
  await addShortNote(window);
  await ask(window, 'What do the people of Averil live on?');
  await answerComplete(window);
  // As on a small screen, or magnified twice.
  await window.setViewportSize({ width: 640, height: 500 });
  const question = window.getByRole('textbox', { name: 'Question' });
  const reader = window
    .getByRole('complementary', { name: 'Reader' })
    .or(window.getByRole('region', { name: 'Reader' }));
  await question.fill('Not asked yet');
  await sources(window)
    .first()
    .getByRole('button', { name: /Show it in the reader/ })
    .click();
  await expect(reader).toBeVisible();
  await expect(question).toBeHidden();

  await window.keyboard.press('Alt+n');
  await expect(reader).toHaveCount(0);
  await expect(question).toBeFocused();
  await expect(question).toHaveValue('Not asked yet');
});

test('the second click of two on Send does not stop the answer', async ({ window }) => {
  await addShortNote(window);
  await window.getByRole('textbox', { name: 'Question' }).fill('Who built the first houses on Averil?');
  const send = window.getByRole('button', { name: 'Send', exact: true });
  await send.dispatchEvent('click', { detail: 1 });
  await window.getByRole('button', { name: 'Stop', exact: true }).dispatchEvent('click', { detail: 2 });
  await answerComplete(window);
  await expect(lastAnswer(window).getByText('Stopped before it was finished.')).toHaveCount(0);
});

test('the focus stays where a person can go on when what had it goes away', async ({ window }) => {
  await addShortNote(window);
  const question = window.getByRole('textbox', { name: 'Question' });
  await question.fill('What do the people of Averil live on?');
  await window.getByRole('button', { name: 'Send', exact: true }).press('Enter');
  await expect(question).toBeFocused();
  await answerComplete(window);

  await window.getByRole('button', { name: 'Write the answer again' }).press('Enter');
  await expect(question).toBeFocused();
  await answerComplete(window);

  const source = sources(window)
    .first()
    .getByRole('button', { name: /Show it in the reader/ });
  await source.press('Enter');
  await window.keyboard.press('Control+f');
  const find = window.getByRole('textbox', { name: 'Find', exact: true });
  await expect(find).toBeFocused();
  await question.focus();
  await window.keyboard.press('Control+f');
  await expect(find).toBeFocused();
  await window.keyboard.press('Escape');
  await expect(find).toHaveCount(0);
  await expect(source).toBeFocused();
  await window.getByRole('button', { name: 'Close the reader' }).press('Enter');
  await expect(source).toBeFocused();
});

test('a source of a removed document is still told, and its reader closes', async ({ window }) => {
  await addShortNote(window);
  await ask(window, 'Who built the first houses on Averil?');
  await answerComplete(window);
  await documentRow(window, title)
    .getByRole('button', { name: /^Actions for/ })
    .click();
  await window.getByRole('menuitem', { name: 'Remove…' }).click();
  await window.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(documentRow(window, title)).toHaveCount(0);

  await sources(window)
    .first()
    .getByRole('button', { name: /Show it in the reader/ })
    .click();
  const reader = window.getByRole('region', { name: 'Reader' });
  await expect(reader).toContainText('This document was removed from the library.');
  await expect(reader.getByRole('blockquote')).toContainText('Averil');
  await reader.getByRole('button', { name: 'Close the reader' }).click();
  await expect(reader).toHaveCount(0);
});
