import { STATE_NAMES } from '@gongping/permissions'
import type { ReportList, ReportSummary } from '@gongping/protocol/http'
import { Table } from 'antd'
import type { Breakpoint, TableColumnsType } from 'antd'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { EMPTY, formatMoment, formatTotal, formatYuan } from '../app/format.ts'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { appWords } from '../app/messages.ts'
import { reportPath } from '../app/paths.ts'
import { PAGE_SIZES } from './list-filter.ts'
import type { ListFilter } from './list-filter.ts'
import { nextAction } from './next-action.ts'
import { workbenchWords } from './words.ts'

interface Props {
  /** Null while the first page is loading. */
  readonly list: ReportList | null
  readonly filter: ListFilter
  onFilter(filter: ListFilter): void
  readonly empty: ReactNode
}

export function ReportTable({ list, filter, onFilter, empty }: Props) {
  const words = useWords(workbenchWords)
  const columns = useColumns(filter)
  const [, navigate] = useLocation()
  return (
    <Table<ReportSummary>
      className="report-table num"
      size="medium"
      rowKey="id"
      tableLayout="fixed"
      columns={columns}
      dataSource={list?.reports ?? []}
      loading={list === null}
      locale={{ emptyText: list === null ? ' ' : empty }}
      showSorterTooltip={false}
      onRow={({ id }) => ({
        onDoubleClick: () => navigate(reportPath(id)),
      })}
      pagination={{
        current: filter.page,
        pageSize: filter.pageSize,
        total: list?.total ?? 0,
        showTotal: (n) => words.total({ n }),
        showSizeChanger: true,
        pageSizeOptions: PAGE_SIZES,
        hideOnSinglePage: false,
      }}
      onChange={({ current, pageSize }, _filters, sorter) => {
        const { columnKey, order } = Array.isArray(sorter) ? sorter[0]! : sorter
        const sort = order ? `${order === 'descend' ? '-' : ''}${String(columnKey)}` : '-updatedAt'
        const size = pageSize ?? filter.pageSize
        const stays = size === filter.pageSize && sort === filter.sort
        onFilter({ ...filter, sort, pageSize: size, page: stays ? (current ?? 1) : 1 })
      }}
    />
  )
}

function useColumns(filter: ListFilter): TableColumnsType<ReportSummary> {
  const words = useWords(workbenchWords)
  const app = useWords(appWords)
  const message = useMessage()
  const language = useLanguage()
  const wide = language === 'en'

  const sortable = (key: string) => {
    const sortOrder = filter.sort === key ? 'ascend' : filter.sort === `-${key}` ? 'descend' : null
    return { key, sorter: true, sortOrder } as const
  }
  const total = (field: 'selfTotal' | 'departmentTotal' | 'financeTotal', title: string) => ({
    title,
    width: wide ? 82 : 76,
    align: 'right' as const,
    ...(field === 'selfTotal' ? {} : { responsive: WIDE }),
    render: (_: unknown, report: ReportSummary) => <Value text={alignDecimals(formatTotal(report[field]))} />,
  })
  return [
    {
      title: words.number,
      width: 56,
      responsive: WIDE,
      align: 'center',
      render: (_value, _report, index) => (
        <span className="quiet">{(filter.page - 1) * filter.pageSize + index + 1}</span>
      ),
    },
    {
      ...sortable('projectName'),
      title: words.project,
      render: (_value, report) => (
        <>
          <Link className="project" href={reportPath(report.id)} title={report.projectName}>
            {report.projectName}
          </Link>
          <span className="unit" title={report.unit}>
            {report.unit} · {words.yearOf({ year: report.fiscalYear })}
          </span>
        </>
      ),
    },
    {
      title: words.state,
      width: wide ? 152 : 122,
      render: (_value, { state }) => <span className={`tag ${state}`}>{message(STATE_NAMES[state])}</span>,
    },
    {
      title: words.budget,
      width: 132,
      responsive: VERY_WIDE,
      align: 'right',
      render: (_value, { budgetAmount }) => <Value text={formatYuan(budgetAmount)} />,
    },
    { ...total('selfTotal', words.self), ...sortable('selfTotal'), width: wide ? 82 : 84 },
    total('departmentTotal', words.department),
    total('financeTotal', words.finance),
    {
      title: words.grade,
      width: wide ? 70 : 58,
      align: 'center',
      render: (_value, { grade }) => <Value text={grade ?? EMPTY} />,
    },
    {
      title: words.findings,
      width: wide ? 82 : 72,
      align: 'right',
      render: (_value, { openFindings }) => (
        <span className={openFindings > 0 ? 'some-findings' : ''}>{openFindings}</span>
      ),
    },
    {
      ...sortable('updatedAt'),
      title: words.updated,
      width: wide ? 142 : 132,
      render: (_value, { updatedAt }) => formatMoment(updatedAt, { language, words: app }),
    },
    {
      title: words.action,
      width: wide ? 84 : 82,
      render: (_value, report) => {
        const action = nextAction(report.roles, report.state)
        return (
          <Link className={action === 'view' ? 'next' : 'next due'} href={reportPath(report.id)}>
            {words.actions[action]}
          </Link>
        )
      },
    },
  ]
}

/** Columns that give way to the names on narrow or enlarged screens: from 992 and from 1200 pixels on they are shown. */
const WIDE: Breakpoint[] = ['lg']
const VERY_WIDE: Breakpoint[] = ['xl']

/** A space as wide as a digit in place of the second decimal, so that the points of a column stand below each other. */
const alignDecimals = (text: string) => (/\.\d$/.test(text) ? `${text}\u2007` : text)

const Value = ({ text }: { text: string }) => (text === EMPTY ? <span className="none">{EMPTY}</span> : text)
