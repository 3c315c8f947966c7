const KEY = 'holdfast-reloaded-for'

/**
 * Loads the texts of a language, whose file is missing if the server has been updated: then the page is reloaded once, never in a loop, and this does not end.
 * Rejects if that did not help. If a file of a page is missing, the router does the same.
 */
export async function loadOrReload<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!mayReload()) throw error
    location.reload()
    return await new Promise<never>(() => undefined)
  }
}

function mayReload(): boolean {
  try {
    const script = document.querySelector('script[src]')?.getAttribute('src') ?? ''
    if (sessionStorage.getItem(KEY) === script) return false
    sessionStorage.setItem(KEY, script)
    return true
  } catch {
    // Without storage, a loop could not be prevented.
    return false
  }
}
