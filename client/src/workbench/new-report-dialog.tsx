import type { NewReport } from '@gongping/protocol/http'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Form, Input, InputNumber, Modal, Select } from 'antd'
import { useState } from 'react'
import { api, errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useMe } from '../app/me.tsx'
import { templatesQuery } from './report-queries.ts'
import { workbenchWords } from './words.ts'

interface Props {
  onClose(): void
  onCreated(id: string): void
}

export function NewReportDialog({ onClose, onCreated }: Props) {
  const words = useWords(workbenchWords).dialog
  const message = useMessage()
  const client = useQueryClient()
  const me = useMe()
  const [form] = Form.useForm<NewReport>()
  const templates = useQuery(templatesQuery)
  // Reports are written about the year that has ended.
  const [fiscalYear] = useState(() => new Date().getFullYear() - 1)
  const create = useMutation({
    mutationFn: (report: NewReport) => api.post<{ id: string }>('/api/reports', report),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: ['reports'] })
      onCreated(id)
    },
  })
  const problem = create.error ?? templates.error
  return (
    <Modal
      open
      width={480}
      title={words.title}
      okText={words.create}
      cancelText={words.cancel}
      confirmLoading={create.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      afterOpenChange={(open) => open && form.focusField('projectName')}
      destroyOnHidden
    >
      {problem ? (
        <p className="notice error" role="alert">
          {words.failed}: {message(errorMessage(problem))}
        </p>
      ) : null}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        className="new-report"
        initialValues={{ fiscalYear }}
        onFinish={(values) => create.mutate(values)}
      >
        <Form.Item
          name="projectName"
          label={words.project}
          extra={words.projectHint}
          rules={[{ required: true, whitespace: true, message: words.projectMissing }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="templateId"
          label={words.template}
          rules={[{ required: true, message: words.templateMissing }]}
        >
          <Select
            loading={templates.isPending}
            options={(templates.data ?? []).map(({ id, name }) => ({ value: id, label: name, title: name }))}
          />
        </Form.Item>
        {me.role === 'admin' ? (
          <Form.Item
            name="unit"
            label={words.unit}
            extra={words.unitHint}
            rules={[{ required: true, whitespace: true, message: words.unitMissing }]}
          >
            <Input maxLength={100} />
          </Form.Item>
        ) : null}
        <Form.Item
          name="fiscalYear"
          label={words.year}
          rules={[{ required: true, type: 'integer', min: 2000, max: 2100, message: words.yearMissing }]}
        >
          <InputNumber min={2000} max={2100} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
