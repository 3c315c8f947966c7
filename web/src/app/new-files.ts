const KEY = 'holdfast-reloaded-for'

/** A part of the pages is missing: the server has been updated, and has other files. The page is loaded again once, never in a loop. */
export function reloadOnceForNewFiles(): void {
  addEventListener('vite:preloadError', (event) => {
    try {
      const build = document.querySelector('meta[name="holdfast-build"]')?.getAttribute('content') ?? ''
      if (sessionStorage.getItem(KEY) === build) return
      sessionStorage.setItem(KEY, build)
    } catch {
      // Without a memory there could be a loop.
      return
    }
    event.preventDefault()
    location.reload()
  })
}
