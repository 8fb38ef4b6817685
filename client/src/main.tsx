import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import './styles/header.css'
import { App, fetchAtOnce } from './app/app.tsx'
import { fillInWhatIsMissing } from './app/older-browsers.ts'
import { refuseFiles } from './app/refuse-files.ts'

refuseFiles()
async function start(): Promise<void> {
  await fillInWhatIsMissing()
  fetchAtOnce()
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
void start()
