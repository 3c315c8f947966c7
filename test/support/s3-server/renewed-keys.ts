import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const EVERY = 9

/** Session keys of which only the last are valid. They change every few requests, and are written to a file first. */
export function openRenewedKeys(kind: 'file' | 'shared file') {
  let file: string | undefined
  let requests = 0
  let token = 'token-0'
  const write = () => {
    if (file === undefined) return
    const shared = `[ops]\naws_access_key_id = test\naws_secret_access_key = testsecret\naws_session_token = ${token}\n`
    writeFileSync(`${file}.new`, kind === 'file' ? token : shared, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return {
    /** For the server: the valid token. */
    token: () => {
      requests += 1
      if (requests % EVERY === 0) {
        token = `token-${requests}`
        write()
      }
      return token
    },
    writeTo: (path: string) => {
      file = path
      mkdirSync(dirname(path), { recursive: true })
      write()
    },
    current: () => token,
  }
}
