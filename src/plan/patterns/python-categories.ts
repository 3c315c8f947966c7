// What Python's \d, \w and \s mean in text patterns (library reference, "re"), for the inside of a JavaScript class with the flag `u`.
export const DIGIT = '\\p{Nd}'
export const WORD = '\\p{L}\\p{N}_'
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\p{Zs}\\u2028\\u2029'
