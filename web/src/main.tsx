import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { makeQueryClient } from './api/queries.ts'
import { loadOrReload } from './app/new-files.ts'
import { NoTexts } from './app/no-texts.tsx'
import { makeRouter } from './app/routes.tsx'
import { LanguageProvider, preferredLanguage } from './i18n/language.tsx'
import { loadMessages } from './i18n/messages.ts'

const place = document.getElementById('root')
if (!place) throw new Error('no place for the page')
const language = preferredLanguage()
const messages = await loadOrReload(() => loadMessages(language)).catch(() => undefined)
createRoot(place).render(
  messages === undefined ? (
    <NoTexts />
  ) : (
    <LanguageProvider first={{ language, messages }}>
      <QueryClientProvider client={makeQueryClient()}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </LanguageProvider>
  ),
)
