import { Link } from '@tanstack/react-router'
import { useMessages } from '../i18n/language.tsx'

/** Replaces a page that failed; displays the details for a support request. */
export function PageFailure({ error }: { error: unknown }) {
  const { errors } = useMessages()
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return (
    <section className="problem" role="alert">
      <h1>{errors.broken}</h1>
      <p>{errors.brokenHint}</p>
      <pre className="small">{trace}</pre>
      <button type="button" className="button" onClick={() => location.reload()}>
        {errors.reload}
      </button>
    </section>
  )
}

export function PageMissing() {
  const { errors, shell } = useMessages()
  return (
    <section className="teach">
      <h1>{errors.notFound}</h1>
      <p>{errors.notFoundText}</p>
      <Link to="/" className="button">
        {shell.hosts}
      </Link>
    </section>
  )
}
