const KEY = 'holdfast-reloaded-for'

/**
 * Loads the texts of a language, whose file is missing if the server has been updated: then the page is reloaded once, never in a loop. If a file of a page is
 * missing, the router does the same.
 */
export async function loadOrReload<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    reloadOnce()
    throw error
  }
}

function reloadOnce(): void {
  try {
    const script = document.querySelector('script[src]')?.getAttribute('src') ?? ''
    if (sessionStorage.getItem(KEY) === script) return
    sessionStorage.setItem(KEY, script)
  } catch {
    // Without storage, a loop could not be prevented.
    return
  }
  location.reload()
}
