export { seedReport } from './seed-report.ts'
export { templateNarrative } from './template-narrative.ts'
