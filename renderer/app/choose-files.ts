/** Lets the person choose files with these endings (without the dot; none means all), and gives them on. */
export function chooseFiles(
  extensions: readonly string[],
  take: (files: File[]) => void,
  { multiple }: { multiple: boolean } = { multiple: true },
): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = multiple;
  input.hidden = true;
  input.accept = extensions.map((extension) => `.${extension}`).join(',');
  // It stays in the page until it is closed: one that is nowhere may be gone before the choice is made.
  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener('cancel', () => input.remove());
  document.body.append(input);
  input.click();
}
