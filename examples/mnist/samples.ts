/** What the program learns from: images of digits, each with its label. */

/** Width and height of an image. */
export const SIDE = 28
/** Pixels of an image. */
export const PIXELS = 784
/** Digits 0 to 9. */
export const CLASSES = 10

export interface Samples {
  readonly count: number
  /** Grey values 0 (paper) to 255 (ink): image after image, each 28 rows of 28. */
  readonly images: Uint8Array
  /** The digit, 0 to 9, of each image. */
  readonly labels: Uint8Array
}

export interface Data {
  readonly train: Samples
  readonly test: Samples
}

/** The first `count` samples (all, if there are fewer); shares memory with the samples it is made from. */
export function firstSamples(samples: Samples, count: number): Samples {
  if (count >= samples.count) return samples
  return {
    count,
    images: samples.images.subarray(0, count * PIXELS),
    labels: samples.labels.subarray(0, count),
  }
}
