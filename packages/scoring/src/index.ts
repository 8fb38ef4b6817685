export * from './narrative.ts'
export * from './report-data.ts'
export * from './template.ts'
