/** Says that a text is no pattern, or one that cannot be had here, in words that can stand after `the pattern "…"`. */
export class PatternError extends Error {}
