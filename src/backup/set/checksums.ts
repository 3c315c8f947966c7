import { createHash } from 'node:crypto'

/**
 * One line of `SHA256SUMS`, newline included, as GNU `sha256sum` writes and reads it (coreutils manual, "md5sum invocation"): a name with a backslash
 * or a newline is escaped, and the line then begins with a backslash. The name `-` would mean stdin.
 */
export function checksumLine(sha256: string, path: string): string {
  const name = path === '-' ? './-' : path
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}\n`
}

/** 64 lower-case hexadecimal digits. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
