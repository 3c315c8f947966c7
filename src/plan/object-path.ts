/**
 * Where an object lies in its set: leading slashes, `.` and empty parts taken out. A backslash is a character like any other.
 * Otherwise why it cannot lie there.
 */
export type ObjectPath = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused'; readonly why: string }

export function normaliseObjectPath(text: string): ObjectPath {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (text.includes('\0')) return { kind: 'refused', why: 'the path contains a NUL character' }
  if (parts.includes('..')) return { kind: 'refused', why: 'the path leads outside the copy' }
  if (parts.length === 0) return { kind: 'refused', why: 'the path does not name a file' }
  return { kind: 'path', path: parts.join('/') }
}
