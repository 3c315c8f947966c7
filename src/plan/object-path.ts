/**
 * The path of an object in its set: without leading slashes, `.` and empty parts. A backslash is an ordinary character. Otherwise the reason why the
 * path is invalid.
 */
export type ObjectPath = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused'; readonly why: string }

export function normaliseObjectPath(text: string): ObjectPath {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (text.includes('\0')) return { kind: 'refused', why: 'the path contains a NUL character' }
  if (parts.includes('..')) return { kind: 'refused', why: 'the path leads outside the copy' }
  if (parts.length === 0) return { kind: 'refused', why: 'the path does not name a file' }
  return { kind: 'path', path: parts.join('/') }
}
