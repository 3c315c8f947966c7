import { useEffect } from 'react'
import { useMessages } from '../i18n/language.tsx'

/** Sets the title of the tab. */
export function useTitle(title: string): void {
  const { common } = useMessages()
  useEffect(() => {
    document.title = common.page(title)
  }, [common, title])
}
