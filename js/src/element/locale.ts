/** The language of the form, and of the one text that is the page's: the title of the frame. */

/** Screen readers say it when they reach the frame. */
const TITLES: Readonly<Record<string, string>> = {
  en: 'Secure card details',
  de: 'Sichere Kartendaten',
  fr: 'Informations de carte sécurisées',
  es: 'Datos seguros de la tarjeta',
  ja: '安全なカード情報入力',
}

/** The element's own `locale`, else the language of the page around it, else the buyer's. */
export function localeOf(host: Element): string {
  const own = host.getAttribute('locale') ?? ''
  if (own !== '' && own !== 'auto') return own
  const around = host.closest('[lang]') ?? document.documentElement
  return around.getAttribute('lang') || document.documentElement.lang || navigator.language || 'en'
}

/** The title of the frame in a language, English where it is not spoken. */
export function titleOf(locale: string): string {
  return TITLES[locale.toLowerCase().split('-')[0] ?? ''] ?? (TITLES['en'] as string)
}
