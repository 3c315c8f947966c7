/** A stored choice of the user; undefined if the browser stores nothing, as in private windows. */
export function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function writeStored(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // The choice is valid until the page is closed.
  }
}
