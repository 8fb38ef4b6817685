import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import './styles/header.css'
import { App } from './app/app.tsx'
import { fillInWhatIsMissing } from './app/older-browsers.ts'
import { refuseFiles } from './app/refuse-files.ts'

refuseFiles()
// Pages are imported after it; what is imported here needs nothing of it before it is shown.
void fillInWhatIsMissing().then(() =>
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
)
