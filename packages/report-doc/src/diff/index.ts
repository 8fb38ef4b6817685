export { type Step, type WordChange, alignText, diffWords } from './align-text.ts'
export { type CharRun, plainRun } from './char-run.ts'
export { matchIdentities, matchSequence } from './match-sequence.ts'
export { bySigns, segmentWords } from './segment-words.ts'
