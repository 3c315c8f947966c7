const KEY = 'holdfast-reloaded-for'

/** A part of the pages is missing: the server has been updated, and has other files. The page is loaded again once, never in a loop. */
export function reloadOnceForNewFiles(): void {
  addEventListener('vite:preloadError', (event) => {
    try {
      const script = document.querySelector('script[src]')?.getAttribute('src') ?? ''
      if (sessionStorage.getItem(KEY) === script) return
      sessionStorage.setItem(KEY, script)
    } catch {
      // Without a memory there could be a loop.
      return
    }
    event.preventDefault()
    location.reload()
  })
}
