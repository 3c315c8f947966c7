const KEY = 'holdfast-reloaded-for'

/** A file of the pages is missing because the server has been updated. The page is reloaded once, never in a loop. */
export function reloadOnceForNewFiles(): void {
  addEventListener('vite:preloadError', (event) => {
    try {
      const script = document.querySelector('script[src]')?.getAttribute('src') ?? ''
      if (sessionStorage.getItem(KEY) === script) return
      sessionStorage.setItem(KEY, script)
    } catch {
      // Without storage, a loop could not be prevented.
      return
    }
    event.preventDefault()
    location.reload()
  })
}
