import { createCipheriv, randomBytes } from 'node:crypto'

// Public, and the same in every rclone (its source, fs/config/obscure): this hides a word from a glance, it keeps nothing secret.
const KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')

/** A password in the form that rclone reads passwords in (its manual, `rclone obscure`). */
export function obscure(text: string): string {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', KEY, iv)
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64url')
}
