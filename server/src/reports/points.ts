/** Stored hundredths as points: 9080 is 90.8. */
export const pointsOf = (hundredths: number | null): number | null => (hundredths === null ? null : hundredths / 100)
