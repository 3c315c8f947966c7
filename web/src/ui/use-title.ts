import { useEffect } from 'react'
import { useMessages } from '../i18n/language.tsx'

/** Names the tab after what it shows. */
export function useTitle(title: string): void {
  const { common } = useMessages()
  useEffect(() => {
    document.title = common.page(title)
  }, [common, title])
}
