/** A stored choice of the user; undefined if the browser stores nothing, as in private windows. */
export function readKept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function writeKept(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // The choice is valid until the page is closed.
  }
}
