/**
 * Patterns that a path or name is tested against; one match is enough.
 *
 * `shell`: Python's fnmatch. `*` any run of characters, slashes too; `?` one; `[abc]`, `[!abc]`; the whole path must match; case counts.
 * `regex`: Python's `re.match`. Anchored at the start only.
 */
export interface PatternList {
  readonly language: 'shell' | 'regex'
  readonly patterns: readonly string[]
}
