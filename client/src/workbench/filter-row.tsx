import { isReportState, REPORT_STATES, STATE_NAMES } from '@gongping/permissions'
import { useQuery } from '@tanstack/react-query'
import { AutoComplete, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import type { ListFilter } from './list-filter.ts'
import { choicesQuery } from './report-queries.ts'
import { workbenchWords } from './words.ts'

interface Props {
  readonly filter: ListFilter
  onFilter(filter: ListFilter): void
  onReset(): void
  /** Null for those who may not start a report. */
  readonly onCreate: (() => void) | null
}

/** Lists filter at once, texts with Enter or 查询. */
export function FilterRow({ filter, onFilter, onReset, onCreate }: Props) {
  const words = useWords(workbenchWords)
  const message = useMessage()
  const choices = useQuery(choicesQuery).data ?? { years: [], units: [] }
  const [query, setQuery] = useState(filter.query)
  const [unit, setUnit] = useState(filter.unit)
  const [shown, setShown] = useState(filter)
  // "Back" and 重置 change the filter from outside: the texts follow.
  if (shown.query !== filter.query || shown.unit !== filter.unit) {
    setShown(filter)
    setQuery(filter.query)
    setUnit(filter.unit)
  }
  const typed = { ...filter, query: query.trim(), unit: unit.trim(), page: 1 }
  const search = () => onFilter(typed)
  return (
    <search>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault()
          search()
        }}
      >
        <Input
          className="filter-query"
          aria-label={words.query}
          placeholder={words.queryPlaceholder}
          maxLength={100}
          allowClear
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <Select
          className="filter-year"
          aria-label={words.year}
          value={filter.year ?? 0}
          onChange={(year) => onFilter({ ...typed, year: year || null })}
          options={[
            { value: 0, label: words.allYears },
            ...withChosen(choices.years, filter.year).map((year) => ({ value: year, label: words.yearOf({ year }) })),
          ]}
        />
        <Select
          className="filter-state"
          aria-label={words.state}
          value={filter.state ?? ''}
          onChange={(state) => onFilter({ ...typed, state: isReportState(state) ? state : null })}
          options={[
            { value: '', label: words.allStates },
            ...REPORT_STATES.map((state) => ({ value: state, label: message(STATE_NAMES[state]) })),
          ]}
        />
        <AutoComplete
          className="filter-unit"
          aria-label={words.unit}
          placeholder={words.unitPlaceholder}
          maxLength={100}
          allowClear
          value={unit}
          onChange={setUnit}
          onSelect={(chosen) => onFilter({ ...typed, unit: chosen })}
          onClear={() => onFilter({ ...typed, unit: '' })}
          showSearch={{ filterOption: (text, option) => (option?.value ?? '').includes(text.trim()) }}
          options={choices.units.map((value) => ({ value }))}
        />
        <Button htmlType="submit">{words.search}</Button>
        <Button type="text" onClick={onReset}>
          {words.reset}
        </Button>
        <span className="grow" />
        {onCreate ? (
          <Button type="primary" onClick={onCreate}>
            {words.newReport}
          </Button>
        ) : null}
      </form>
    </search>
  )
}

/** A year from the address may be one no report on offer has. */
const withChosen = (years: readonly number[], chosen: number | null) =>
  chosen === null || years.includes(chosen) ? years : [...years, chosen].toSorted((a, b) => b - a)
