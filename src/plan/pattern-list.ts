/**
 * Patterns for a path or name; one match is sufficient.
 *
 * `shell`: Python's fnmatch. `*` matches any characters, including slashes; `?` one character; `[abc]`, `[!abc]`; the whole path must match;
 * case-sensitive. `regex`: Python's `re.match`. Anchored only at the start.
 */
export interface PatternList {
  readonly language: 'shell' | 'regex'
  readonly patterns: readonly string[]
}
