import { userInfo } from 'node:os'

/** The entry of this process's user in the user database; undefined without one: a container can run as any number. */
export function userEntry(): { readonly username: string; readonly homedir: string } | undefined {
  try {
    return userInfo()
  } catch {
    return undefined
  }
}
