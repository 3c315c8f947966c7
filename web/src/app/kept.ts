/** What the browser keeps of a choice; nothing where it keeps nothing, as in private windows. */
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
    // The choice holds until the page is left.
  }
}
