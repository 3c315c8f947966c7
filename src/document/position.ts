/** Both 1-based; the column counts characters, not bytes. */
export interface Position {
  readonly line: number
  readonly column: number
}
