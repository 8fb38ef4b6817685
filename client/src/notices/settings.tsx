import { NOTICE_KINDS, type NoticeKind } from '@gongping/protocol'
import type { MailSettings } from '@gongping/protocol/http'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { SubmitEvent } from 'react'
import { ApiError, errorMessage } from '../app/api.ts'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { changeMailSettings, changeSettings, mailSettingsQuery, noticeSettingsQuery } from './notice-queries.ts'
import { noticeWords } from './words.ts'

/** Of what somebody wants to be told, in the list and by mail; the latter where the installation has a mail server. */
export function NoticeSettingsForm() {
  const words = useWords(noticeWords)
  const message = useMessage()
  const client = useQueryClient()
  const settings = useQuery(noticeSettingsQuery)
  const mailSettings = useQuery(mailSettingsQuery)
  const change = useMutation({
    mutationFn: changeSettings,
    onSuccess: (next) => client.setQueryData(noticeSettingsQuery.queryKey, next),
  })
  const changeMail = useMutation({
    mutationFn: changeMailSettings,
    onSuccess: (next) => client.setQueryData(mailSettingsQuery.queryKey, next),
  })
  const { data } = settings
  const mail = mailSettings.data?.isAvailable ? mailSettings.data : undefined
  if (!data || !mailSettings.data) {
    return <p className="quiet">{settings.isError || mailSettings.isError ? words.failed : '…'}</p>
  }
  const problem = change.error ?? changeMail.error
  const mailSwitch = (kind: NoticeKind, { address, kinds }: MailSettings) => (
    <label className="by-mail">
      <input
        type="checkbox"
        checked={address !== null && kinds[kind]}
        disabled={address === null || changeMail.isPending}
        onChange={(event) => changeMail.mutate({ kinds: { [kind]: event.target.checked } })}
      />
      <span className="visually-hidden">{words.kindByMail({ kind: words.kinds[kind] })}</span>
    </label>
  )
  return (
    <div className="notice-settings">
      <p className="quiet">{words.settingsHint}</p>
      <fieldset className={mail ? 'two' : undefined}>
        <legend className="visually-hidden">{words.settings}</legend>
        {mail ? (
          <div className="columns" aria-hidden="true">
            <span>{words.inList}</span>
            <span>{words.byMail}</span>
          </div>
        ) : null}
        {NOTICE_KINDS.map((kind) => (
          <div key={kind} className="notice-kind">
            <label>
              <input
                type="checkbox"
                checked={data[kind]}
                disabled={change.isPending}
                onChange={(event) => change.mutate({ [kind]: event.target.checked })}
              />{' '}
              {words.kinds[kind]}
            </label>
            {mail ? mailSwitch(kind, mail) : null}
          </div>
        ))}
      </fieldset>
      {mail ? (
        <AddressForm
          key={mail.address}
          address={mail.address}
          isBusy={changeMail.isPending}
          onSave={(address, language) => changeMail.mutate({ address, language })}
        />
      ) : null}
      {problem ? (
        <p className="notice error" role="alert">
          {isBadAddress(problem) ? words.badAddress : message(errorMessage(problem))}
        </p>
      ) : null}
    </div>
  )
}

/** The address is the only thing here that can be wrong. */
const isBadAddress = (problem: unknown) => problem instanceof ApiError && problem.code === 'invalid'

interface AddressProps {
  readonly address: string | null
  readonly isBusy: boolean
  onSave(address: string | null, language: 'zh' | 'en'): void
}

/** Mails are written in the language the address was saved in. */
function AddressForm({ address, isBusy, onSave }: AddressProps) {
  const words = useWords(noticeWords)
  const language = useLanguage()
  const id = useId()
  const [typed, setTyped] = useState(address ?? '')
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    onSave(typed.trim() === '' ? null : typed.trim(), language)
  }
  return (
    <form className="mail-address" onSubmit={submit} noValidate>
      <label htmlFor={id}>{words.address}</label>
      <span className="line">
        <input
          id={id}
          className="input"
          type="email"
          autoComplete="email"
          maxLength={254}
          value={typed}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="btn small" disabled={isBusy || typed.trim() === (address ?? '')}>
          {words.save}
        </button>
      </span>
      <span id={`${id}-hint`} className="hint">
        {words.addressHint}
      </span>
    </form>
  )
}
