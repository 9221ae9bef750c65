/**
 * The bank's question, in a dialog over the shop's page. The page inside the frame is the bank's (or
 * the simulator's); what it says here is only a reason to ask the server, which alone knows what
 * became of the payment.
 *
 * Styles are set by `style.setProperty`, one by one, so that a page whose policy allows neither style
 * elements nor style attributes can show it.
 */
import { FarthingError } from './errors.js'

/** How the dialog ended. It says nothing of the payment. */
export type ChallengeEnd = 'answered' | 'abandoned' | 'timed_out'

/** A question to show. */
export interface Challenge {
  /** The bank's page: an http(s) address. */
  url: string
  /** How long the buyer may take, in milliseconds. */
  timeoutMs: number
  /** Asks the server whether the question is still open. */
  isOpen: () => Promise<boolean>
}

/** A word that got lost must not leave the buyer before an answered question. */
const LOOK_EVERY_MS = 3_000

const TEXTS: { readonly [language: string]: readonly [title: string, close: string] } = {
  en: ['Confirm it with your bank', 'Cancel'],
  de: ['Bestätigung durch Ihre Bank', 'Abbrechen'],
  fr: ['Confirmation par votre banque', 'Annuler'],
  es: ['Confirmación de su banco', 'Cancelar'],
  ja: ['カード会社による確認', 'キャンセル'],
}

/**
 * Shows the question until it is answered, given up (Escape, or the button) or too old.
 *
 * Rejects with `bad_option` where there is no page to show it in, or the address is not http(s).
 */
export async function showChallenge(challenge: Challenge): Promise<ChallengeEnd> {
  const url = URL.canParse(challenge.url) ? new URL(challenge.url) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new FarthingError('bad_option', 'A challenge is at an http(s) address.')
  }
  if (globalThis.document === undefined) {
    throw new FarthingError('bad_option', 'A challenge needs a page to be shown in.')
  }
  const { dialog, iframe, close } = build(url)
  return new Promise((resolve) => {
    /** A page that has spoken while the question is open was left without an answer. */
    const look = async (hasSpoken: boolean): Promise<void> => {
      const isOpen = await challenge.isOpen().catch(() => undefined)
      if (isOpen === false) end('answered')
      else if (isOpen === true && hasSpoken) end('abandoned')
    }
    const end = (how: ChallengeEnd): void => {
      clearTimeout(timer)
      clearInterval(looking)
      removeEventListener('message', hear)
      if (dialog.open) dialog.close() // Gives the focus back to where it was.
      dialog.remove()
      resolve(how)
    }
    const hear = (event: MessageEvent): void => {
      if (event.source !== iframe.contentWindow || event.origin !== url.origin) return
      if (event.data?.farthing === 'challenge' && event.data.done === true) void look(true)
    }
    const timer = setTimeout(() => end('timed_out'), challenge.timeoutMs)
    const looking = setInterval(() => void look(false), LOOK_EVERY_MS)
    addEventListener('message', hear)
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      end('abandoned')
    })
    // A browser may close a dialog without asking, at the second Escape.
    dialog.addEventListener('close', () => end('abandoned'))
    close.addEventListener('click', () => end('abandoned'))
    document.body.append(dialog)
    dialog.showModal() // The rest of the page is inert: the focus stays within.
    close.focus()
  })
}

interface Built {
  dialog: HTMLDialogElement
  iframe: HTMLIFrameElement
  close: HTMLButtonElement
}

function build(url: URL): Built {
  const [title, cancel] = textsFor(document.documentElement.lang)
  const id = `farthing-challenge-${crypto.randomUUID()}`
  const dialog = made('dialog', STYLES.dialog)
  dialog.dataset['farthing'] = 'challenge'
  dialog.setAttribute('aria-labelledby', id)
  const panel = made('div', STYLES.panel)
  const head = made('div', STYLES.head)
  const heading = made('h2', STYLES.heading)
  heading.id = id
  heading.textContent = title
  const close = made('button', STYLES.close)
  close.type = 'button'
  close.textContent = cancel
  const iframe = made('iframe', STYLES.iframe)
  iframe.title = title
  iframe.name = 'farthing-challenge'
  // The bank's page may not lead the shop's page anywhere.
  iframe.setAttribute('sandbox', 'allow-scripts allow-forms allow-same-origin allow-popups')
  iframe.referrerPolicy = 'origin'
  // Whom to tell that there is news. Whether this page may embed it is the server's to say.
  if (url.hash === '') url.hash = `parent=${encodeURIComponent(location.origin)}`
  iframe.src = url.href
  head.append(heading, close)
  panel.append(head, iframe)
  dialog.append(panel)
  return { dialog, iframe, close }
}

const STYLES = {
  dialog: {
    position: 'fixed',
    inset: '0',
    width: '100%',
    height: '100%',
    'max-width': 'none',
    'max-height': 'none',
    margin: '0',
    padding: '0',
    border: '0',
    background: 'rgb(0 0 0 / 50%)',
    overflow: 'auto',
  },
  panel: {
    display: 'flex',
    'flex-direction': 'column',
    'box-sizing': 'border-box',
    width: 'min(30rem, 100%)',
    height: 'min(40rem, 100%)',
    margin: 'max(0px, (100vh - 40rem) / 2) auto',
    'border-radius': '12px',
    border: '1px solid GrayText',
    overflow: 'hidden',
    background: 'Canvas',
    color: 'CanvasText',
    font: '16px/1.5 system-ui, sans-serif',
  },
  head: {
    display: 'flex',
    'align-items': 'center',
    'justify-content': 'space-between',
    gap: '1rem',
    padding: '0.75rem 0.75rem 0.75rem 1.25rem',
    'border-bottom': '1px solid GrayText',
  },
  heading: { margin: '0', font: '600 1rem/1.4 system-ui, sans-serif' },
  close: {
    font: 'inherit',
    'min-height': '44px',
    padding: '0 1rem',
    border: '1px solid GrayText',
    'border-radius': '8px',
    background: 'Canvas',
    color: 'CanvasText',
    cursor: 'pointer',
  },
  iframe: { flex: '1', width: '100%', border: '0', background: 'Canvas' },
} as const

function made<N extends keyof HTMLElementTagNameMap>(
  name: N,
  styles: { readonly [property: string]: string },
): HTMLElementTagNameMap[N] {
  const element = document.createElement(name)
  for (const [property, value] of Object.entries(styles)) element.style.setProperty(property, value)
  return element
}

function textsFor(language: string): readonly [string, string] {
  const [primary = ''] = (language || globalThis.navigator?.language || 'en')
    .toLowerCase()
    .split('-')
  return TEXTS[primary] ?? (TEXTS['en'] as readonly [string, string])
}
