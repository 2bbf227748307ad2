/** The place of a model that says what a picture shows. None ships: without one, only the text in pictures is known. */
import type { GreyImage } from './ocr.ts';

export interface PictureDescriber {
  /**
   * What is to be seen in a picture besides its text, in a sentence or a few; empty when that is nothing. Throws
   * `cancelled` when the signal fires, and what the model's runtime throws.
   */
  describe(picture: GreyImage, signal?: AbortSignal): Promise<string>;
}
