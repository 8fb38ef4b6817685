import { fillInWhatIsMissing } from './app/older-browsers.ts'

// The build lets the page ask for it at once, as for what it imports (vite.config.ts).
void fillInWhatIsMissing().then(() => import('./start.tsx'))
