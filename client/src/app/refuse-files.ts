/** A file let go over a page is opened in its place, and the report is gone from the screen: here it stays. */
export function refuseFiles(): void {
  for (const type of ['dragover', 'drop'] as const) {
    window.addEventListener(type, (event) => {
      if (bringsFiles(event)) event.preventDefault()
    })
  }
}

export const bringsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true
